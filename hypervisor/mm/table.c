/* SPDX-License-Identifier: MIT */
/*
 * Whole page tables: taking and giving back what their entries hold.
 *
 * Entries [0, progress) are taken, the others are not.  Devalidation goes
 * backwards, so this holds whenever it stops.  When a table stops because a
 * table below stopped, that one is PARTIAL and is the one behind entry
 * `progress`: going on in either direction begins with it.
 */

#include "mm/table.h"

#include <asm/directmap.h>

#include "arch/pagetable.h"
#include "core/hypercall.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/l1e.h"

#define PERDOMAIN_SLOT 257

/* Most tables are mostly empty: entries are looked at in groups first. */
#define GROUP 8

static inline bool group_is_empty(const pte_t *t, pte_t bits)
{
	return !((t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]) & bits);
}

static bool slot_is_hole(unsigned int level, unsigned int i)
{
	return level == 4 && i >= HOLE_FIRST_SLOT && i <= HOLE_LAST_SLOT;
}

static void hole_fill(const struct domain *d, pte_t *l4)
{
	memcpy(&l4[HOLE_FIRST_SLOT], hole_l4_template, sizeof(hole_l4_template));
	l4[PERDOMAIN_SLOT] = 0;
	if (d->pv.perdomain_l3) {
		l4[PERDOMAIN_SLOT] = virt_to_maddr(d->pv.perdomain_l3) | PTE_PRESENT | PTE_RW |
				     PTE_ACCESSED | PTE_DIRTY;
	}
}

static int l1_validate(struct page_info *p, const struct domain *d)
{
	pte_t *t = mfn_to_virt(page_to_mfn(p)), bits = PTE_PRESENT | d->pv.absent_watch;

	for (unsigned int i = 0; i < PTES_PER_TABLE; i++) {
		pte_t e;
		int rc;

		if (i % GROUP == 0 && group_is_empty(&t[i], bits)) {
			i += GROUP - 1;
			continue;
		}
		e = t[i];
		if (!(e & bits)) {
			continue;
		}
		rc = e & PTE_PRESENT ? l1e_take(d, d->id, &e) : absent_entry_check(d, e);
		if (unlikely(rc)) {
			p->progress = (uint16_t)i;
			return rc;
		}
		if (e != t[i]) {
			t[i] = e;
		}
	}
	p->progress = PTES_PER_TABLE;
	return 0;
}

static void l1_devalidate(const struct page_info *p)
{
	const pte_t *t = mfn_to_virt(page_to_mfn(p));
	unsigned int n = p->progress;

	for (unsigned int i = 0; i < n; i++) {
		if (i % GROUP == 0 && group_is_empty(&t[i], PTE_PRESENT)) {
			i += GROUP - 1;
		} else if (t[i] & PTE_PRESENT) {
			l1e_drop(t[i]);
		}
	}
}

int table_validate(struct page_info *p, unsigned int level, bool preemptible)
{
	const struct domain *d = page_owner(p);
	pte_t *t = mfn_to_virt(page_to_mfn(p)), bits;

	if (!d) {
		return -EINVAL;
	}
	bits = PTE_PRESENT | d->pv.absent_watch;
	if (level == 1) {
		return l1_validate(p, d);
	}
	for (unsigned int i = p->progress; i < PTES_PER_TABLE; i++) {
		pte_t e;
		int rc;

		if (i % GROUP == 0 && group_is_empty(&t[i], bits)) {
			i += GROUP - 1;
			continue;
		}
		e = t[i];
		if (!(e & bits) || slot_is_hole(level, i)) {
			continue;
		}
		rc = lne_get(d, level, &e, preemptible);
		if (rc) {
			p->progress = (uint16_t)i;
			return rc;
		}
		t[i] = e;
		if (preemptible && i < PTES_PER_TABLE - 1 && preempt_needed()) {
			p->progress = (uint16_t)(i + 1);
			return -ERESTART;
		}
	}
	p->progress = PTES_PER_TABLE;
	if (level == 4) {
		hole_fill(d, t);
	}
	return 0;
}

/* Gives back what a PARTIAL table behind entry e still holds. */
static int child_finish(const struct page_info *p, unsigned int level, pte_t e, bool preemptible)
{
	mfn_t m = pte_mfn(e);
	int rc;

	if (!(e & PTE_PRESENT) || !mfn_is_ram(m) || !page_get_id(mfn_to_page(m), p->owner)) {
		return 0;
	}
	do {
		rc = word_type(word_load(mfn_to_page(m))) == (enum page_type)(level - 1)
			     ? page_finish_partial(mfn_to_page(m))
			     : 0;
	} while (rc && !preemptible);
	page_put(mfn_to_page(m));
	return rc;
}

int table_devalidate(struct page_info *p, unsigned int level, bool preemptible)
{
	pte_t *t = mfn_to_virt(page_to_mfn(p));
	unsigned int i = p->progress;

	if (level == 1) {
		l1_devalidate(p);
		return 0;
	}
	if (i < PTES_PER_TABLE && !slot_is_hole(level, i) &&
	    child_finish(p, level, t[i], preemptible)) {
		return -ERESTART;
	}
	while (i-- > 0) {
		if (i % GROUP == GROUP - 1 && group_is_empty(&t[i + 1 - GROUP], PTE_PRESENT)) {
			i -= GROUP - 1;
			continue;
		}
		if (!(t[i] & PTE_PRESENT) || slot_is_hole(level, i)) {
			continue;
		}
		p->progress = (uint16_t)i;
		if (!preemptible) {
			lne_put(t[i]);
		} else if (lne_put_preemptible(t[i]) || (i && preempt_needed())) {
			return -ERESTART;
		}
	}
	p->progress = 0;
	return 0;
}
