/* SPDX-License-Identifier: MIT */
/*
 * Contents of page tables and descriptor frames: which entries are
 * acceptable, and what a present entry holds.
 *  - L1, read-only:  a general reference on the frame;
 *  - L1, writable:   a general reference and a PT_WRITABLE reference;
 *  - L2..L4:         a general reference and a type reference of the level below;
 *  - devices and holes: nothing.
 */
#ifndef ARGON_MM_TABLE_H
#define ARGON_MM_TABLE_H

#include "mm/page.h"
#include "xen/arch.h"

#define PTES_PER_TABLE 512

typedef uint64_t pte_t;

static inline mfn_t pte_mfn(pte_t e)
{
	return mfn((e & PTE_FRAME_MASK) >> PAGE_SHIFT);
}

/*
 * Takes what an L1 entry of one of d's tables holds and corrects *pte to what
 * the hardware must see.  owner: whose frame it shall be (d's own id,
 * another domain's if the caller may map that, DOMID_IO, DOMID_XEN).
 * *pte may be not present: nothing is taken.  -EINVAL, -EPERM (a device),
 * -EBUSY (writable, but the frame is a table or such).
 */
int l1e_get(const struct domain *d, xen_domid_t owner, pte_t *pte);
void l1e_put(pte_t pte);
/* What *pte would be corrected to; the frame is not looked at. -EINVAL. */
int l1e_check_flags(const struct domain *d, pte_t *pte);

/*
 * An absent entry for one of d's tables, some of whose bits d->pv.absent_watch
 * has: 0, or d crashes and -EINVAL.  A processor with L1TF reads through the
 * frame number of an absent entry what the L1 cache holds of that frame.
 */
int absent_entry_check(const struct domain *d, pte_t e);

/* The same for an entry of a table of level 2..4. preemptible: get may answer -ERESTART. */
int lne_get(const struct domain *d, unsigned int level, pte_t *pte, bool preemptible);
void lne_put(pte_t pte);
/* -ERESTART: as page_put_type_preemptible; the table below is left PARTIAL. */
int lne_put_preemptible(pte_t pte);
int lne_check_flags(pte_t *pte);

/*
 * (De)validates the whole table p, locked by the caller.  p->progress says
 * how many entries are taken; -ERESTART leaves it as far as it came.
 */
int table_validate(struct page_info *p, unsigned int level, bool preemptible);
int table_devalidate(struct page_info *p, unsigned int level, bool preemptible);

/* Checks 512 descriptors, raising their privilege level to 3. -EINVAL. */
int segdesc_validate(struct page_info *p);
/* The same for one descriptor. False: not acceptable. */
bool segdesc_check(uint64_t *descriptor);

#endif
