/* SPDX-License-Identifier: MIT */
/* A driver domain's list of devices, kept as its backends come and go. */
#include "serve.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libstore/store.h"

static const enum device_kind kinds[] = {DEVICE_VBD, DEVICE_VIF};

static struct served *find(struct serve *serve, const struct device *dev)
{
	for (size_t i = 0; i < serve->count; i++) {
		const struct device *other = &serve->list[i].dev;

		if (other->kind == dev->kind && other->domid == dev->domid &&
		    other->devid == dev->devid) {
			return &serve->list[i];
		}
	}
	return NULL;
}

static struct served *add(struct serve *serve, const struct device *dev)
{
	struct served *longer = NULL;

	if (serve->count < SERVE_MAX) {
		longer = realloc(serve->list, (serve->count + 1) * sizeof(*longer));
	}
	if (!longer) {
		return NULL;
	}
	serve->list = longer;
	longer[serve->count] = (struct served){.dev = *dev, .loop_fd = -1};
	return &longer[serve->count++];
}

static void drop(struct serve *serve, struct served *served)
{
	free(served->script);
	*served = serve->list[--serve->count];
}

static void take_away(struct serve *serve, struct served *served)
{
	struct device dev = served->dev;
	struct ctl_error err;
	int ret;

	ctl_error_clear(&err);
	ret = serve_undo(serve->ctx, served, &err);
	drop(serve, served);
	serve->tell(&dev, "taken away", ret < 0 ? &err : NULL);
}

static bool has_status(struct devices_ctx *ctx, const struct device *dev)
{
	char *status = device_read(ctx, dev, "hotplug-status");
	bool has = status && status[0];

	free(status);
	return has;
}

/* One that is new to us: set up already, or waiting for it. */
static void take_up(struct serve *serve, const struct device *dev, enum bus_state state)
{
	bool known = has_status(serve->ctx, dev) || state > BUS_INIT_WAIT;
	struct served *served;
	struct ctl_error err;
	int ret;

	if (state < BUS_INIT_WAIT) {
		return; /* the kernel's driver first */
	}
	ctl_error_clear(&err);
	served = add(serve, dev);
	if (!served) {
		ctl_error_set(&err, "too-many-devices", "cannot serve one more device");
		ctl_error_cause(&err, "%zu are served, or memory is short", serve->count);
		serve->tell(dev, "not set up", &err);
		return;
	}
	if (known) {
		serve_adopt(serve->ctx, served);
		serve->tell(dev, "found as it was", NULL);
		return;
	}
	ret = serve_set_up(serve->ctx, served, &err);
	served->failed = ret < 0;
	serve->tell(dev, ret < 0 ? "not set up" : "set up", ret < 0 ? &err : NULL);
}

static void look(struct serve *serve, const struct device *dev)
{
	enum bus_state state = device_backend_state(serve->ctx, dev);
	struct served *served = find(serve, dev);
	char *online;
	bool closed;

	if (state == BUS_UNKNOWN) {
		if (served) {
			take_away(serve, served);
		}
		return;
	}
	online = device_read(serve->ctx, dev, "online");
	closed = state == BUS_CLOSED && online && strcmp(online, "0") == 0;
	free(online);
	if (!served && !closed) {
		take_up(serve, dev, state);
		return;
	}
	if (closed) {
		if (!served) {
			served = add(serve, dev);
		}
		if (served) {
			serve_adopt(serve->ctx, served);
			take_away(serve, served);
		}
	}
}

static void scan_kind(struct serve *serve, enum device_kind kind)
{
	size_t count = 0;
	char path[64];
	char **domains;

	snprintf(path, sizeof(path), "/local/domain/%" PRIu32 "/backend/%s", serve->ctx->self,
		 device_kind_name(kind));
	domains = store_directory(serve->ctx->store, STORE_NO_TX, path, &count);
	for (size_t i = 0; domains && i < count; i++) {
		unsigned long domid = strtoul(domains[i], NULL, 10);
		size_t id_count;
		uint32_t *ids;

		if (domid > UINT16_MAX ||
		    device_ids_here(serve->ctx, kind, (uint32_t)domid, &ids, &id_count) < 0) {
			continue;
		}
		for (size_t k = 0; k < id_count; k++) {
			struct device dev;

			device_init(serve->ctx, &dev, kind, (uint32_t)domid, ids[k]);
			look(serve, &dev);
		}
		free(ids);
	}
	free(domains);
}

int serve_scan(struct serve *serve)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		scan_kind(serve, kinds[i]);
	}
	/* backwards: what is taken away gives its place to the last */
	for (size_t i = serve->count; i > 0; i--) {
		struct device dev = serve->list[i - 1].dev;

		if (device_backend_state(serve->ctx, &dev) == BUS_UNKNOWN) {
			look(serve, &dev);
		}
	}
	return 0;
}

/* The device a path below our backends belongs to; *leaf is what follows it, "" if nothing. */
static bool parse(const struct serve *serve, const char *path, struct device *dev,
		  const char **leaf)
{
	uint32_t domid, devid;
	char kind[4];
	int used = 0;

	if (sscanf(path, "/local/domain/%*u/backend/%3[a-z]/%5" SCNu32 "/%10" SCNu32 "%n", kind,
		   &domid, &devid, &used) != 3 ||
	    !used) {
		return false;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, device_kind_name(kinds[i])) == 0) {
			device_init(serve->ctx, dev, kinds[i], domid, devid);
			*leaf = path + used;
			return strncmp(path, dev->backend, strlen(dev->backend)) == 0;
		}
	}
	return false;
}

void serve_event(struct serve *serve, const char *path)
{
	struct device dev;
	const char *leaf;

	if (!parse(serve, path, &dev, &leaf)) {
		serve_scan(serve);
	} else if (!*leaf || strcmp(leaf, "/state") == 0 || strcmp(leaf, "/online") == 0) {
		look(serve, &dev);
	}
}

void serve_end(struct serve *serve)
{
	while (serve->count > 0) {
		drop(serve, &serve->list[serve->count - 1]);
	}
	free(serve->list);
	serve->list = NULL;
}
