/* SPDX-License-Identifier: MIT */
/* The devices a domain has, for block-list, network-list and for finding one by name. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../libstore/store.h"
#include "nft.h"
#include "vif.h"

/* A number the frontend wrote; 0 if there is none. */
static uint32_t front_number(struct devices_ctx *ctx, const struct device *dev, const char *key)
{
	uint64_t number;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dev->frontend, key);
	if (store_read_number(ctx->store, STORE_NO_TX, path, UINT32_MAX, &number) < 0) {
		return 0;
	}
	return (uint32_t)number;
}

static void copy_node(struct devices_ctx *ctx, const struct device *dev, const char *key, char *buf,
		      size_t size)
{
	char *value = device_read(ctx, dev, key);

	snprintf(buf, size, "%s", value ? value : "");
	free(value);
}

static void fill_vbd(struct devices_ctx *ctx, const struct device *dev, struct device_info *info)
{
	char mode[4];

	copy_node(ctx, dev, "mode", mode, sizeof(mode));
	info->readwrite = mode[0] == 'w';
	config_vdev_name(dev->devid, info->vdev);
	info->target = device_read(ctx, dev, "params");
	if (!dev->elsewhere) {
		copy_node(ctx, dev, "node", info->node, sizeof(info->node));
	}
	if (!info->node[0] && info->target) {
		snprintf(info->node, sizeof(info->node), "%.31s", info->target);
	}
	info->ring_ref = front_number(ctx, dev, "ring-ref");
}

static void fill_vif(struct devices_ctx *ctx, struct link_ctx *link, const struct device *dev,
		     struct device_info *info)
{
	char *script;

	copy_node(ctx, dev, "mac", info->mac, sizeof(info->mac));
	copy_node(ctx, dev, "vifname", info->node, sizeof(info->node));
	if (!info->node[0]) {
		vif_kernel_name(dev, info->node);
	}
	script = device_read(ctx, dev, "script");
	if (dev->elsewhere || vif_way(script) == VIF_OVS) {
		/* not here; or a port's master is one for all bridges of the switch */
		copy_node(ctx, dev, "bridge", info->bridge, sizeof(info->bridge));
	} else if (link) {
		link_master(link, info->node, info->bridge);
	}
	free(script);
	info->ip = device_read(ctx, dev, "ip");
	if (info->ip && nft_dropped(info->node, &info->dropped) < 0) {
		/* not ours: nothing holds it to them */
		free(info->ip);
		info->ip = NULL;
	}
	info->ring_ref = front_number(ctx, dev, "tx-ring-ref");
	info->rx_ring_ref = front_number(ctx, dev, "rx-ring-ref");
}

static void fill(struct devices_ctx *ctx, struct link_ctx *link, const struct device *dev,
		 struct device_info *info)
{
	*info = (struct device_info){
		.kind = dev->kind,
		.devid = dev->devid,
		.backend_domid = dev->backend_domid,
		.frontend_state = device_frontend_state(ctx, dev),
		.backend_state = device_backend_state(ctx, dev),
		.event_channel = front_number(ctx, dev, "event-channel"),
	};
	snprintf(info->backend_path, sizeof(info->backend_path), "%s", dev->backend);
	snprintf(info->frontend_path, sizeof(info->frontend_path), "%s", dev->frontend);
	if (dev->kind == DEVICE_VBD) {
		fill_vbd(ctx, dev, info);
	} else {
		fill_vif(ctx, link, dev, info);
	}
}

int devices_list(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind,
		 struct device_info **list, size_t *count, struct ctl_error *err)
{
	struct ctl_error ignored;
	struct link_ctx *link;
	uint32_t *ids;
	int ret;

	ctl_error_clear(err);
	*list = NULL;
	*count = 0;
	ret = device_ids(ctx, kind, domid, &ids, count);
	if (ret == 0) {
		*list = calloc(*count + 1, sizeof(**list));
		ret = *list ? 0 : -ENOMEM;
	}
	if (ret != 0) {
		*count = 0;
		free(ids);
		ctl_error_set(err, "xenstore", "cannot list the devices of domain %u", domid);
		ctl_error_errno(err, ret);
		return ret;
	}
	link = kind == DEVICE_VIF && *count > 0 ? link_open(&ignored) : NULL;
	for (size_t i = 0; i < *count; i++) {
		struct device dev;

		device_open(ctx, &dev, kind, domid, ids[i]);
		fill(ctx, link, &dev, &(*list)[i]);
	}
	link_close(link);
	free(ids);
	return 0;
}

void devices_list_free(struct device_info *list, size_t count)
{
	for (size_t i = 0; list && i < count; i++) {
		free(list[i].target);
		free(list[i].ip);
	}
	free(list);
}

/* Does the text name this device: by number, vdev, or MAC? */
static bool names_device(const char *name, const struct device_info *info)
{
	uint32_t devid;
	char *end;

	if (info->kind == DEVICE_VBD) {
		return config_vdev_parse(name, &devid) && devid == info->devid;
	}
	devid = (uint32_t)strtoul(name, &end, 10);
	if (name[0] >= '0' && name[0] <= '9' && *end == '\0') {
		return devid == info->devid;
	}
	return strcasecmp(name, info->mac) == 0 || strcmp(name, info->node) == 0;
}

static void none_found(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind,
		       const char *name, const struct device_info *list, size_t count,
		       struct ctl_error *err)
{
	char domain[192], names[256] = "";

	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(names);

		if (kind == DEVICE_VBD) {
			snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
				 list[i].vdev);
		} else {
			snprintf(names + used, sizeof(names) - used, "%s%" PRIu32 " (%s)",
				 used ? ", " : "", list[i].devid, list[i].mac);
		}
	}
	domain_describe(ctx, domid, domain, sizeof(domain));
	ctl_error_set(err, "no-such-device", "%s has no %s \"%.40s\"", domain,
		      kind == DEVICE_VBD ? "disk" : "network interface", name);
	ctl_error_cause(err, "it has: %s", names[0] ? names : "none");
}

int devices_find(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind, const char *name,
		 uint32_t *devid, struct ctl_error *err)
{
	struct device_info *list;
	size_t count;
	int ret = devices_list(ctx, domid, kind, &list, &count, err);
	bool found = false;

	if (ret < 0) {
		return ret;
	}
	for (size_t i = 0; i < count && !found; i++) {
		found = names_device(name, &list[i]);
		*devid = list[i].devid;
	}
	if (!found) {
		none_found(ctx, domid, kind, name, list, count, err);
	}
	devices_list_free(list, count);
	return found ? 0 : -ENOENT;
}
