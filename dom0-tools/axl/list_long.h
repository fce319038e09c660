/* SPDX-License-Identifier: MIT */
/* What `xl list -l` prints: libxl's own JSON, which scripts of Xen's users read. */
#ifndef DOM0_TOOLS_AXL_LIST_LONG_H
#define DOM0_TOOLS_AXL_LIST_LONG_H

#include "axl.h"
#include "domains.h"

/*
 * Prints an array of {"domid": N, "config": libxl_domain_config}; name, memory, vCPUs, shares
 * and devices are as they are now. A domain whose configuration nobody kept has these only, as
 * domain 0 has with xl.
 */
int list_long(struct axl *axl, const struct domain *list, int count);

#endif
