/* SPDX-License-Identifier: MIT */
/*
 * The kept configuration of a running domain and its devices: libxl's rules. What is attached is
 * added to it; what is in it and no longer attached does not count.
 */
#ifndef DOM0_TOOLS_AXL_KEPT_H
#define DOM0_TOOLS_AXL_KEPT_H

#include "../config/config.h"
#include "axl.h"
#include "domains.h"

/*
 * Adds a device that was attached, in the place of one of the same vdev or devid. Where nobody
 * kept a configuration nothing is done; a failure is a line on stderr: the device is there.
 */
void kept_add_disk(struct axl *axl, const struct domain *domain, const struct config_disk *disk);
void kept_add_nic(struct axl *axl, const struct domain *domain, const struct config_nic *nic);

/* What `nic` has of what network-set changes (rate, ip, vlan, bridge) replaces what was kept. */
void kept_change_nic(struct axl *axl, const struct domain *domain, uint32_t devid,
		     const struct config_nic *nic, bool no_rate);

/* Gives cfg the devices that its domain has now, before it is started again. */
void kept_take_devices(struct axl *axl, xen_domid_t domid, struct domain_config *cfg);

#endif
