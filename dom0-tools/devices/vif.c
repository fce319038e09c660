/* SPDX-License-Identifier: MIT */
/* Attaching network interfaces: nodes for netback and netfront, then the bridge. */
#include "vif.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libstore/store.h"
#include "detach.h"

const char *vif_bridge(const struct config_nic *nic)
{
	return nic->bridge ? nic->bridge : VIF_DEFAULT_BRIDGE;
}

void vif_kernel_name(const struct device *dev, char name[16])
{
	snprintf(name, 16, "vif%u.%u", dev->domid & 0xffff, dev->devid & 0xffff);
}

int vif_check(struct link_ctx *link, const struct config_nic *nic, struct ctl_error *err)
{
	if (nic->script || nic->backend || nic->gatewaydev) {
		ctl_error_set(err, "vif-unsupported", "cannot attach a network interface");
		ctl_error_cause(err, "script=, backend= and gatewaydev= are not supported");
		return -ENOTSUP;
	}
	if (nic->vifname[0] && link_exists(link, nic->vifname) == 1) {
		ctl_error_set(err, "vifname-taken", "cannot attach network interface %s",
			      nic->vifname);
		ctl_error_cause(err, "the control domain has an interface of that name");
		ctl_error_hint(err, "choose another vifname=, or leave it out");
		return -EEXIST;
	}
	return link_check_bridge(link, vif_bridge(nic), err);
}

static void fill_nodes(const struct vif *vif, struct nodes *back, struct nodes *front)
{
	const struct config_nic *nic = vif->nic;
	char mac[18];

	config_mac_format(nic->mac, mac);
	nodes_add(back, "handle", "%" PRIu32, vif->dev.devid);
	nodes_add(back, "type", "vif");
	/* netback refuses to start without one, and only hands it to udev */
	nodes_add(back, "script", "/bin/true");
	nodes_add(back, "mac", "%s", mac);
	nodes_add(back, "bridge", "%s", vif_bridge(nic));
	if (nic->vifname[0]) {
		nodes_add(back, "vifname", "%s", nic->vifname);
	}
	if (nic->ip) {
		nodes_add(back, "ip", "%s", nic->ip);
	}
	if (nic->rate_bytes_per_interval) {
		nodes_add(back, "rate", "%" PRIu64 ",%" PRIu32, nic->rate_bytes_per_interval,
			  nic->rate_interval_us);
	}
	nodes_add(front, "handle", "%" PRIu32, vif->dev.devid);
	nodes_add(front, "mac", "%s", mac);
	nodes_add(front, "trusted", "%d", nic->trusted != CONFIG_FALSE);
	if (nic->mtu) {
		nodes_add(back, "mtu", "%" PRIu32, nic->mtu);
		nodes_add(front, "mtu", "%" PRIu32, nic->mtu);
	}
}

int vif_start(struct devices_ctx *ctx, struct link_ctx *link, uint32_t domid,
	      const struct config_nic *nic, struct vif *vif, struct ctl_error *err)
{
	struct nodes back = {0}, front = {0};
	int ret;

	*vif = (struct vif){.nic = nic};
	device_init(&vif->dev, DEVICE_VIF, domid, (uint32_t)nic->devid);
	ret = vif_check(link, nic, err);
	if (ret < 0) {
		return ret;
	}
	fill_nodes(vif, &back, &front);
	ret = device_publish(ctx, &vif->dev, &back, &front, err);
	vif->published = ret == 0;
	nodes_free(&back);
	nodes_free(&front);
	return ret;
}

int vif_finish(struct devices_ctx *ctx, struct link_ctx *link, struct vif *vif,
	       struct ctl_error *err)
{
	const struct config_nic *nic = vif->nic;
	const char *new_name = nic->vifname[0] ? nic->vifname : NULL;
	char name[16], path[96];
	int ret = device_wait_ready(ctx, &vif->dev, err);

	if (ret < 0) {
		return ret;
	}
	vif_kernel_name(&vif->dev, name);
	ret = link_wait(link, name, (int)devices_timeout(ctx));
	if (ret < 0) {
		ctl_error_set(err, "no-vif", "netback made no interface %s", name);
		ctl_error_errno(err, ret);
		ctl_error_hint(err, "see the control domain's kernel log (dmesg)");
		return ret;
	}
	ret = link_join_bridge(link, name, new_name, vif_bridge(nic), nic->mtu, err);
	if (ret < 0) {
		return ret;
	}
	/* netback connects once the interface is where it belongs */
	snprintf(path, sizeof(path), "%s/hotplug-status", vif->dev.backend);
	ret = store_writef(ctx->store, STORE_NO_TX, path, "connected");
	if (ret < 0) {
		ctl_error_set(err, "xenstore", "cannot write %s", path);
		ctl_error_errno(err, ret);
	}
	return ret;
}

void vif_abort(struct devices_ctx *ctx, struct vif *vif)
{
	struct ctl_error ignored;

	if (vif->published) {
		detach_by_force(ctx, &vif->dev, 1, &ignored);
		vif->published = false;
	}
}
