/* SPDX-License-Identifier: MIT */
/* Finding, locking and replacing single entries of a guest's page tables. */
#include <asm/directmap.h>

#include "mm/l1e.h"
#include "pv/mmu.h"

#define L1_AREA_SHIFT 21 /* bytes one L1 table maps */
#define L1E_RIGHTS (PTE_RW | PTE_PWT | PTE_PCD | PTE_PAT)

/* Stores under the table's lock: only the processor's A and D bits can race. */
static inline bool pte_store(pte_t *slot, pte_t pte, enum pte_store how, pte_t expected)
{
	pte_t now;

	switch (how) {
	case PTE_STORE_IF_SAME:
		return __atomic_compare_exchange_n(slot, &expected, pte, false, __ATOMIC_SEQ_CST,
						   __ATOMIC_RELAXED);
	case PTE_STORE_KEEP_AD:
		now = __atomic_load_n(slot, __ATOMIC_RELAXED);
		while (!__atomic_compare_exchange_n(slot, &now,
						    pte | (now & (PTE_ACCESSED | PTE_DIRTY)), false,
						    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
		}
		return true;
	default:
		__atomic_store_n(slot, pte, __ATOMIC_RELEASE);
		return true;
	}
}

/* The frame stays: does the new entry hold the same, or write permission less? */
static inline bool is_same_or_less(pte_t old, pte_t pte)
{
	pte_t changed = (old ^ pte) & L1E_RIGHTS;

	return !changed || (changed == PTE_RW && (old & PTE_RW));
}

static inline __attribute__((always_inline)) int update(const struct domain *d, xen_domid_t frames,
							pte_t *slot, pte_t pte, enum pte_store how,
							pte_t expected)
{
	pte_t old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	int rc;

	if ((old & pte & PTE_PRESENT) && !((old ^ pte) & PTE_FRAME_MASK)) {
		rc = l1e_check_flags(d, &pte);
		if (rc) {
			return rc;
		}
		if (likely(is_same_or_less(old, pte))) {
			if (!pte_store(slot, pte, how, expected)) {
				return -EAGAIN;
			}
			if ((old & ~pte & PTE_RW) && mfn_is_ram(pte_mfn(old))) {
				page_put_type(mfn_to_page(pte_mfn(old)));
			}
			return 0;
		}
	}
	if (pte & PTE_PRESENT) {
		rc = l1e_take(d, frames, &pte);
		if (unlikely(rc)) {
			return rc;
		}
	} else if (unlikely(pte & d->pv.absent_watch) && absent_entry_check(d, pte)) {
		return -EINVAL;
	}
	if (!pte_store(slot, pte, how, expected)) {
		l1e_put(pte);
		return -EAGAIN;
	}
	if (old & PTE_PRESENT) {
		l1e_drop(old);
	}
	return 0;
}

int l1e_store(const struct domain *d, xen_domid_t frames, pte_t *slot, pte_t pte)
{
	return update(d, frames, slot, pte, PTE_STORE, 0);
}

int l1e_update(const struct domain *d, xen_domid_t frames, pte_t *slot, pte_t pte,
	       enum pte_store how, pte_t expected)
{
	if (how == PTE_STORE_KEEP_AD) {
		return update(d, frames, slot, pte, PTE_STORE_KEEP_AD, 0);
	}
	return update(d, frames, slot, pte, how, expected);
}

static inline unsigned int index_of(uint64_t va, unsigned int level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & (PTES_PER_TABLE - 1);
}

/* The walk through v's kernel tables; INVALID_MFN where it ends. */
static mfn_t walk(const struct vcpu *v, uint64_t va)
{
	const pte_t *t;
	mfn_t m;
	pte_t e;

	if (((int64_t)(va << 16) >> 16) != (int64_t)va || !v->pv.guest_table ||
	    (va >= HOLE_START && va < HOLE_END)) {
		return INVALID_MFN;
	}
	m = page_to_mfn(v->pv.guest_table);
	for (unsigned int level = 4; level > 1; level--) {
		t = mfn_to_virt(m);
		e = __atomic_load_n(&t[index_of(va, level)], __ATOMIC_RELAXED);
		m = pte_mfn(e);
		if (!(e & PTE_PRESENT) || !mfn_is_ram(m)) {
			return INVALID_MFN;
		}
	}
	return m;
}

/*
 * The L1 table for va, or INVALID_MFN.  Tables may change under us: whatever
 * frame comes out, the caller must make sure that it is an L1 table of the
 * domain.  The last answer is kept until an entry above level 1 changes,
 * since kernels go through tables entry by entry.
 */
static inline mfn_t l1_of(struct vcpu *v, uint64_t va)
{
	uint64_t changes = __atomic_load_n(&v->domain->pv.table_changes, __ATOMIC_ACQUIRE);
	uint64_t area = va >> L1_AREA_SHIFT;

	if (unlikely(v->pv.walk_area != area || v->pv.walk_changes != changes)) {
		v->pv.walk_l1 = walk(v, va);
		v->pv.walk_area = area;
		v->pv.walk_changes = changes;
	}
	return v->pv.walk_l1;
}

void mmu_tables_changed(struct domain *d)
{
	__atomic_fetch_add(&d->pv.table_changes, 1, __ATOMIC_RELEASE);
}

pte_t pte_lookup(struct vcpu *v, uint64_t va)
{
	mfn_t l1 = l1_of(v, va);
	struct page_info *p;
	const pte_t *t;
	pte_t e = 0;

	if (!mfn_is_ram(l1)) {
		return 0;
	}
	p = mfn_to_page(l1);
	if (page_get(p, v->domain)) {
		t = mfn_to_virt(l1);
		if (page_type(p) == PT_L1) {
			e = __atomic_load_n(&t[index_of(va, 1)], __ATOMIC_RELAXED);
		}
		page_put(p);
	}
	return e;
}

static inline pte_t *lock_l1(const struct domain *d, mfn_t l1, unsigned int index,
			     struct page_info **table)
{
	struct page_info *p = mfn_to_page(l1);

	if (unlikely(l1.v >= max_page || !l1_lock(p, d->id))) {
		return NULL;
	}
	*table = p;
	return (pte_t *)mfn_to_virt(l1) + index;
}

pte_t *pte_lock_va(struct vcpu *v, uint64_t va, struct page_info **table)
{
	return lock_l1(v->domain, l1_of(v, va), index_of(va, 1), table);
}

pte_t *pte_lock_maddr(const struct domain *d, maddr_t at, struct page_info **table)
{
	if (at % sizeof(pte_t)) {
		return NULL;
	}
	return lock_l1(d, maddr_to_mfn(at), (at & ~PAGE_MASK) / sizeof(pte_t), table);
}

int pte_store_va(struct vcpu *v, uint64_t va, xen_domid_t frames, pte_t pte)
{
	const struct domain *d = v->domain;
	mfn_t l1 = l1_of(v, va);
	struct page_info *table = mfn_to_page(l1);
	pte_t *slot = (pte_t *)mfn_to_virt(l1) + index_of(va, 1);
	int rc;

	if (unlikely(l1.v >= max_page || !l1_lock(table, d->id))) {
		return -EINVAL;
	}
	rc = update(d, frames, slot, pte, PTE_STORE, 0);
	l1_unlock(table);
	return rc;
}
