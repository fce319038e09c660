/* SPDX-License-Identifier: MIT */
/* Letting go of what stands behind a disk: loop device, nbd device, script. */
#include "vbd_backing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "nbd.h"
#include "program.h"
#include "target.h"

/* The file whose loop device this is: by its identity, or where xl's script made it by name. */
static bool read_file(struct devices_ctx *ctx, const struct device *dev,
		      struct vbd_backing *backing)
{
	char *file = device_read(ctx, dev, "loop-file");
	char *params = device_read(ctx, dev, "params");
	struct target target;
	bool known = false;

	if (file &&
	    sscanf(file, "%" SCNx64 ":%" SCNx64, &backing->file_dev, &backing->file_inode) == 2) {
		known = true;
	} else if (params && target_identify(params, &target) == 0 && !target.is_block) {
		backing->file_dev = target.file_dev;
		backing->file_inode = target.file_inode;
		known = true;
	}
	free(file);
	free(params);
	return known;
}

void vbd_backing_read(struct devices_ctx *ctx, const struct device *dev,
		      struct vbd_backing *backing)
{
	char *node = device_read(ctx, dev, "node");

	*backing = (struct vbd_backing){0};
	if (node && (strncmp(node, "/dev/nbd", 8) == 0 ||
		     (strncmp(node, "/dev/loop", 9) == 0 && read_file(ctx, dev, backing)))) {
		backing->node = node;
		return;
	}
	free(node);
}

bool vbd_backing_is_nbd(const struct vbd_backing *backing)
{
	return backing->node && strncmp(backing->node, "/dev/nbd", 8) == 0;
}

int vbd_backing_release(struct vbd_backing *backing, struct ctl_error *err)
{
	int ret = 0;

	if (vbd_backing_is_nbd(backing)) {
		ret = nbd_detach(backing->node, err);
	} else if (backing->node) {
		ret = loop_detach(backing->node, backing->file_dev, backing->file_inode, err);
	}
	free(backing->node);
	backing->node = NULL;
	return ret;
}

int vbd_script_remove(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	char *script = device_read(ctx, dev, "script");
	int ret = 0;

	if (script && strcmp(script, BLOCK_SCRIPT) != 0) {
		ret = script_run(ctx, dev, script, "remove", NULL, err);
	}
	free(script);
	return ret;
}
