/* SPDX-License-Identifier: MIT */
/* Disk images of other formats as block devices, by qemu-nbd. */
#ifndef DOM0_TOOLS_DEVICES_NBD_H
#define DOM0_TOOLS_DEVICES_NBD_H

#include "device.h"

struct nbd {
	char node[24]; /* /dev/nbdN; "" = none */
	uint32_t major, minor;
};

/* Does the disk need one? Formats other than raw, and backendtype=qdisk. */
bool nbd_needed(const struct config_disk *disk);

/* Is what it needs there? For checks before anything is touched. */
int nbd_check(const struct config_disk *disk, struct ctl_error *err);

/*
 * Makes a block device of the image for this disk of this domain, and a note of whom it is for:
 * nbd_sweep() finds by it what a killed command left. The caller holds target_lock().
 */
int nbd_attach(const struct config_disk *disk, const struct device *dev, struct nbd *nbd,
	       struct ctl_error *err);

/* Ends it and waits until qemu-nbd has let go of the image; 0 also if it is gone already. */
int nbd_detach(const char *node, struct ctl_error *err);

/* Releases those whose disk is not in xenstore. The caller holds target_lock(). */
void nbd_sweep(struct devices_ctx *ctx);

#endif
