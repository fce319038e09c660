/* SPDX-License-Identifier: MIT */
/* Network interfaces for the kernel's netback, in two steps like disks. */
#ifndef DOM0_TOOLS_DEVICES_VIF_H
#define DOM0_TOOLS_DEVICES_VIF_H

#include "device.h"
#include "link.h"
#include "vif_way.h"

#define VIF_DEFAULT_BRIDGE "xenbr0"

struct vif {
	struct device dev;
	const struct config_nic *nic;
	enum vif_way way;
	char *ip; /* the guest's addresses, NULL = any; until it is finished or aborted */
	bool published;
	bool renamed; /* its interface has the name already that it is to have */
};

/* The bridge of a NIC, with the host's default. */
const char *vif_bridge(const struct config_nic *nic);

/* Bridge there, name free, nothing unsupported asked for? */
int vif_check(struct link_ctx *link, const struct config_nic *nic, struct ctl_error *err);

/* Writes the nodes. nic->devid and the MAC are set; nic outlives the vif. */
int vif_start(struct devices_ctx *ctx, struct link_ctx *link, uint32_t domid,
	      const struct config_nic *nic, struct vif *vif, struct ctl_error *err);

/* Waits for netback's interface and puts it on the bridge. On failure call vif_abort(). */
int vif_finish(struct devices_ctx *ctx, struct link_ctx *link, struct vif *vif,
	       struct ctl_error *err);

void vif_free(struct vif *vif);
void vif_abort(struct devices_ctx *ctx, struct vif *vif);

#endif
