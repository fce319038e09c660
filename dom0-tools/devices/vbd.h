/* SPDX-License-Identifier: MIT */
/* Disks for the kernel's blkback, in two steps so that several start side by side. */
#ifndef DOM0_TOOLS_DEVICES_VBD_H
#define DOM0_TOOLS_DEVICES_VBD_H

#include "device.h"
#include "loop.h"
#include "nbd.h"
#include "vbd_backing.h"

/* A disk between the two steps. */
struct vbd {
	struct device dev;
	struct loop loop;   /* node[0] == 0: no loop device */
	struct nbd nbd;     /* node[0] == 0: no network block device */
	const char *script; /* that sets it up, or NULL */
	bool published;
};

/* Could it be attached? Changes nothing. */
int vbd_check(struct devices_ctx *ctx, const struct config_disk *disk, struct ctl_error *err);

/* Checks the target, makes the loop device, writes the nodes. On failure nothing is left. */
int vbd_start(struct devices_ctx *ctx, uint32_t domid, const struct config_disk *disk,
	      struct vbd *vbd, struct ctl_error *err);

/* Waits for the backend. On failure call vbd_abort(). */
int vbd_finish(struct devices_ctx *ctx, struct vbd *vbd, struct ctl_error *err);

void vbd_abort(struct devices_ctx *ctx, struct vbd *vbd);

struct target;

/* The block device for blkback, where the target is none; and the nodes that say where it is. */
int vbd_make_backing(const struct config_disk *disk, const struct target *target, struct vbd *vbd,
		     struct ctl_error *err);
void vbd_add_location(const struct target *target, const struct vbd *vbd, struct nodes *back);

#endif
