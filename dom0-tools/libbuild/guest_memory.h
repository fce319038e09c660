/* SPDX-License-Identifier: MIT */
/* A guest's memory while it is being built. */
#ifndef DOM0_TOOLS_LIBBUILD_GUEST_MEMORY_H
#define DOM0_TOOLS_LIBBUILD_GUEST_MEMORY_H

#include "../libctl/ctl.h"
#include "blob.h"

struct guest_memory {
	struct ctl *ctl;
	xen_domid_t domid;
	uint64_t count;
	uint64_t *p2m; /* machine frame of each pfn */
	bool keep;     /* leave what guest_memory_load() mapped to the end of the process */
};

/* Reserves and populates `count` frames. -ENOMEM: the machine has not that many free; nothing is
 * held by *memory then. */
int guest_memory_populate(struct guest_memory *memory, struct ctl *ctl, xen_domid_t domid,
			  uint64_t count);
void guest_memory_free(struct guest_memory *memory); /* the p2m, not the guest's frames */

/* Maps `count` frames from pfn `first` on, writable. For ctl_foreign_unmap(). */
int guest_memory_map(struct guest_memory *memory, uint64_t first, uint64_t count, void **pages);

/* Copies into the guest at a pseudo-physical address, and clears up to `clear` bytes behind. */
int guest_memory_write(struct guest_memory *memory, uint64_t address, const void *data, size_t len);
int guest_memory_load(struct guest_memory *memory, uint64_t address, const struct blob *blob,
		      uint64_t offset, uint64_t len, uint64_t clear);

#endif
