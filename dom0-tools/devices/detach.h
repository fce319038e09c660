/* SPDX-License-Identifier: MIT */
/* Taking devices away. */
#ifndef DOM0_TOOLS_DEVICES_DETACH_H
#define DOM0_TOOLS_DEVICES_DETACH_H

#include "device.h"

/*
 * Takes devices away without asking the guest: all are told to close at once, then awaited and
 * erased one by one. Goes on after a failure and reports the first.
 */
int detach_by_force(struct devices_ctx *ctx, const struct device *devs, size_t count,
		    struct ctl_error *err);

#endif
