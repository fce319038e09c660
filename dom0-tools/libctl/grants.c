/* SPDX-License-Identifier: MIT */
/* The reserved entries of a grant table. */
#include "grants.h"

#include "foreign.h"
#include "xen/grant.h"
#include "xen/memory.h"

static struct grant_entry_v1 entry(const struct ctl_ring *ring)
{
	return (struct grant_entry_v1){
		.flags = GTF_permit_access,
		.domid = ring->server,
		.frame = (uint32_t)ring->mfn,
	};
}

int ctl_grants_seed(struct ctl *ctl, xen_domid_t domid, const struct ctl_ring *store,
		    const struct ctl_ring *console)
{
	struct grant_entry_v1 *entries;
	void *page;
	int ret = ctl_resource_map(ctl, domid, XENMEM_resource_grant_table,
				   XENMEM_resource_grant_table_id_shared, 0, 1, &page);

	if (ret) {
		return ret;
	}
	entries = page;
	entries[GNTTAB_RESERVED_CONSOLE] = entry(console);
	entries[GNTTAB_RESERVED_XENSTORE] = entry(store);
	ctl_foreign_unmap(page, 1);
	return 0;
}
