/* SPDX-License-Identifier: MIT */
/* A disk grows while its guest runs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../libstore/store.h"
#include "elsewhere.h"
#include "target.h"
#include "vbd.h"

#define SECTOR 512

static int cannot(struct devices_ctx *ctx, const struct device *dev, const char *id, int ret,
		  struct ctl_error *err)
{
	char what[256];

	device_describe(ctx, dev, what, sizeof(what));
	ctl_error_set(err, id, "cannot resize %s", what);
	if (ret < 0) {
		ctl_error_errno(err, ret);
	}
	return ret;
}

/* The image behind a loop device grows; sparse, as truncate(1) makes it. */
static int grow_file(struct devices_ctx *ctx, const struct device *dev, const char *path,
		     uint64_t bytes, struct ctl_error *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat st = {0};
	int ret = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (ret == 0 && bytes < (uint64_t)st.st_size) {
		ret = -EINVAL;
		cannot(ctx, dev, "disk-would-shrink", ret, err);
		ctl_error_cause(err, "%s has %lld bytes, and %" PRIu64 " were asked for", path,
				(long long)st.st_size, bytes);
		ctl_error_hint(err, "a guest does not expect its disk to lose its end: give a "
				    "new, smaller disk and copy");
	} else if (ret == 0 && ftruncate(fd, (off_t)bytes) < 0) {
		ret = cannot(ctx, dev, "disk-resize", -errno, err);
	} else if (ret < 0) {
		cannot(ctx, dev, "disk-resize", ret, err);
	}
	if (fd >= 0) {
		close(fd);
	}
	return ret;
}

static int refuse_size(struct devices_ctx *ctx, const struct device *dev, const char *path,
		       const char *node, struct ctl_error *err)
{
	bool image = node && strncmp(node, "/dev/nbd", 8) == 0;

	cannot(ctx, dev, "disk-resize", -ENOTSUP, err);
	if (image) {
		ctl_error_cause(err, "qemu-nbd serves the image %s, and does not let it grow",
				path);
		ctl_error_hint(err, "detach it, qemu-img resize %s, attach it again", path);
	} else {
		ctl_error_cause(err, "%s is a block device, which its own tools make bigger", path);
		ctl_error_hint(err, "lvextend or the like, then axl block-resize without a size");
	}
	return -ENOTSUP;
}

static int read_sectors(const char *path, uint64_t *sectors)
{
	uint64_t bytes = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes) < 0 ? -errno : 0;

	if (fd >= 0) {
		close(fd);
	}
	*sectors = bytes / SECTOR;
	return ret;
}

struct told {
	const struct device *dev;
	uint64_t sectors;
	bool connected;
};

/*
 * blkback looks at the size when the guest next does something with the disk. We say the same
 * things at once: the new size, and its state again, which makes blkfront read the size.
 */
static int tell_body(struct store *store, uint32_t tx, void *arg)
{
	struct told *told = arg;
	char path[96];
	char *state = store_readf(store, tx, "%s/state", told->dev->backend);
	int ret = 0;

	told->connected = state && atoi(state) == BUS_CONNECTED;
	free(state);
	if (told->connected) {
		snprintf(path, sizeof(path), "%s/sectors", told->dev->backend);
		ret = store_writef(store, tx, path, "%" PRIu64, told->sectors);
		snprintf(path, sizeof(path), "%s/state", told->dev->backend);
		ret = ret ? ret : store_writef(store, tx, path, "%d", BUS_CONNECTED);
	}
	return ret;
}

static int resize(struct devices_ctx *ctx, const struct device *dev, const char *path,
		  const char *node, uint64_t bytes, uint64_t *sectors, struct ctl_error *err)
{
	struct told told = {.dev = dev};
	bool loop = node && strncmp(node, "/dev/loop", 9) == 0;
	int ret = 0;

	if (bytes && !loop) {
		return refuse_size(ctx, dev, path, node, err);
	}
	if (bytes) {
		ret = grow_file(ctx, dev, path, bytes, err);
	}
	if (ret == 0 && loop) {
		ret = loop_grow(node, err);
	}
	if (ret < 0) {
		return ret;
	}
	ret = read_sectors(node ? node : path, &told.sectors);
	if (ret == 0) {
		ret = store_transact(ctx->store, tell_body, &told);
	}
	*sectors = told.sectors;
	return ret < 0 ? cannot(ctx, dev, "disk-resize", ret, err) : 0;
}

int devices_resize_disk(struct devices_ctx *ctx, uint32_t domid, uint32_t devid, uint64_t bytes,
			uint64_t *sectors, struct ctl_error *err)
{
	struct device dev;
	char *path, *node;
	int ret;

	ctl_error_clear(err);
	device_open(ctx, &dev, DEVICE_VBD, domid, devid);
	if (dev.elsewhere) {
		return elsewhere_refuse(ctx, &dev, "resize", err);
	}
	path = device_read(ctx, &dev, "params");
	node = device_read(ctx, &dev, "node");
	ret = path ? resize(ctx, &dev, path, node, bytes, sectors, err)
		   : cannot(ctx, &dev, "no-such-device", -ENOENT, err);
	free(path);
	free(node);
	return ret;
}
