/* SPDX-License-Identifier: MIT */
/* The ways in which this domain connects network interfaces, and how they are taken back. */
#ifndef DOM0_TOOLS_DEVICES_VIF_WAY_H
#define DOM0_TOOLS_DEVICES_VIF_WAY_H

#include "device.h"

/* How this domain connects an interface: by its script= in Xen's words. */
enum vif_way {
	VIF_BRIDGE, /* vif-bridge, and none */
	VIF_ROUTE,  /* vif-route */
	VIF_NAT,    /* vif-nat */
	VIF_OVS,    /* vif-openvswitch */
	VIF_SCRIPT, /* one of the administrator's, which is run */
};
enum vif_way vif_way(const char *script);

/* What Xen's own tools run for a way of ours; not for VIF_SCRIPT. */
const char *vif_way_script(enum vif_way way);

/* Undoes what does not go with the interface, by the nodes of its backend; before these go. */
int vif_release(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err);

/* The same by script= and the interface's name, NULL = the kernel's. */
int vif_undo(struct devices_ctx *ctx, const struct device *dev, const char *script,
	     const char *vifname, struct ctl_error *err);

/* Name netback gives the interface, "vif3.0". */
void vif_kernel_name(const struct device *dev, char name[16]);

#endif
