/* SPDX-License-Identifier: MIT */
/* Attaching disks: target, loop device, nodes for blkback and blkfront. */
#include "vbd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "detach.h"
#include "elsewhere.h"
#include "program.h"
#include "target.h"

void vbd_add_location(const struct target *target, const struct vbd *vbd, struct nodes *back)
{
	if (vbd->nbd.node[0]) {
		nodes_add(back, "node", "%s", vbd->nbd.node);
		nodes_add(back, "physical-device", "%x:%x", vbd->nbd.major, vbd->nbd.minor);
	} else if (vbd->loop.node[0]) {
		nodes_add(back, "node", "%s", vbd->loop.node);
		nodes_add(back, "loop-file", "%" PRIx64 ":%" PRIx64, vbd->loop.file_dev,
			  vbd->loop.file_inode);
		nodes_add(back, "physical-device", "%x:%x", vbd->loop.major, vbd->loop.minor);
	} else {
		nodes_add(back, "physical-device", "%x:%x", major(target->dev), minor(target->dev));
	}
	nodes_add(back, "hotplug-status", "connected");
}

/* What blkback reads (params only tells people), and what blkfront reads beside it. */
static void fill_nodes(const struct config_disk *disk, const struct target *target,
		       const struct vbd *vbd, struct nodes *back, struct nodes *front)
{
	const char *type = disk->cdrom ? "cdrom" : "disk";
	bool discard = disk->readwrite && disk->discard != CONFIG_FALSE;
	char script[256];

	script_path(disk->script ? disk->script : BLOCK_SCRIPT, script, sizeof(script));
	if (vbd->dev.elsewhere && disk->format != CONFIG_DISK_RAW) {
		/* as libxl does for qdisk: who does not know the form finds no such file */
		nodes_add(back, "params", "%s:%s", config_disk_format_name(disk->format),
			  disk->target);
	} else {
		nodes_add(back, "params", "%s", disk->target);
	}
	nodes_add(back, "script", "%s", script);
	nodes_add(back, "dev", "%s", disk->vdev);
	nodes_add(back, "type", "phy");
	nodes_add(back, "mode", "%s", disk->readwrite ? "w" : "r");
	nodes_add(back, "device-type", "%s", type);
	nodes_add(back, "removable", "%d", disk->cdrom);
	nodes_add(back, "bootable", "1");
	nodes_add(back, "discard-enable", "%d", discard);
	nodes_add(back, "direct-io-safe", "%d", disk->direct_io_safe);
	nodes_add(back, "specification", "xen");
	if (!disk->script && !vbd->dev.elsewhere) {
		vbd_add_location(target, vbd, back);
	}

	nodes_add(front, "virtual-device", "%" PRIu32, disk->devid);
	nodes_add(front, "device-type", "%s", type);
	nodes_add(front, "trusted", "%d", disk->trusted != CONFIG_FALSE);
}

int vbd_make_backing(const struct config_disk *disk, const struct target *target, struct vbd *vbd,
		     struct ctl_error *err)
{
	if (disk->script || vbd->dev.elsewhere) {
		return 0;
	}
	if (nbd_needed(disk)) {
		return nbd_attach(disk, &vbd->dev, &vbd->nbd, err);
	}
	return target->is_block ? 0 : loop_attach(disk->target, disk->readwrite, &vbd->loop, err);
}

static int make_nodes(struct devices_ctx *ctx, const struct config_disk *disk,
		      const struct target *target, struct vbd *vbd, struct ctl_error *err)
{
	struct nodes back = {0}, front = {0};
	int ret = vbd_make_backing(disk, target, vbd, err);

	if (ret < 0) {
		return ret;
	}
	fill_nodes(disk, target, vbd, &back, &front);
	ret = device_publish(ctx, &vbd->dev, &back, &front, err);
	vbd->published = ret == 0;
	nodes_free(&back);
	nodes_free(&front);
	if (ret == 0 && vbd->loop.node[0]) {
		ret = loop_keep(&vbd->loop, err);
	}
	return ret;
}

/* What disk= may say and a backend of this host cannot do. */
static int refuse(const struct config_disk *disk, struct ctl_error *err)
{
	bool image = disk->format != CONFIG_DISK_RAW;

	if (!disk->target) {
		ctl_error_set(err, "disk-empty", "cannot attach %s", disk->vdev);
		ctl_error_cause(err, "PV guests see no drive without a disc");
		ctl_error_hint(err, "give it a target, or take it out");
		return -EINVAL;
	}
	if ((image && disk->backendtype == CONFIG_BACKEND_PHY) ||
	    (disk->script && (image || disk->backendtype == CONFIG_BACKEND_QDISK))) {
		ctl_error_set(err, "disk-unsupported", "cannot attach %s as %s", disk->target,
			      disk->vdev);
		ctl_error_cause(err, "%s gives blkback a raw block device, and the disk has %s",
				disk->script ? "script=" : "backendtype=phy",
				image ? "another format" : "backendtype=qdisk");
		ctl_error_hint(err, "leave one of them out");
		return -ENOTSUP;
	}
	return 0;
}

int vbd_check(struct devices_ctx *ctx, const struct config_disk *disk, struct ctl_error *err)
{
	struct target target;
	int ret;

	if (!disk->target) {
		return 0;
	}
	ret = refuse(disk, err);
	if (ret == 0 && disk->backend) {
		return elsewhere_check(ctx, disk->backend, err);
	}
	if (ret == 0 && !disk->script) {
		ret = target_check(ctx, disk, &target, err);
	}
	if (ret == 0 && nbd_needed(disk)) {
		ret = nbd_check(disk, err);
	}
	return ret;
}

int vbd_start(struct devices_ctx *ctx, uint32_t domid, const struct config_disk *disk,
	      struct vbd *vbd, struct ctl_error *err)
{
	struct target target = {0};
	int lock;
	int ret = refuse(disk, err);

	*vbd = (struct vbd){.loop.fd = -1, .script = disk->script};
	device_init(ctx, &vbd->dev, DEVICE_VBD, domid, disk->devid);
	if (ret == 0 && disk->backend) {
		ret = elsewhere_move(ctx, &vbd->dev, disk->backend, err);
	}
	if (ret < 0) {
		return ret;
	}
	if (vbd->dev.elsewhere) {
		return make_nodes(ctx, disk, &target, vbd, err);
	}
	lock = target_lock(err);
	if (lock < 0) {
		return lock;
	}
	nbd_sweep(ctx);
	if (!disk->script) {
		ret = target_check(ctx, disk, &target, err);
	}
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
	int ret = device_wait_ready(ctx, &vbd->dev, err);

	if (ret == 0 && vbd->dev.elsewhere) {
		return elsewhere_wait_set_up(ctx, &vbd->dev, err);
	}
	/* It finds the device and writes where it is. */
	return ret < 0 || !vbd->script ? ret
				       : script_run(ctx, &vbd->dev, vbd->script, "add", NULL, err);
}

void vbd_abort(struct devices_ctx *ctx, struct vbd *vbd)
{
	struct ctl_error ignored;

	if (!vbd->published) {
		loop_drop(&vbd->loop);
		nbd_detach(vbd->nbd.node, &ignored);
		return;
	}
	/* The nodes name what is behind them: it goes with them, now or at a later clean-up. */
	detach_by_force(ctx, &vbd->dev, 1, &ignored);
	vbd->published = false;
	if (vbd->loop.fd >= 0) {
		close(vbd->loop.fd);
		vbd->loop.fd = -1;
	}
}
