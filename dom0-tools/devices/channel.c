/* SPDX-License-Identifier: MIT */
/*
 * The nodes of channels. They are those of libxl, but for who serves them: "type" says so to
 * device models in the frontend's directory, and to our console daemon in the backend's.
 */
#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CONSOLE_LIMIT 1048576 /* bytes, what libxl writes */
#define PROTOCOL "vt100"

static int cannot_listen(const char *path, struct ctl_error *err, const char *cause, int ret)
{
	ctl_error_set(err, "bad-channel-path", "cannot make the channel's socket %.120s", path);
	ctl_error_cause(err, "%s", cause);
	ctl_error_hint(err, "choose another path= in channel=, or clear the way");
	return ret;
}

int channel_check(const struct config_channel *channel, struct ctl_error *err)
{
	struct stat there;
	char folder[128], *slash;

	if (channel->connection != CONFIG_CHANNEL_SOCKET) {
		return 0;
	}
	if (!lstat(channel->path, &there)) {
		return S_ISSOCK(there.st_mode)
			       ? 0 /* the daemon replaces it if nobody listens there */
			       : cannot_listen(channel->path, err,
					       "something that is no socket is there", -EEXIST);
	}
	snprintf(folder, sizeof(folder), "%s", channel->path);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	if (stat(folder, &there) || !S_ISDIR(there.st_mode)) {
		return cannot_listen(channel->path, err, "there is no such folder", -ENOENT);
	}
	return 0;
}

int channel_start(struct devices_ctx *ctx, uint32_t domid, size_t index,
		  const struct config_channel *channel, struct ctl_error *err)
{
	const char *connection = config_connection_name(channel->connection);
	struct nodes back = {0}, front = {0};
	struct device dev;
	int ret;

	device_init(ctx, &dev, DEVICE_CONSOLE, domid, (uint32_t)index + 1);
	nodes_add(&back, "protocol", PROTOCOL);
	nodes_add(&back, "name", "%s", channel->name);
	nodes_add(&back, "connection", "%s", connection);
	nodes_add(&back, "type", "xenconsoled");
	if (channel->path) {
		nodes_add(&back, "path", "%s", channel->path);
	}
	nodes_add(&front, "protocol", PROTOCOL);
	nodes_add(&front, "name", "%s", channel->name);
	nodes_fix(&front);
	nodes_add(&front, "limit", "%d", CONSOLE_LIMIT);
	nodes_fix(&front);
	nodes_add(&front, "type", "xenconsoled");
	nodes_fix(&front);
	nodes_add(&front, "output", "%s", connection);
	nodes_fix(&front);
	ret = device_publish(ctx, &dev, &back, &front, err);
	nodes_free(&back);
	nodes_free(&front);
	return ret;
}

int channel_finish(struct devices_ctx *ctx, uint32_t domid, size_t index, struct ctl_error *err)
{
	struct device dev;

	device_init(ctx, &dev, DEVICE_CONSOLE, domid, (uint32_t)index + 1);
	return device_wait_ready(ctx, &dev, err);
}

void channel_abort(struct devices_ctx *ctx, uint32_t domid, size_t index)
{
	struct ctl_error ignored;
	struct device dev;

	device_init(ctx, &dev, DEVICE_CONSOLE, domid, (uint32_t)index + 1);
	device_erase(ctx, &dev, &ignored);
}
