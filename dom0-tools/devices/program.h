/* SPDX-License-Identifier: MIT */
/* Programs of others that a device needs: started without a shell, with a time limit. */
#ifndef DOM0_TOOLS_DEVICES_PROGRAM_H
#define DOM0_TOOLS_DEVICES_PROGRAM_H

#include "device.h"

/*
 * Runs argv (found by PATH) and waits for it; what it writes is kept for the error. `env` is
 * NAME=value texts added to ours, NULL-terminated, or NULL. -ENOENT without filling an error if
 * there is no such program; -ETIMEDOUT (it was killed) and -EIO (it failed) with one.
 */
int program_run(const char *const *argv, const char *const *env, unsigned int timeout_ms,
		struct ctl_error *err);

/* The full path of a hotplug script: a bare name is one of Xen's. */
void script_path(const char *name, char *path, size_t size);

/*
 * Runs the hotplug script of a device as libxl does: `script ACTION [type_if=vif]`, with
 * XENBUS_PATH and the like in its environment. `vif` is the interface's name, NULL for a disk.
 * The script's own words (hotplug-error) are the cause of a failure.
 */
int script_run(struct devices_ctx *ctx, const struct device *dev, const char *script,
	       const char *action, const char *vif, struct ctl_error *err);

#endif
