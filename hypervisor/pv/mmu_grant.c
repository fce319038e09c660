/* SPDX-License-Identifier: MIT */
/* Granted frames in the page tables of a PV guest. */
#include "pv/mmu_grant.h"

#include "lib/errno.h"
#include "mm/word.h"
#include "pv/mmu.h"
#include "xen/grant.h"

#define AVAIL_SHIFT_IN_FLAGS 16
#define AVAIL_SHIFT_IN_PTE 9

static pte_t *entry_lock(struct vcpu *v, uint64_t host_addr, uint32_t flags,
			 struct page_info **table)
{
	return flags & GNTMAP_contains_pte ? pte_lock_maddr(v->domain, host_addr, table)
					   : pte_lock_va(v, host_addr, table);
}

int pv_map_grant(struct vcpu *v, uint64_t host_addr, uint32_t flags, mfn_t m)
{
	pte_t pte = mfn_to_maddr(m) | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY;
	struct page_info *table;
	pte_t *slot, old;

	if (flags & GNTMAP_application_map) {
		pte |= PTE_USER;
	}
	if (!(flags & GNTMAP_readonly)) {
		pte |= PTE_RW;
	}
	pte |= (uint64_t)(flags >> AVAIL_SHIFT_IN_FLAGS) << AVAIL_SHIFT_IN_PTE & PTE_AVAIL_LOW;
	if (l1e_check_flags(v->domain, &pte)) {
		return -EINVAL;
	}
	slot = entry_lock(v, host_addr, flags, &table);
	if (!slot) {
		return -EINVAL;
	}
	if ((pte & PTE_RW) && mfn_is_ram(m)) {
		page_set_foreign(mfn_to_page(m));
	}
	old = __atomic_exchange_n(slot, pte, __ATOMIC_SEQ_CST);
	l1e_put(old);
	page_table_unlock(table);
	return 0;
}

static bool entry_is_grant(pte_t e, uint32_t flags, mfn_t m)
{
	return (e & PTE_PRESENT) && mfn_eq(pte_mfn(e), m) &&
	       !(e & PTE_RW) == !!(flags & GNTMAP_readonly);
}

static int entry_replace(struct vcpu *v, uint64_t host_addr, uint32_t flags, mfn_t m, pte_t pte)
{
	struct page_info *table;
	pte_t *slot = entry_lock(v, host_addr, flags, &table);
	int rc = -EINVAL;

	if (!slot) {
		return -EINVAL;
	}
	if (entry_is_grant(*slot, flags, m)) {
		__atomic_store_n(slot, pte, __ATOMIC_SEQ_CST);
		rc = 0;
	}
	page_table_unlock(table);
	return rc;
}

int pv_unmap_grant(struct vcpu *v, uint64_t host_addr, uint32_t flags, mfn_t m)
{
	return entry_replace(v, host_addr, flags, m, 0);
}

int pv_replace_grant(struct vcpu *v, uint64_t host_addr, uint32_t flags, mfn_t m, uint64_t new_addr)
{
	struct page_info *table;
	pte_t *slot, moved, none = 0;
	int rc;

	/* Two tables are never locked at once: the entry is in our hands between them. */
	slot = pte_lock_va(v, new_addr, &table);
	if (!slot) {
		return -EINVAL;
	}
	moved = __atomic_exchange_n(slot, 0, __ATOMIC_SEQ_CST);
	page_table_unlock(table);
	rc = entry_replace(v, host_addr, flags, m, moved);
	if (!rc) {
		return 0;
	}
	/* Back to where it was, if the guest has not filled the place meanwhile. */
	slot = pte_lock_va(v, new_addr, &table);
	if (!slot || !__atomic_compare_exchange_n(slot, &none, moved, false, __ATOMIC_SEQ_CST,
						  __ATOMIC_RELAXED)) {
		l1e_put(moved);
	}
	if (slot) {
		page_table_unlock(table);
	}
	return rc;
}
