/* SPDX-License-Identifier: MIT */
/* What a disk's target is, and who else uses it. */
#ifndef DOM0_TOOLS_DEVICES_TARGET_H
#define DOM0_TOOLS_DEVICES_TARGET_H

#include <sys/types.h>

#include "device.h"

/* A file or block device told apart from all others, whatever its path. */
struct target {
	bool is_block;
	dev_t dev;        /* block: the device */
	dev_t whole;      /* block: the disk it is a partition of, else dev */
	dev_t file_dev;   /* file: the file system … */
	ino_t file_inode; /* … and the inode */
};

/* Looks at a path. -ENOENT …, -EINVAL if it is neither, without filling an error. */
int target_identify(const char *path, struct target *target);

/* The disk that a partition lies on; the device itself if it is none. */
dev_t target_whole_disk(dev_t dev);

/* Do writes to one show in the other: same file, same device, or a disk and its partition? */
bool target_overlaps(const struct target *a, const struct target *b);

/*
 * Can this disk be attached? It must exist, be a file or block device, be writable if asked for;
 * and nobody may write to it while others use it: no domain's disk, no mount, no other holder.
 * Fills *target.
 */
int target_check(struct devices_ctx *ctx, const struct config_disk *disk, struct target *target,
		 struct ctl_error *err);

/*
 * Held from target_check() until the disk is in xenstore, so that two commands cannot both find
 * it free. Returns a descriptor to close, or -errno with *err filled.
 */
int target_lock(struct ctl_error *err);

/* Is it held by something in this domain: a mount, another loop device, the kernel? Says who. */
int host_check(const struct config_disk *disk, const struct target *target, struct ctl_error *err);

#endif
