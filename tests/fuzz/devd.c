/* SPDX-License-Identifier: MIT */
/* Any values in the nodes of a driver domain's backends, and any event: what axl devd makes of
 * them keeps to absolute paths and to the scripts of /etc/xen/scripts, and leaves nothing. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/ovs.h"
#include "devices/program.h"
#include "devices/serve.h"
#include "devices/target.h"
#include "fake.h"

#define HERE "/local/domain/3/backend"
#define SCRIPTS "/etc/xen/scripts/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* -- what the host would do -- */

int target_identify(const char *path, struct target *target)
{
	*target = (struct target){.is_block = strlen(path) % 2 == 0, .file_inode = strlen(path)};
	return 0;
}

int target_check(struct devices_ctx *ctx, const struct config_disk *disk, struct target *target,
		 struct ctl_error *err)
{
	(void)ctx;
	(void)err;
	if (disk->target[0] != '/') {
		abort();
	}
	return target_identify(disk->target, target);
}

void script_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s%s", name[0] == '/' ? "" : SCRIPTS, name);
}

int script_run(struct devices_ctx *ctx, const struct device *dev, const char *script,
	       const char *action, const char *vif, struct ctl_error *err)
{
	char path[256];

	(void)ctx;
	(void)dev;
	(void)action;
	(void)vif;
	script_path(script, path, sizeof(path));
	if (strncmp(path, SCRIPTS, strlen(SCRIPTS)) != 0 || strchr(path + strlen(SCRIPTS), '/') ||
	    path[strlen(SCRIPTS)] == '.') {
		abort();
	}
	ctl_error_set(err, "script-failed", "no script is run");
	return strlen(path) % 2 ? 0 : -EIO;
}

int ovs_check(const struct config_nic *nic, const char *bridge, struct ctl_error *err)
{
	(void)nic;
	(void)bridge;
	(void)err;
	return 0;
}

int ovs_add(const struct config_nic *nic, const char *bridge, const char *port,
	    struct ctl_error *err)
{
	(void)nic;
	(void)bridge;
	(void)port;
	(void)err;
	return 0;
}

int ovs_remove(const char *port, struct ctl_error *err)
{
	(void)err;
	return port[0] ? 0 : -EINVAL;
}

/* -- the input: a value a line -- */

static const char *const nodes[] = {
	"vbd/1/51712/params", "vbd/1/51712/mode",   "vbd/1/51712/script", "vif/1/0/mac",
	"vif/1/0/bridge",     "vif/1/0/vifname",    "vif/1/0/ip",         "vif/1/0/vlan",
	"vif/1/0/script",     "vif/1/0/gatewaydev", "vif/1/0/mtu",        "vbd/1/51712/node",
};

static void tell(const struct device *dev, const char *what, const struct ctl_error *err)
{
	(void)dev;
	(void)what;
	(void)err;
}

static void set(struct store *store, const char *leaf, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), HERE "/%s", leaf);
	fake_store_set(store, path, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct devices_ctx ctx = {.store = fake_store_open(), .self = 3};
	struct serve serve = {.ctx = &ctx, .tell = tell};
	char *text = strndup((const char *)data, size), *rest = text, *line;

	fake_kernel = (struct fake_kernel){.has_driver = true};
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		line = strsep(&rest, "\n");
		if (line && line[0]) {
			set(ctx.store, nodes[i], line);
		}
	}
	set(ctx.store, "vbd/1/51712/state", "2");
	set(ctx.store, "vif/1/0/state", "2");
	serve_scan(&serve);
	for (int i = 0; rest && i < 8; i++) {
		line = strsep(&rest, "\n");
		serve_event(&serve, line);
	}
	serve_end(&serve);
	serve_scan(&serve); /* as one that is started anew */
	set(ctx.store, "vbd/1/51712/online", "0");
	set(ctx.store, "vbd/1/51712/state", "6");
	store_rm(ctx.store, STORE_NO_TX, HERE "/vif/1/0");
	serve_scan(&serve);
	if (serve.count || fake_store_value(ctx.store, HERE "/vbd/1/51712")) {
		abort();
	}
	serve_end(&serve);
	fake_store_close(ctx.store);
	free(text);
	return 0;
}
