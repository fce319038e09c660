/* SPDX-License-Identifier: MIT */
/* What becomes of the lists of devices in a kept configuration, libxl's JSON. */
#ifndef DOM0_TOOLS_AXL_KEPT_EDIT_H
#define DOM0_TOOLS_AXL_KEPT_EDIT_H

#include "../config/config.h"
#include "axl.h"
#include "xen/types.h"

/* What becomes of one list of devices. */
struct kept_edit {
	const char *list; /* "disks", "nics" */
	const struct config_disk *disk;
	const struct config_nic *nic;
	uint32_t devid;
	bool change; /* members of the old one that are not replaced stay */
	bool no_rate;
	struct axl *axl; /* drop what this one's store does not have */
	xen_domid_t domid;
};

/* The text with the edit done, for free(); NULL if it is none, or memory ran out. */
char *kept_edited(const char *text, const struct kept_edit *edit);

#endif
