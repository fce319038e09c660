/* SPDX-License-Identifier: MIT */
/*
 * One device of a driver domain: from the nodes that others have written to a loop device or a
 * bridge port here. Nothing in them is taken on trust.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libstore/store.h"
#include "program.h"
#include "serve.h"
#include "target.h"

#define SCRIPTS "/etc/xen/scripts/"

static int bad_node(const struct device *dev, const char *key, const char *expected,
		    struct ctl_error *err)
{
	ctl_error_set(err, "bad-device-node", "cannot set up %s", dev->backend);
	ctl_error_cause(err, "its node %s is not %s", key, expected);
	return -EINVAL;
}

/* Only what the administrator of this domain has put where scripts belong. */
static bool script_allowed(const char *script)
{
	const char *name = strncmp(script, SCRIPTS, strlen(SCRIPTS)) == 0 ? script + strlen(SCRIPTS)
									  : script;

	return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < 64;
}

static int check_script(const struct device *dev, const char *script, struct ctl_error *err)
{
	return script_allowed(script) ? 0 : bad_node(dev, "script", "one of " SCRIPTS, err);
}

/* -- disks -- */

/* "/path", or "qcow2:/path" as the control domain's axl writes it for images. */
static bool read_params(char *params, struct config_disk *disk)
{
	static const enum config_disk_format formats[] = {
		CONFIG_DISK_RAW, CONFIG_DISK_QCOW2, CONFIG_DISK_QCOW,
		CONFIG_DISK_VHD, CONFIG_DISK_QED,
	};

	disk->format = CONFIG_DISK_RAW;
	disk->target = params;
	for (size_t i = 0; params[0] != '/' && i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *name = config_disk_format_name(formats[i]);
		size_t len = strlen(name);

		if (strncmp(params, name, len) == 0 && params[len] == ':') {
			disk->format = formats[i];
			disk->target = params + len + 1;
		}
	}
	return disk->target[0] == '/';
}

struct location {
	const struct device *dev;
	const struct nodes *nodes;
};

/* Unless it was closed meanwhile. */
static int locate_body(struct store *store, uint32_t tx, void *arg)
{
	const struct location *location = arg;
	char *state = store_readf(store, tx, "%s/state", location->dev->backend);
	bool waits = state && atoi(state) == BUS_INIT_WAIT;
	int ret = waits ? 0 : -ECANCELED;

	free(state);
	for (size_t i = 0; ret == 0 && i < location->nodes->count; i++) {
		char path[128];
		const char *value = location->nodes->list[i].value;

		snprintf(path, sizeof(path), "%s/%s", location->dev->backend,
			 location->nodes->list[i].key);
		ret = store_write(store, tx, path, value, strlen(value));
	}
	return ret;
}

static int publish(struct devices_ctx *ctx, const struct device *dev, const struct nodes *nodes,
		   struct ctl_error *err)
{
	struct location location = {.dev = dev, .nodes = nodes};
	int ret = store_transact(ctx->store, locate_body, &location);

	if (ret < 0) {
		ctl_error_set(err, "xenstore", "cannot set up %s", dev->backend);
		ctl_error_cause(err, "%s",
				ret == -ECANCELED ? "it was closed meanwhile" : strerror(-ret));
	}
	return ret;
}

static int set_up_target(struct devices_ctx *ctx, struct served *served,
			 const struct config_disk *disk, struct ctl_error *err)
{
	struct vbd vbd = {.dev = served->dev, .loop.fd = -1};
	struct target target = {0};
	struct ctl_error ignored;
	struct nodes nodes = {0};
	int lock = target_lock(err);
	int ret;

	if (lock < 0) {
		return lock;
	}
	nbd_sweep(ctx);
	ret = target_check(ctx, disk, &target, err);
	if (ret == 0) {
		ret = vbd_make_backing(disk, &target, &vbd, err);
	}
	if (ret == 0) {
		vbd_add_location(&target, &vbd, &nodes);
		ret = publish(ctx, &served->dev, &nodes, err);
		nodes_free(&nodes);
		if (ret < 0) {
			loop_drop(&vbd.loop);
			nbd_detach(vbd.nbd.node, &ignored);
		} else {
			/* not kept for ever: it is to go when blkback lets go */
			served->loop_fd = vbd.loop.fd;
			snprintf(served->node, sizeof(served->node), "%s", vbd.nbd.node);
		}
	}
	close(lock);
	return ret;
}

static int set_up_vbd(struct devices_ctx *ctx, struct served *served, struct ctl_error *err)
{
	char *params = device_read(ctx, &served->dev, "params");
	char *mode = device_read(ctx, &served->dev, "mode");
	bool own_script = served->script && strcmp(served->script, BLOCK_SCRIPT) != 0;
	struct config_disk disk = {.devid = served->dev.devid, .discard = CONFIG_UNSET};
	int ret = 0;

	config_vdev_name(disk.devid, disk.vdev);
	disk.readwrite = mode && mode[0] == 'w';
	if (own_script) {
		ret = check_script(&served->dev, served->script, err);
		ret = ret ? ret : script_run(ctx, &served->dev, served->script, "add", NULL, err);
	} else if (!params || !read_params(params, &disk)) {
		ret = bad_node(&served->dev, "params",
			       "the path of a disk, with or without its format before it", err);
	} else {
		ret = set_up_target(ctx, served, &disk, err);
	}
	free(params);
	free(mode);
	return ret;
}

/* -- network interfaces -- */

/* The words of vif= again, whose reader knows what may stand in them. */
static int read_nic(struct devices_ctx *ctx, const struct served *served, struct config_nic *nic,
		    struct ctl_error *err)
{
	static const char *const keys[] = {"mac",  "bridge", "vifname",    "ip",
					   "vlan", "script", "gatewaydev", "mtu"};
	struct config_diags diags = {0};
	char text[2048];
	size_t used = 0;
	int ret = 0;

	text[0] = '\0';
	for (size_t i = 0; ret == 0 && i < sizeof(keys) / sizeof(keys[0]); i++) {
		char *value = device_read(ctx, &served->dev, keys[i]);

		if (value && value[0]) {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s=%s",
						 used ? "," : "", keys[i], value);
			if (strchr(value, ',') || used >= sizeof(text)) {
				ret = bad_node(&served->dev, keys[i], "what vif= may have", err);
			}
		}
		free(value);
	}
	if (ret == 0 && config_parse_nic(text, nic, &diags) < 0) {
		ret = bad_node(&served->dev, "mac (or another)", "what vif= may have", err);
		for (size_t i = 0; i < diags.count; i++) {
			if (diags.list[i].severity == CONFIG_ERROR) {
				ctl_error_cause(err, "%s", diags.list[i].what);
				break;
			}
		}
	}
	config_diags_free(&diags);
	return ret;
}

static int set_up_nic(struct devices_ctx *ctx, struct served *served, struct link_ctx *link,
		      const struct config_nic *nic, struct ctl_error *err)
{
	struct vif vif = {.dev = served->dev, .nic = nic, .way = vif_way(nic->script)};
	struct config_nic checked = *nic;
	char kernel_name[16];
	int ret;

	vif_kernel_name(&served->dev, kernel_name);
	/* by one of us that was ended in the middle */
	vif.renamed = nic->vifname[0] && link_exists(link, nic->vifname) == 1 &&
		      link_exists(link, kernel_name) == 0;
	if (vif.renamed) {
		checked.vifname[0] = '\0';
	}
	if (vif.way == VIF_SCRIPT && check_script(&served->dev, nic->script, err) < 0) {
		return -EINVAL;
	}
	ret = vif_check(link, &checked, err);
	if (ret == 0 && nic->ip) {
		vif.ip = strdup(nic->ip);
		ret = vif.ip ? 0 : -ENOMEM;
	}
	if (ret == 0) {
		ret = vif_finish(ctx, link, &vif, err);
	}
	vif_free(&vif);
	return ret;
}

static int set_up_vif(struct devices_ctx *ctx, struct served *served, struct ctl_error *err)
{
	struct config_nic nic;
	struct link_ctx *link;
	int ret = read_nic(ctx, served, &nic, err);

	if (ret < 0) {
		return ret;
	}
	snprintf(served->vifname, sizeof(served->vifname), "%s", nic.vifname);
	link = link_open(err);
	ret = link ? set_up_nic(ctx, served, link, &nic, err) : -EIO;
	link_close(link);
	config_nic_free(&nic);
	return ret;
}

/* -- both -- */

/* For the control domain, which waits for one of these words. */
static void say_failed(struct devices_ctx *ctx, const struct device *dev,
		       const struct ctl_error *err)
{
	struct nodes nodes = {0};
	struct ctl_error ignored;

	nodes_add(&nodes, "hotplug-error", "%.400s: %.400s", err->what, err->cause);
	nodes_add(&nodes, "hotplug-status", "error");
	publish(ctx, dev, &nodes, &ignored);
	nodes_free(&nodes);
}

int serve_set_up(struct devices_ctx *ctx, struct served *served, struct ctl_error *err)
{
	int ret;

	served->script = device_read(ctx, &served->dev, "script");
	ret = served->dev.kind == DEVICE_VBD ? set_up_vbd(ctx, served, err)
					     : set_up_vif(ctx, served, err);
	if (ret < 0) {
		say_failed(ctx, &served->dev, err);
	}
	return ret;
}

void serve_adopt(struct devices_ctx *ctx, struct served *served)
{
	char *node = device_read(ctx, &served->dev, "node");
	char *vifname = device_read(ctx, &served->dev, "vifname");
	unsigned int number;

	if (!served->script) {
		served->script = device_read(ctx, &served->dev, "script");
	}
	if (node && sscanf(node, "/dev/nbd%3u", &number) == 1) {
		snprintf(served->node, sizeof(served->node), "/dev/nbd%u", number);
	}
	if (vifname) {
		snprintf(served->vifname, sizeof(served->vifname), "%.15s", vifname);
	}
	free(node);
	free(vifname);
}

/* What a script or the switch has to take back; scripts while the nodes are there to be read. */
static int undo_before(struct devices_ctx *ctx, struct served *served, struct ctl_error *err)
{
	bool runs = served->script && script_allowed(served->script);

	if (served->failed) {
		return 0;
	}
	if (served->dev.kind == DEVICE_VIF) {
		return runs || !served->script
			       ? vif_undo(ctx, &served->dev, served->script, served->vifname, err)
			       : 0;
	}
	return runs && strcmp(served->script, BLOCK_SCRIPT) != 0
		       ? script_run(ctx, &served->dev, served->script, "remove", NULL, err)
		       : 0;
}

int serve_undo(struct devices_ctx *ctx, struct served *served, struct ctl_error *err)
{
	struct ctl_error later;
	int first = undo_before(ctx, served, err);
	int ret = store_rm(ctx->store, STORE_NO_TX, served->dev.backend);

	if (ret < 0 && ret != -ENOENT) {
		ctl_error_set(first ? &later : err, "xenstore", "cannot remove %s",
			      served->dev.backend);
		ctl_error_errno(first ? &later : err, ret);
		first = first ? first : ret;
	}
	if (served->loop_fd >= 0) {
		close(served->loop_fd);
		served->loop_fd = -1;
	}
	if (served->node[0]) {
		ret = nbd_detach(served->node, first ? &later : err);
		served->node[0] = '\0';
		first = first ? first : ret;
	}
	return first;
}
