/* SPDX-License-Identifier: MIT */
/* What is left to see of a domain that has crashed and is still there. */
#ifndef DOM0_TOOLS_AXL_CRASH_H
#define DOM0_TOOLS_AXL_CRASH_H

#include "axl.h"
#include "xen/types.h"

struct yajl_gen_t;

/*
 * Adds "vcpu", "registers", "stack", "backtrace" and "hypervisor" as far as they can be had. The
 * vCPU is the one that told of the crash, else the one the hypervisor's messages name, else 0.
 * Addresses are texts: JSON's numbers are not exact enough.
 */
void crash_json(struct axl *axl, xen_domid_t domid, struct yajl_gen_t *json);

#endif
