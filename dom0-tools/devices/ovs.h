/* SPDX-License-Identifier: MIT */
/* Ports of Open vSwitch bridges, by its own tool. */
#ifndef DOM0_TOOLS_DEVICES_OVS_H
#define DOM0_TOOLS_DEVICES_OVS_H

#include "device.h"

/*
 * Adds an interface to the bridge of a NIC: "BRIDGE[.TAG][:TRUNK…]" as Xen's vif-openvswitch
 * takes it, or a plain name and vlan=. A port of that name left from before is replaced.
 */
int ovs_add(const struct config_nic *nic, const char *bridge, const char *port,
	    struct ctl_error *err);

/* Removes a port; 0 also if there is none. */
int ovs_remove(const char *port, struct ctl_error *err);

/* Is ovs-vsctl there, the switch running, the bridge one of its, and what the NIC says of VLANs
 * understood? */
int ovs_check(const struct config_nic *nic, const char *bridge, struct ctl_error *err);

#endif
