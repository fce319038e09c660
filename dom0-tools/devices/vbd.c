/* SPDX-License-Identifier: MIT */
/* Attaching disks: target, loop device, nodes for blkback and blkfront. */
#include "vbd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "detach.h"
#include "target.h"

/* What blkback reads (params only tells people), and what blkfront reads beside it. */
static void fill_nodes(const struct config_disk *disk, const struct target *target,
		       const struct vbd *vbd, struct nodes *back, struct nodes *front)
{
	const char *type = disk->cdrom ? "cdrom" : "disk";
	bool discard = disk->readwrite && disk->discard != CONFIG_FALSE;
	uint32_t dev_major = target->is_block ? major(target->dev) : vbd->loop.major;
	uint32_t dev_minor = target->is_block ? minor(target->dev) : vbd->loop.minor;

	nodes_add(back, "params", "%s", disk->target);
	nodes_add(back, "dev", "%s", disk->vdev);
	nodes_add(back, "type", "phy");
	nodes_add(back, "mode", "%s", disk->readwrite ? "w" : "r");
	nodes_add(back, "device-type", "%s", type);
	nodes_add(back, "removable", "%d", disk->cdrom);
	nodes_add(back, "bootable", "1");
	nodes_add(back, "discard-enable", "%d", discard);
	nodes_add(back, "direct-io-safe", "%d", disk->direct_io_safe);
	if (!target->is_block) {
		nodes_add(back, "node", "%s", vbd->loop.node);
		nodes_add(back, "loop-file", "%" PRIx64 ":%" PRIx64, vbd->loop.file_dev,
			  vbd->loop.file_inode);
	}
	nodes_add(back, "physical-device", "%x:%x", dev_major, dev_minor);
	nodes_add(back, "hotplug-status", "connected");

	nodes_add(front, "virtual-device", "%" PRIu32, disk->devid);
	nodes_add(front, "device-type", "%s", type);
	nodes_add(front, "trusted", "%d", disk->trusted != CONFIG_FALSE);
}

static int make_nodes(struct devices_ctx *ctx, const struct config_disk *disk,
		      const struct target *target, struct vbd *vbd, struct ctl_error *err)
{
	struct nodes back = {0}, front = {0};
	int ret = 0;

	if (!target->is_block) {
		ret = loop_attach(disk->target, disk->readwrite, &vbd->loop, err);
		if (ret < 0) {
			return ret;
		}
	}
	fill_nodes(disk, target, vbd, &back, &front);
	ret = device_publish(ctx, &vbd->dev, &back, &front, err);
	vbd->published = ret == 0;
	nodes_free(&back);
	nodes_free(&front);
	if (ret == 0 && !target->is_block) {
		ret = loop_keep(&vbd->loop, err);
	}
	return ret;
}

static int refuse(const struct config_disk *disk, struct ctl_error *err)
{
	if (!disk->target) {
		ctl_error_set(err, "disk-empty", "cannot attach %s", disk->vdev);
		ctl_error_cause(err, "PV guests see no drive without a disc");
		ctl_error_hint(err, "give it a target, or take it out");
		return -EINVAL;
	}
	if (disk->format != CONFIG_DISK_RAW || disk->backendtype == CONFIG_BACKEND_QDISK ||
	    disk->script || disk->backend) {
		ctl_error_set(err, "disk-unsupported", "cannot attach %s as %s", disk->target,
			      disk->vdev);
		ctl_error_cause(err, "only raw files and block devices of this domain are "
				     "supported");
		return -ENOTSUP;
	}
	return 0;
}

int vbd_start(struct devices_ctx *ctx, uint32_t domid, const struct config_disk *disk,
	      struct vbd *vbd, struct ctl_error *err)
{
	struct target target;
	int lock;
	int ret = refuse(disk, err);

	*vbd = (struct vbd){.loop.fd = -1};
	device_init(&vbd->dev, DEVICE_VBD, domid, disk->devid);
	if (ret < 0) {
		return ret;
	}
	lock = target_lock(err);
	if (lock < 0) {
		return lock;
	}
	ret = target_check(ctx, disk, &target, err);
	if (ret == 0) {
		ret = make_nodes(ctx, disk, &target, vbd, err);
		if (ret < 0) {
			vbd_abort(ctx, vbd);
		}
	}
	close(lock);
	return ret;
}

int vbd_finish(struct devices_ctx *ctx, struct vbd *vbd, struct ctl_error *err)
{
	return device_wait_ready(ctx, &vbd->dev, err);
}

void vbd_abort(struct devices_ctx *ctx, struct vbd *vbd)
{
	struct ctl_error ignored;

	if (!vbd->published) {
		loop_drop(&vbd->loop);
		return;
	}
	/* The nodes name the loop device: it goes with them, now or at a later clean-up. */
	detach_by_force(ctx, &vbd->dev, 1, &ignored);
	vbd->published = false;
	if (vbd->loop.fd >= 0) {
		close(vbd->loop.fd);
		vbd->loop.fd = -1;
	}
}

void vbd_backing_read(struct devices_ctx *ctx, const struct device *dev,
		      struct vbd_backing *backing)
{
	char *file = device_read(ctx, dev, "loop-file");

	*backing = (struct vbd_backing){0};
	if (file &&
	    sscanf(file, "%" SCNx64 ":%" SCNx64, &backing->file_dev, &backing->file_inode) == 2) {
		backing->node = device_read(ctx, dev, "node");
	}
	free(file);
}

int vbd_backing_release(struct vbd_backing *backing, struct ctl_error *err)
{
	int ret = 0;

	if (backing->node) {
		ret = loop_detach(backing->node, backing->file_dev, backing->file_inode, err);
	}
	free(backing->node);
	backing->node = NULL;
	return ret;
}
