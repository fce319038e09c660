/* SPDX-License-Identifier: MIT */
/* Channels of a new domain: their nodes, from which the console daemon works. */
#ifndef DOM0_TOOLS_DEVICES_CHANNEL_H
#define DOM0_TOOLS_DEVICES_CHANNEL_H

#include "device.h"

/* Looks whether a socket could be made at the channel's path. */
int channel_check(const struct config_channel *channel, struct ctl_error *err);

/* Publishes the channel of that index; it becomes device/console/<index + 1>. */
int channel_start(struct devices_ctx *ctx, uint32_t domid, size_t index,
		  const struct config_channel *channel, struct ctl_error *err);

/* Waits until the console daemon has made its end. */
int channel_finish(struct devices_ctx *ctx, uint32_t domid, size_t index, struct ctl_error *err);

/* Takes it away again. */
void channel_abort(struct devices_ctx *ctx, uint32_t domid, size_t index);

#endif
