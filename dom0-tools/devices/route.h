/* SPDX-License-Identifier: MIT */
/* Interfaces of guests that this domain routes to, and VLANs of bridge ports. */
#ifndef DOM0_TOOLS_DEVICES_ROUTE_H
#define DOM0_TOOLS_DEVICES_ROUTE_H

#include "../config/config.h"
#include "../libctl/error.h"

/* A guest reached by a route. */
struct route_plan {
	const char *ifname;
	const char *ips;     /* the guest's addresses: each gets a route */
	const char *gateway; /* interface that leads out; NULL: the one of the default route */
	bool own_address;    /* as vif-nat: the guest's first address + 127 becomes ours there */
};

/* The interface that leads out, by name, or by where the default route goes. */
int route_gateway(const char *wanted, char name[16], struct ctl_error *err);

/*
 * Gives the interface an address of this domain (the gateway's, or one of its own), lets packets
 * through between it and the gateway, answers ARP for others on it, brings it up and adds the
 * routes. All of that goes with the interface.
 */
int route_set_up(const struct route_plan *plan, struct ctl_error *err);

/* Does the bridge look at VLANs at all? */
int vlan_check(const char *bridge, struct ctl_error *err);

/* Makes a bridge port a member of these VLANs, and of no other. */
int vlan_set(const char *port, const struct config_vlans *vlans, struct ctl_error *err);

#endif
