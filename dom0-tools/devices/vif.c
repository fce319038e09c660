/* SPDX-License-Identifier: MIT */
/* Attaching network interfaces: nodes for netback and netfront, then the bridge. */
#include "vif.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libstore/store.h"
#include "detach.h"
#include "elsewhere.h"
#include "nft.h"
#include "ovs.h"
#include "program.h"
#include "route.h"

static bool is_bridged(enum vif_way way)
{
	return way == VIF_BRIDGE || way == VIF_OVS;
}

const char *vif_bridge(const struct config_nic *nic)
{
	return nic->bridge ? nic->bridge : VIF_DEFAULT_BRIDGE;
}

static int check_routed(const struct config_nic *nic, enum vif_way way, struct ctl_error *err)
{
	char gateway[16];

	if (way == VIF_ROUTE && !nic->ip) {
		ctl_error_set(err, "vif-without-ip", "cannot route to a network interface");
		ctl_error_cause(err, "it has no ip=, so there is nothing to route to it");
		ctl_error_hint(err, "give the guest's address: ip=192.0.2.10");
		return -EINVAL;
	}
	return route_gateway(nic->gatewaydev, gateway, err);
}

int vif_check(struct link_ctx *link, const struct config_nic *nic, struct ctl_error *err)
{
	enum vif_way way = vif_way(nic->script);
	char path[256];
	int ret;

	if (nic->vifname[0] && link_exists(link, nic->vifname) == 1) {
		ctl_error_set(err, "vifname-taken", "cannot attach network interface %s",
			      nic->vifname);
		ctl_error_cause(err, "the control domain has an interface of that name");
		ctl_error_hint(err, "choose another vifname=, or leave it out");
		return -EEXIST;
	}
	if (nic->vlan && !is_bridged(way)) {
		ctl_error_set(err, "vif-vlan", "cannot give a network interface VLANs");
		ctl_error_cause(err, "vlan= is for bridges, and script= is %s", nic->script);
		return -EINVAL;
	}
	switch (way) {
	case VIF_BRIDGE:
		ret = link_check_bridge(link, vif_bridge(nic), err);
		return ret || !nic->vlan ? ret : vlan_check(vif_bridge(nic), err);
	case VIF_ROUTE:
	case VIF_NAT:
		return check_routed(nic, way, err);
	case VIF_OVS:
		return ovs_check(nic, vif_bridge(nic), err);
	case VIF_SCRIPT:
		break;
	}
	script_path(nic->script, path, sizeof(path));
	if (access(path, X_OK) == 0) {
		return 0;
	}
	ctl_error_set(err, "no-such-script", "cannot run the vif script %s", path);
	ctl_error_errno(err, errno);
	ctl_error_hint(err, "correct script=; bridges, routes, NAT and Open vSwitch need none: "
			    "vif-bridge, vif-route, vif-nat, vif-openvswitch are built in");
	return -ENOENT;
}

/* What vif-nat gives a guest that has no address: 10.DOMID.DOMID.DEVID+1. */
static char *default_ip(const struct device *dev)
{
	char *ip;

	if (asprintf(&ip, "10.%u.%u.%u", dev->domid >> 8 & 255, dev->domid & 255,
		     (dev->devid + 1) & 127) < 0) {
		abort();
	}
	return ip;
}

static void fill_nodes(const struct vif *vif, struct nodes *back, struct nodes *front)
{
	const struct config_nic *nic = vif->nic;
	char mac[18], script[256];

	config_mac_format(nic->mac, mac);
	script_path(vif->way == VIF_SCRIPT ? nic->script : vif_way_script(vif->way), script,
		    sizeof(script));
	nodes_add(back, "handle", "%" PRIu32, vif->dev.devid);
	nodes_add(back, "type", "vif");
	/* netback wants one, and only hands it to udev; Xen's tools run it when they detach */
	nodes_add(back, "script", "%s", script);
	nodes_add(back, "mac", "%s", mac);
	if (is_bridged(vif->way) || nic->bridge) {
		nodes_add(back, "bridge", "%s", vif_bridge(nic));
	}
	if (nic->vifname[0]) {
		nodes_add(back, "vifname", "%s", nic->vifname);
	}
	if (vif->ip) {
		nodes_add(back, "ip", "%s", vif->ip);
	}
	if (nic->vlan) {
		nodes_add(back, "vlan", "%s", nic->vlan);
	}
	if (nic->gatewaydev) {
		nodes_add(back, "gatewaydev", "%s", nic->gatewaydev);
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

	*vif = (struct vif){.nic = nic, .way = vif_way(nic->script)};
	device_init(ctx, &vif->dev, DEVICE_VIF, domid, (uint32_t)nic->devid);
	ret = nic->backend ? elsewhere_move(ctx, &vif->dev, nic->backend, err) : 0;
	if (ret == 0 && !vif->dev.elsewhere) {
		ret = vif_check(link, nic, err);
	}
	if (ret < 0) {
		return ret;
	}
	if (nic->ip) {
		vif->ip = strdup(nic->ip);
	} else if (vif->way == VIF_NAT) {
		vif->ip = default_ip(&vif->dev);
	}
	fill_nodes(vif, &back, &front);
	ret = device_publish(ctx, &vif->dev, &back, &front, err);
	vif->published = ret == 0;
	nodes_free(&back);
	nodes_free(&front);
	if (ret < 0) {
		vif_free(vif);
	}
	return ret;
}

static int finish_bridged(struct link_ctx *link, const struct vif *vif, const char *name,
			  struct ctl_error *err)
{
	const struct config_nic *nic = vif->nic;
	struct config_vlans vlans;
	int ret;

	if (vif->way == VIF_OVS) {
		ret = ovs_add(nic, vif_bridge(nic), name, err);
	} else {
		ret = link_join_bridge(link, name, vif_bridge(nic), err);
		if (ret == 0 && nic->vlan && config_vlan_parse(nic->vlan, &vlans)) {
			ret = vlan_set(name, &vlans, err);
		}
	}
	return ret ? ret : link_up(link, name, err);
}

static int finish_routed(const struct vif *vif, const char *name, struct ctl_error *err)
{
	const struct route_plan plan = {
		.ifname = name,
		.ips = vif->ip,
		.gateway = vif->nic->gatewaydev,
		.own_address = vif->way == VIF_NAT,
	};
	char gateway[16];
	int ret = route_set_up(&plan, err);

	if (ret == 0 && vif->way == VIF_NAT) {
		ret = route_gateway(vif->nic->gatewaydev, gateway, err);
		if (ret == 0) {
			nft_sweep();
			ret = nft_masquerade(name, vif->ip, gateway, err);
		}
	}
	return ret;
}

/* Names the interface, keeps foreign addresses off it, and connects it. */
static int finish_built_in(struct link_ctx *link, const struct vif *vif, const char *kernel_name,
			   struct ctl_error *err)
{
	const struct config_nic *nic = vif->nic;
	const struct link_setup setup = {
		.new_name = nic->vifname[0] ? nic->vifname : NULL,
		.mtu = nic->mtu,
		.mtu_of = vif->way == VIF_BRIDGE ? vif_bridge(nic) : NULL,
		.arp = !is_bridged(vif->way),
	};
	const char *name = setup.new_name ? setup.new_name : kernel_name;
	int ret = 0;

	if (vif->way == VIF_BRIDGE) {
		ret = link_check_bridge(link, vif_bridge(nic), err);
	}
	if (ret == 0) {
		ret = link_prepare(link, kernel_name, &setup, err);
	}
	if (ret == 0 && vif->ip) {
		ret = nft_guard(name, nic->mac, vif->ip, err);
	}
	if (ret == 0) {
		ret = is_bridged(vif->way) ? finish_bridged(link, vif, name, err)
					   : finish_routed(vif, name, err);
	}
	return ret;
}

static int say_connected(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	char path[96];
	int ret;

	snprintf(path, sizeof(path), "%s/hotplug-status", dev->backend);
	ret = store_writef(ctx->store, STORE_NO_TX, path, "connected");
	if (ret < 0) {
		ctl_error_set(err, "xenstore", "cannot write %s", path);
		ctl_error_errno(err, ret);
	}
	return ret;
}

int vif_finish(struct devices_ctx *ctx, struct link_ctx *link, struct vif *vif,
	       struct ctl_error *err)
{
	char name[16];
	int ret = device_wait_ready(ctx, &vif->dev, err);

	if (ret < 0) {
		return ret;
	}
	if (vif->dev.elsewhere) {
		vif_free(vif);
		return elsewhere_wait_set_up(ctx, &vif->dev, err);
	}
	if (vif->renamed) {
		snprintf(name, sizeof(name), "%s", vif->nic->vifname);
	} else {
		vif_kernel_name(&vif->dev, name);
	}
	ret = link_wait(link, name, (int)devices_timeout(ctx));
	if (ret < 0) {
		ctl_error_set(err, "no-vif", "netback made no interface %s", name);
		ctl_error_errno(err, ret);
		ctl_error_hint(err, "see the control domain's kernel log (dmesg)");
		return ret;
	}
	ret = vif->way == VIF_SCRIPT
		      ? script_run(ctx, &vif->dev, vif->nic->script, "online", name, err)
		      : finish_built_in(link, vif, name, err);
	if (ret < 0) {
		return ret;
	}
	vif_free(vif);
	/* netback connects once the interface is where it belongs */
	return say_connected(ctx, &vif->dev, err);
}

void vif_free(struct vif *vif)
{
	free(vif->ip);
	vif->ip = NULL;
}

void vif_abort(struct devices_ctx *ctx, struct vif *vif)
{
	struct ctl_error ignored;

	vif_free(vif);
	if (vif->published) {
		detach_by_force(ctx, &vif->dev, 1, &ignored);
		vif->published = false;
	}
}
