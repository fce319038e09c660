/* SPDX-License-Identifier: MIT */
/* Memory of other domains, XENMEM_*, and page tables from outside: thin wrappers, no policy. */
#ifndef DOM0_TOOLS_LIBCTL_MEMORY_H
#define DOM0_TOOLS_LIBCTL_MEMORY_H

#include "ctl.h"

/*
 * Gives a PV domain memory: `count` extents of 2^order frames at the pfns in `extents`, which is
 * overwritten with the first machine frame of each. `extents` must be a ctl_buffer_alloc()
 * buffer. Returns how many extents were filled: fewer than `count` when memory ran out.
 */
int ctl_populate_physmap(struct ctl *ctl, xen_domid_t domid, uint64_t *extents, size_t count,
			 unsigned int order);

/* Reserves `pages` in all (what the domain has already counts) or, with 0, gives the rest of a
 * reservation back. -ENOMEM: not that many free. */
int ctl_claim_pages(struct ctl *ctl, xen_domid_t domid, uint64_t pages);

/* Tells a PV domain that its memory is one range of RAM from 0 on. */
int ctl_set_memory_map(struct ctl *ctl, xen_domid_t domid, uint64_t bytes);

/* Values without an argument, e.g. XENMEM_get_sharing_freed_pages. */
long ctl_memory_value(struct ctl *ctl, unsigned int cmd);

/* Validates and pins the top-level page table in machine frame `mfn` for the domain. */
int ctl_pin_l4(struct ctl *ctl, xen_domid_t domid, uint64_t mfn);

#endif
