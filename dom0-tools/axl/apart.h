/* SPDX-License-Identifier: MIT */
/* The end of a domain, for those who have a note of it (unfinished.h) and those who need none. */
#ifndef DOM0_TOOLS_AXL_APART_H
#define DOM0_TOOLS_AXL_APART_H

#include "axl.h"
#include "xen/types.h"

/*
 * Ends a domain in whatever state it is, with its devices and nodes, and waits until it is gone.
 * 0 if it was gone already. Goes on after a failure and reports the first one; if only others'
 * mappings keep the last pages, that is no failure.
 */
int domain_take_apart(struct axl *axl, xen_domid_t domid);

#endif
