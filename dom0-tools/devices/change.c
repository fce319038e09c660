/* SPDX-License-Identifier: MIT */
/* A network interface changes while its guest runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libstore/store.h"
#include "elsewhere.h"
#include "nbd.h"
#include "nft.h"
#include "route.h"
#include "target.h"
#include "vif.h"

/* One interface that is to change. */
struct change {
	struct device dev;
	const struct config_nic *nic;
	enum vif_way way;
	char name[16]; /* of the interface */
	uint8_t mac[6];
};

/* What is fixed when the interface is made, and why. */
static const char *fixed(const struct config_nic *nic, const char **why)
{
	static const char front[] = "the guest's driver reads it once, when it connects";
	static const char made[] = "the interface is made with it";

	const struct {
		bool asked;
		const char *key;
		const char *why;
	} keys[] = {
		{nic->mac_set, "mac", front},
		{nic->mtu != 0, "mtu", front},
		{nic->trusted != CONFIG_UNSET, "trusted", front},
		{nic->devid >= 0, "devid", made},
		{nic->vifname[0] != '\0', "vifname", made},
		{nic->script != NULL, "script", made},
		{nic->gatewaydev != NULL, "gatewaydev", made},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].asked) {
			*why = keys[i].why;
			return keys[i].key;
		}
	}
	return NULL;
}

static int cannot(struct devices_ctx *ctx, const struct change *change, const char *id, int ret,
		  struct ctl_error *err)
{
	char what[256];

	device_describe(ctx, &change->dev, what, sizeof(what));
	ctl_error_set(err, id, "cannot change %s", what);
	ctl_error_errno(err, ret);
	return ret;
}

static int refuse(struct devices_ctx *ctx, const struct change *change, struct ctl_error *err)
{
	const struct config_nic *nic = change->nic;
	const char *why = NULL;
	const char *key = fixed(nic, &why);

	if (key) {
		cannot(ctx, change, "vif-fixed", -ENOTSUP, err);
		ctl_error_cause(err, "%s= does not change while it is attached: %s", key, why);
		ctl_error_hint(err, "axl network-detach, then network-attach with %s=", key);
		return -ENOTSUP;
	}
	if ((nic->bridge || nic->vlan) && change->way != VIF_BRIDGE) {
		cannot(ctx, change, "vif-not-bridged", -ENOTSUP, err);
		ctl_error_cause(err, "its script= is not vif-bridge, and bridge= and vlan= are for "
				     "ports of Linux bridges");
		ctl_error_hint(err, "axl network-detach, then network-attach with script= again");
		return -ENOTSUP;
	}
	if (nic->ip && change->way != VIF_BRIDGE && change->way != VIF_OVS) {
		cannot(ctx, change, "vif-routed", -ENOTSUP, err);
		ctl_error_cause(err, "routes were made for its addresses");
		ctl_error_hint(err, "axl network-detach, then network-attach with ip=");
		return -ENOTSUP;
	}
	return 0;
}

struct noted {
	const struct device *dev;
	const char *key;
	const char *value; /* NULL: away with it */
};

/* In the backend, where netback watches it, and in libxl's record. */
static int note_body(struct store *store, uint32_t tx, void *arg)
{
	const struct noted *noted = arg;
	const char *dirs[] = {noted->dev->backend, noted->dev->libxl};
	char path[128];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], noted->key);
		if (noted->value) {
			ret = store_write(store, tx, path, noted->value, strlen(noted->value));
		} else {
			ret = store_rm(store, tx, path);
			ret = ret == -ENOENT ? 0 : ret;
		}
	}
	return ret;
}

static int note(struct devices_ctx *ctx, const struct change *change, const char *key,
		const char *value, struct ctl_error *err)
{
	struct noted noted = {.dev = &change->dev, .key = key, .value = value};
	int ret = store_transact(ctx->store, note_body, &noted);

	return ret < 0 ? cannot(ctx, change, "xenstore", ret, err) : 0;
}

static int set_rate(struct devices_ctx *ctx, const struct change *change, bool no_rate,
		    struct ctl_error *err)
{
	const struct config_nic *nic = change->nic;
	char text[48];

	snprintf(text, sizeof(text), "%" PRIu64 ",%" PRIu32, nic->rate_bytes_per_interval,
		 nic->rate_interval_us);
	return nic->rate_bytes_per_interval || no_rate
		       ? note(ctx, change, "rate", no_rate ? NULL : text, err)
		       : 0;
}

static int set_bridge(struct devices_ctx *ctx, const struct change *change, struct ctl_error *err)
{
	struct link_ctx *link;
	int ret;

	if (!change->nic->bridge) {
		return 0;
	}
	link = link_open(err);
	if (!link) {
		return -EIO;
	}
	ret = link_join_bridge(link, change->name, change->nic->bridge, err);
	link_close(link);
	return ret ? ret : note(ctx, change, "bridge", change->nic->bridge, err);
}

/* A port that moved has its new bridge's default VLAN only, so these come after. */
static int set_vlans(struct devices_ctx *ctx, const struct change *change, struct ctl_error *err)
{
	char *kept = change->nic->bridge ? device_read(ctx, &change->dev, "vlan") : NULL;
	const char *text = change->nic->vlan ? change->nic->vlan : kept;
	struct config_vlans vlans;
	int ret = 0;

	if (text && config_vlan_parse(text, &vlans)) {
		ret = vlan_set(change->name, &vlans, err);
	}
	free(kept);
	return ret || !change->nic->vlan ? ret : note(ctx, change, "vlan", change->nic->vlan, err);
}

static int set_addresses(struct devices_ctx *ctx, const struct change *change,
			 struct ctl_error *err)
{
	int ret;

	if (!change->nic->ip) {
		return 0;
	}
	ret = nft_guard(change->name, change->mac, change->nic->ip, err);
	return ret ? ret : note(ctx, change, "ip", change->nic->ip, err);
}

/* The interface and the MAC, from the backend's nodes; -ENOENT if there is no such device. */
static int look_up(struct devices_ctx *ctx, struct change *change)
{
	char *script = device_read(ctx, &change->dev, "script");
	char *mac = device_read(ctx, &change->dev, "mac");
	char *vifname = device_read(ctx, &change->dev, "vifname");
	uint8_t *m = change->mac;
	int ret = 0;

	change->way = vif_way(script);
	if (vifname && vifname[0]) {
		snprintf(change->name, sizeof(change->name), "%.15s", vifname);
	} else {
		vif_kernel_name(&change->dev, change->name);
	}
	if (!mac || sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &m[0], &m[1], &m[2], &m[3],
			   &m[4], &m[5]) != 6) {
		ret = -ENOENT;
	}
	free(script);
	free(mac);
	free(vifname);
	return ret;
}

int devices_set_nic(struct devices_ctx *ctx, uint32_t domid, uint32_t devid,
		    const struct config_nic *nic, bool no_rate, struct ctl_error *err)
{
	struct change change = {.nic = nic};
	int ret;

	ctl_error_clear(err);
	device_open(ctx, &change.dev, DEVICE_VIF, domid, devid);
	ret = look_up(ctx, &change);
	if (ret < 0) {
		return cannot(ctx, &change, "no-such-device", ret, err);
	}
	if (change.dev.elsewhere && (nic->bridge || nic->vlan || nic->ip)) {
		return elsewhere_refuse(ctx, &change.dev, "change", err);
	}
	ret = refuse(ctx, &change, err);
	if (ret == 0 && nic->vlan) {
		char *bridge = device_read(ctx, &change.dev, "bridge");

		ret = vlan_check(nic->bridge ? nic->bridge
				 : bridge    ? bridge
					     : VIF_DEFAULT_BRIDGE,
				 err);
		free(bridge);
	}
	if (ret == 0) {
		ret = set_bridge(ctx, &change, err);
	}
	if (ret == 0) {
		ret = set_vlans(ctx, &change, err);
	}
	if (ret == 0) {
		ret = set_addresses(ctx, &change, err);
	}
	return ret ? ret : set_rate(ctx, &change, no_rate, err);
}

void devices_sweep(struct devices_ctx *ctx)
{
	struct ctl_error ignored;
	int lock = target_lock(&ignored);

	if (lock >= 0) {
		nbd_sweep(ctx);
		nft_sweep();
		close(lock);
	}
}
