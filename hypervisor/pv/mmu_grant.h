/* SPDX-License-Identifier: MIT */
/*
 * Granted frames in the page tables of a PV guest.  An entry owns one general
 * reference on the frame, and a PT_WRITABLE one if it is writable, exactly as
 * an ordinary entry: if the guest overwrites it, those go back by themselves
 * and unmapping fails.
 */
#ifndef ARGON_PV_MMU_GRANT_H
#define ARGON_PV_MMU_GRANT_H

#include "core/domain.h"

/*
 * Maps frame m, which may be another domain's, for the current domain at
 * host_addr: a virtual address, or with GNTMAP_contains_pte the machine
 * address of an L1 entry.  flags: GNTMAP_*.  On success the caller's
 * references (general, and PT_WRITABLE unless GNTMAP_readonly; none for
 * device memory) belong to the entry.  -EINVAL: no L1 table there.
 */
int pv_map_grant(struct vcpu *v, uint64_t host_addr, uint32_t flags, mfn_t m);

/*
 * Clears that entry again, if it still maps m with the same permission.  On
 * success its references are the caller's, who drops them after flushing the
 * TLBs of v's domain.  -EINVAL: something else is there.
 */
int pv_unmap_grant(struct vcpu *v, uint64_t host_addr, uint32_t flags, mfn_t m);

/*
 * As pv_unmap_grant, but what is mapped at virtual address new_addr moves
 * into the entry.
 */
int pv_replace_grant(struct vcpu *v, uint64_t host_addr, uint32_t flags, mfn_t m,
		     uint64_t new_addr);

#endif
