/* SPDX-License-Identifier: MIT */
/* What stands behind a disk that is there, by the nodes of its backend. */
#ifndef DOM0_TOOLS_DEVICES_VBD_BACKING_H
#define DOM0_TOOLS_DEVICES_VBD_BACKING_H

#include "device.h"

/* The script that Xen's tools run for disks that name none; what it does is built in. */
#define BLOCK_SCRIPT "/etc/xen/scripts/block"

/*
 * Lets go of what stands behind a detached disk, by the nodes its backend still has: read before
 * these go, released afterwards. The loop device that xl's block script made is one of these.
 */
struct vbd_backing {
	char *node; /* /dev/loopN or /dev/nbdN, NULL if there is none */
	uint64_t file_dev, file_inode;
};
void vbd_backing_read(struct devices_ctx *ctx, const struct device *dev,
		      struct vbd_backing *backing);
bool vbd_backing_is_nbd(const struct vbd_backing *backing);
int vbd_backing_release(struct vbd_backing *backing, struct ctl_error *err);

/* Lets the script of a disk that had one take back what it set up; before the nodes go. */
int vbd_script_remove(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err);

#endif
