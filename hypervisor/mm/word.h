/* SPDX-License-Identifier: MIT */
/* Reading and changing page_info.word, inside mm/. */
#ifndef ARGON_MM_WORD_H
#define ARGON_MM_WORD_H

#include "mm/page.h"

static inline uint64_t word_load(const struct page_info *p)
{
	return __atomic_load_n(&p->word, __ATOMIC_RELAXED);
}

/* On failure *x is what the word holds now. */
static inline bool word_cas(struct page_info *p, uint64_t *x, uint64_t nx)
{
	return __atomic_compare_exchange_n(&p->word, x, nx, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

static inline enum page_type word_type(uint64_t x)
{
	return (enum page_type)((x & PGW_TYPE_MASK) >> PGW_TYPE_SHIFT);
}

static inline bool type_is_table(enum page_type t)
{
	return t >= PT_L1 && t <= PT_L4;
}

/*
 * The same as page_get_id and page_get_type(PT_WRITABLE) together, by one
 * compare-and-swap when the frame is writable already; page_put_writable
 * undoes it.  What a present L1 entry with write permission holds.  -EINVAL:
 * not that owner's; -EBUSY: in use as something that must not be written.
 */
int page_get_writable(struct page_info *p, xen_domid_t owner);
void page_put_writable(struct page_info *p);

/*
 * Before a table of another domain than the owner gets a writable entry for p
 * (whose PT_WRITABLE reference is held): TLBs beyond the owner's will matter.
 */
void page_set_foreign(struct page_info *p);

#endif
