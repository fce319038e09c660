/* SPDX-License-Identifier: MIT */
/* Mapping other domains' memory and the hypervisor's shareable pages into this process. */
#ifndef DOM0_TOOLS_LIBCTL_FOREIGN_H
#define DOM0_TOOLS_LIBCTL_FOREIGN_H

#include "ctl.h"

/*
 * Maps `count` frames (machine frames for a PV domain, in any order) of `domid` side by side;
 * `prot` as for mmap(). All or nothing: the first frame that cannot be mapped gives its error.
 */
int ctl_foreign_map(struct ctl *ctl, xen_domid_t domid, int prot, const uint64_t *frames,
		    size_t count, void **pages);

/* Maps `count` frames of a resource of `domid` from `first` on: XENMEM_resource_* `type`, `id`. */
int ctl_resource_map(struct ctl *ctl, xen_domid_t domid, unsigned int type, unsigned int id,
		     unsigned int first, size_t count, void **pages);

/* Undoes either. */
void ctl_foreign_unmap(void *pages, size_t count);

#endif
