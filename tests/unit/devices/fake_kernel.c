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
#include "devices/target.h"

struct fake_kernel fake_kernel;
int fake_loops;
bool fake_loop_fails;
int fake_ports;
const char *fake_join_error;

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

	for (size_t k = 0; k < 2 && fake_kernel.has_driver; k++) {
		char dir[64], path[128];
		size_t count = 0;
		char **names;

		snprintf(dir, sizeof(dir), "%s/%s/1", BACKEND_ROOT, kinds[k]);
		names = store_directory(store, 0, dir, &count);
		for (size_t i = 0; i < count; i++) {
			snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
			changed |= step_device(store, path);
		}
		free(names);
	}
	return changed;
}

bool device_has_driver(const struct device *dev)
{
	(void)dev;
	return fake_kernel.has_driver;
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

int link_join_bridge(struct link_ctx *link, const char *name, const char *new_name,
		     const char *bridge, uint32_t mtu, struct ctl_error *err)
{
	(void)link;
	(void)name;
	(void)new_name;
	(void)bridge;
	(void)mtu;
	if (fake_join_error) {
		ctl_error_set(err, fake_join_error, "cannot join");
		return -EIO;
	}
	fake_ports++;
	return 0;
}

void link_master(struct link_ctx *link, const char *name, char bridge[16])
{
	(void)link;
	(void)name;
	strcpy(bridge, "xenbr0");
}
