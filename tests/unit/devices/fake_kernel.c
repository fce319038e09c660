/* SPDX-License-Identifier: MIT */
/* blkback and netback as far as xenstore shows them; loop devices and links that are counted. */
#include "fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/link.h"
#include "devices/loop.h"
#include "devices/nbd.h"
#include "devices/nft.h"
#include "devices/route.h"
#include "devices/target.h"

struct fake_kernel fake_kernel;
int fake_loops;
bool fake_loop_fails;
int fake_ports;
const char *fake_join_error;
int fake_nbds;
int fake_guards;
int fake_translated;

static const char *value_below(struct store *store, const char *dir, const char *key)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return fake_store_value(store, path);
}

/* Moves a state from one value to another; false if it has neither. */
static bool move_state(struct store *store, const char *dir, const char *from, const char *to)
{
	const char *now = value_below(store, dir, "state");
	char path[192];

	if (!now || strcmp(now, from) != 0) {
		return false;
	}
	snprintf(path, sizeof(path), "%s/state", dir);
	fake_store_set(store, path, to);
	return true;
}

static bool step_device(struct store *store, const char *back)
{
	const char *value = value_below(store, back, "frontend");
	const char *state = value_below(store, back, "state");
	char front[160];

	snprintf(front, sizeof(front), "%s", value ? value : "");
	if (move_state(store, back, "1", fake_kernel.fails ? "5" : "2")) {
		return true;
	}
	if (!state || strcmp(state, "5") != 0) {
		return false;
	}
	if (fake_kernel.guest_closes && move_state(store, front, "4", "6")) {
		return true;
	}
	state = value_below(store, front, "state");
	if (fake_kernel.stuck || (state && strcmp(state, "6") != 0)) {
		return false;
	}
	return move_state(store, back, "5", "6");
}

bool fake_kernel_step(struct store *store)
{
	static const char *const kinds[] = {"vbd", "vif"};
	bool changed = false;

	/* the control domain, and a driver domain */
	for (size_t k = 0; k < 4 && fake_kernel.has_driver; k++) {
		char dir[64], path[128];
		size_t count = 0;
		char **names;

		snprintf(dir, sizeof(dir), "/local/domain/%d/backend/%s/1", k < 2 ? 0 : 3,
			 kinds[k % 2]);
		names = store_directory(store, 0, dir, &count);
		for (size_t i = 0; i < count; i++) {
			snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
			changed |= step_device(store, path);
		}
		free(names);
	}
	return fake_kernel.devd ? fake_kernel.devd(store) || changed : changed;
}

bool device_has_driver(const struct device *dev)
{
	return dev->elsewhere || fake_kernel.has_driver;
}

int target_lock(struct ctl_error *err)
{
	FILE *file = tmpfile();
	int fd = file ? dup(fileno(file)) : -EIO;

	(void)err;
	if (file) {
		fclose(file);
	}
	return fd;
}

int loop_attach(const char *path, bool readwrite, struct loop *loop, struct ctl_error *err)
{
	struct target target;

	(void)readwrite;
	*loop = (struct loop){.fd = -1};
	if (fake_loop_fails) {
		ctl_error_set(err, "loop-device", "no loop device for %s", path);
		return -ENODEV;
	}
	target_identify(path, &target);
	loop->file_dev = target.file_dev;
	loop->file_inode = target.file_inode;
	loop->major = 7;
	loop->minor = (uint32_t)fake_loops;
	snprintf(loop->node, sizeof(loop->node), "/dev/loop%d", fake_loops++);
	return 0;
}

int loop_keep(struct loop *loop, struct ctl_error *err)
{
	(void)loop;
	(void)err;
	return 0;
}

void loop_drop(struct loop *loop)
{
	fake_loops -= loop->node[0] != '\0';
	loop->node[0] = '\0';
}

int loop_grow(const char *node, struct ctl_error *err)
{
	(void)node;
	(void)err;
	return 0;
}

int loop_detach(const char *node, uint64_t file_dev, uint64_t file_inode, struct ctl_error *err)
{
	(void)node;
	(void)file_dev;
	(void)file_inode;
	(void)err;
	fake_loops--;
	return 0;
}

struct link_ctx {
	int nothing;
};

struct link_ctx *link_open(struct ctl_error *err)
{
	(void)err;
	return calloc(1, sizeof(struct link_ctx));
}

void link_close(struct link_ctx *link)
{
	free(link);
}

int link_exists(struct link_ctx *link, const char *name)
{
	(void)link;
	return strcmp(name, "taken0") == 0;
}

int link_check_bridge(struct link_ctx *link, const char *bridge, struct ctl_error *err)
{
	(void)link;
	if (strcmp(bridge, "xenbr0") == 0) {
		return 0;
	}
	ctl_error_set(err, "no-such-bridge", "no such bridge: %s", bridge);
	return -ENODEV;
}

int link_wait(struct link_ctx *link, const char *name, int timeout_ms)
{
	(void)link;
	(void)timeout_ms;
	return strncmp(name, "vif1.", 5) == 0 ? 0 : -ETIMEDOUT;
}

int link_prepare(struct link_ctx *link, const char *name, const struct link_setup *setup,
		 struct ctl_error *err)
{
	(void)link;
	(void)name;
	(void)setup;
	(void)err;
	return 0;
}

int link_join_bridge(struct link_ctx *link, const char *name, const char *bridge,
		     struct ctl_error *err)
{
	(void)link;
	(void)name;
	(void)bridge;
	if (fake_join_error) {
		ctl_error_set(err, fake_join_error, "cannot join");
		return -EIO;
	}
	fake_ports++;
	return 0;
}

int link_up(struct link_ctx *link, const char *name, struct ctl_error *err)
{
	(void)link;
	(void)name;
	(void)err;
	return 0;
}

int link_index(struct link_ctx *link, const char *name)
{
	(void)link;
	(void)name;
	return 2;
}

int route_gateway(const char *wanted, char name[16], struct ctl_error *err)
{
	(void)err;
	snprintf(name, 16, "%s", wanted ? wanted : "eth0");
	return 0;
}

int route_set_up(const struct route_plan *plan, struct ctl_error *err)
{
	(void)err;
	fake_ports += plan->ips != NULL;
	return 0;
}

int vlan_check(const char *bridge, struct ctl_error *err)
{
	(void)bridge;
	(void)err;
	return 0;
}

int vlan_set(const char *port, const struct config_vlans *vlans, struct ctl_error *err)
{
	(void)port;
	(void)vlans;
	(void)err;
	return 0;
}

int nft_guard(const char *ifname, const uint8_t mac[6], const char *ips, struct ctl_error *err)
{
	(void)ifname;
	(void)mac;
	(void)ips;
	(void)err;
	fake_guards++;
	return 0;
}

int nft_dropped(const char *ifname, uint64_t *frames)
{
	(void)ifname;
	*frames = 3;
	return fake_guards ? 0 : -ENOENT;
}

int nft_masquerade(const char *ifname, const char *ips, const char *out, struct ctl_error *err)
{
	(void)ifname;
	(void)ips;
	(void)out;
	(void)err;
	fake_translated++;
	return 0;
}

int nft_unmasquerade(const char *ifname, struct ctl_error *err)
{
	(void)ifname;
	(void)err;
	fake_translated--;
	return 0;
}

int nft_unguard(const char *ifname, struct ctl_error *err)
{
	(void)ifname;
	(void)err;
	fake_guards--;
	return 0;
}

void nft_sweep(void)
{
}

bool nbd_needed(const struct config_disk *disk)
{
	return disk->format == CONFIG_DISK_QCOW2;
}

int nbd_check(const struct config_disk *disk, struct ctl_error *err)
{
	(void)disk;
	(void)err;
	return 0;
}

int nbd_attach(const struct config_disk *disk, const struct device *dev, struct nbd *nbd,
	       struct ctl_error *err)
{
	(void)disk;
	(void)dev;
	(void)err;
	*nbd = (struct nbd){.node = "/dev/nbd0", .major = 43};
	fake_nbds++;
	return 0;
}

int nbd_detach(const char *node, struct ctl_error *err)
{
	(void)err;
	fake_nbds -= node[0] != '\0';
	return 0;
}

void nbd_sweep(struct devices_ctx *ctx)
{
	(void)ctx;
}

void link_master(struct link_ctx *link, const char *name, char bridge[16])
{
	(void)link;
	(void)name;
	strcpy(bridge, "xenbr0");
}
