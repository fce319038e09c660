/* SPDX-License-Identifier: MIT */
/*
 * The short way through l1e_get and l1e_put, for the loops that live on it:
 * an ordinary entry costs one compare-and-swap.  Everything else falls back
 * to the functions.
 */
#ifndef ARGON_MM_L1E_H
#define ARGON_MM_L1E_H

#include "core/domain.h"
#include "lib/errno.h"
#include "mm/table.h"
#include "mm/word.h"

#define PTE_CACHE_BITS (PTE_PWT | PTE_PCD | PTE_PAT)
#define PTE_COMMON                                                                    \
	(PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PTE_AVAIL_LOW | \
	 PTE_AVAIL_HIGH | PTE_NX | PTE_FRAME_MASK)

/*
 * The guest's kernel runs at privilege 3 too.  Its pages are marked so that
 * it can be told what it wrote; user pages are global, as the guest ABI shows
 * them (CR4.PGE is off, so G means nothing).
 */
static inline pte_t l1e_correct(pte_t e)
{
	if (!(e & PTE_USER)) {
		return e | PTE_USER | PTE_GUEST_KERNEL;
	}
	return e & PTE_GUEST_KERNEL ? e : e | PTE_GLOBAL;
}

/* Word of a frame that is writable data and far from its last count. */
#define WORD_FAST_MASK (PGW_TYPE_MASK | PGW_VALIDATED | PGW_RAM | PGW_REF_LIMIT | PGW_TCOUNT_LIMIT)
#define WORD_FAST_VALUE ((uint64_t)PT_WRITABLE << PGW_TYPE_SHIFT | PGW_VALIDATED | PGW_RAM)

/* The long way, without taking the caller's variable out of its register. */
static inline int l1e_take_slowly(const struct domain *d, xen_domid_t owner, pte_t *pte)
{
	pte_t e = *pte;
	int rc = l1e_get(d, owner, &e);

	*pte = e;
	return rc;
}

/* l1e_get for a present entry: 0, or an error and nothing taken. */
static inline __attribute__((always_inline)) int l1e_take(const struct domain *d, xen_domid_t owner,
							  pte_t *pte)
{
	mfn_t m = pte_mfn(*pte);
	struct page_info *p = mfn_to_page(m);
	uint64_t x, more;
	bool fits;

	if (unlikely(*pte & ~(PTE_COMMON | PTE_GLOBAL)) || unlikely(m.v >= max_page) ||
	    unlikely(owner != d->id)) {
		return l1e_take_slowly(d, owner, pte);
	}
	x = word_load(p);
	if (likely(*pte & PTE_RW)) {
		more = PGW_REF_ONE + PGW_TCOUNT_ONE;
		fits = (x & WORD_FAST_MASK) == WORD_FAST_VALUE;
	} else {
		more = PGW_REF_ONE;
		fits = (x & (PGW_RAM | PGW_REF_LIMIT)) == PGW_RAM;
	}
	if (unlikely(!fits || !(x & PGW_REF_MASK) || p->owner != owner ||
		     !word_cas(p, &x, x + more))) {
		return l1e_take_slowly(d, owner, pte);
	}
	/* It may have changed hands before we got our reference. */
	if (unlikely(p->owner != owner)) {
		if (*pte & PTE_RW) {
			page_put_writable(p);
		} else {
			page_put(p);
		}
		return -EINVAL;
	}
	*pte = l1e_correct(*pte);
	return 0;
}

/* l1e_put for a present entry. */
static inline void l1e_drop(pte_t e)
{
	mfn_t m = pte_mfn(e);
	struct page_info *p = mfn_to_page(m);
	uint64_t x;

	if (unlikely(m.v >= max_page)) {
		return;
	}
	x = word_load(p);
	/* Only of guests' own frames are there as many references as types. */
	if (unlikely((x & (PGW_RAM | PGW_HYPERVISOR)) != PGW_RAM)) {
		l1e_put(e);
	} else if (unlikely(!(e & PTE_RW))) {
		page_put(p);
	} else if (unlikely((x & PGW_TCOUNT_MASK) <= PGW_TCOUNT_ONE ||
			    !word_cas(p, &x, x - PGW_REF_ONE - PGW_TCOUNT_ONE))) {
		page_put_writable(p);
	}
}

/* page_table_lock for an L1 table, and its unlock. */
#define WORD_TABLE_LOCK (PGW_LOCKED + PGW_TCOUNT_ONE + PGW_REF_ONE)

/* The quick half: false says nothing about the table. */
static inline bool l1_try_lock(struct page_info *p, xen_domid_t owner)
{
	const uint64_t free_l1 = (uint64_t)PT_L1 << PGW_TYPE_SHIFT | PGW_VALIDATED;
	uint64_t x = word_load(p);

	if (unlikely((x & (PGW_TYPE_MASK | PGW_VALIDATED | PGW_LOCKED | PGW_REF_LIMIT |
			   PGW_TCOUNT_LIMIT)) != free_l1 ||
		     !(x & PGW_TCOUNT_MASK) || p->owner != owner ||
		     !word_cas(p, &x, x + WORD_TABLE_LOCK))) {
		return false;
	}
	if (unlikely(p->owner != owner)) {
		page_table_unlock(p);
		return false;
	}
	return true;
}

static inline bool l1_lock(struct page_info *p, xen_domid_t owner)
{
	if (likely(l1_try_lock(p, owner))) {
		return true;
	}
	if (!page_table_lock(p, owner)) {
		return false;
	}
	if (page_type(p) == PT_L1) {
		return true;
	}
	page_table_unlock(p);
	return false;
}

static inline void l1_unlock(struct page_info *p)
{
	uint64_t x = word_load(p);

	/* Two of a kind of count: the lock's is not the last. */
	if (unlikely((x & PGW_TCOUNT_MASK) <= PGW_TCOUNT_ONE || (x & PGW_REF_MASK) <= PGW_REF_ONE ||
		     !word_cas(p, &x, x - WORD_TABLE_LOCK))) {
		page_table_unlock(p);
	}
}

#endif
