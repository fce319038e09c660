/* SPDX-License-Identifier: MIT */
/*
 * mmu_update: a list of page-table entries and machine-to-physical entries to
 * write.  The table of the last entry stays locked, since lists mostly walk
 * one table.
 */
#include <asm/directmap.h>
#include <asm/guest_access.h>

#include "arch/cpu.h"
#include "arch/isolation.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "mm/l1e.h"
#include "pv/mmu.h"
#include "xen/hypercall.h"

#define REQUESTS_PER_COPY 16
#define PTR_COMMAND 3UL

#define NO_TABLE 2UL /* no frame's address, also not with the bits of NOT_PLAIN */

struct batch {
	struct vcpu *v;
	struct mmu_subject subject;
	struct page_info *table; /* locked and referenced, or NULL */
	maddr_t base;            /* its address; NO_TABLE if it is not an L1 table */
	unsigned int level;      /* its level */
	bool flush;              /* an entry above level 1 was replaced */
};

int mmu_subject_get(struct mmu_subject *s, uint32_t foreign)
{
	struct domain *self = current->domain, *d;
	xen_domid_t frames = (xen_domid_t)foreign;
	uint32_t tables = foreign >> 16;

	s->frames = self->id;
	s->d = self; /* no reference needed: it is running */
	if (likely(foreign == DOMID_SELF)) {
		return 0;
	}
	if (frames != DOMID_SELF && frames != self->id) {
		if (!self->is_privileged) {
			return -EPERM;
		}
		if (frames != DOMID_IO && frames != DOMID_XEN) {
			d = domain_lookup(frames);
			if (!d) {
				return -ESRCH;
			}
			domain_put(d); /* only its number is needed: frames know their owner */
		}
		s->frames = frames;
	}
	if (tables && tables - 1 != self->id && tables - 1 != DOMID_SELF) {
		if (!self->is_privileged) {
			return -EPERM;
		}
		s->d = domain_lookup((xen_domid_t)(tables - 1));
		if (!s->d) {
			return -ESRCH;
		}
		if (frames == DOMID_SELF) {
			s->frames = s->d->id;
		}
	}
	return 0;
}

void mmu_subject_put(struct mmu_subject *s)
{
	if (unlikely(s->d != current->domain)) {
		domain_put(s->d);
	}
}

static void batch_release(struct batch *b)
{
	if (b->table) {
		page_table_unlock(b->table);
		b->table = NULL;
		b->base = NO_TABLE;
	}
}

/* Replaces an entry above level 1; -ERESTART: do this one again. */
static int lne_update(struct batch *b, pte_t *slot, pte_t pte, bool keep_ad)
{
	pte_t old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	unsigned int index = (unsigned int)((uint64_t)slot & ~PAGE_MASK) / sizeof(pte_t);
	bool same = (old & pte & PTE_PRESENT) && !((old ^ pte) & PTE_FRAME_MASK);
	struct page_info *below;
	int rc;

	if (b->level == 4 && index >= HOLE_FIRST_SLOT && index <= HOLE_LAST_SLOT) {
		return -EINVAL;
	}
	rc = same ? lne_check_flags(&pte) : lne_get(b->subject.d, b->level, &pte, true);
	if (rc) {
		return rc;
	}
	if (keep_ad) {
		pte |= old & (PTE_ACCESSED | PTE_DIRTY);
	}
	__atomic_store_n(slot, pte, __ATOMIC_RELEASE);
	if (b->level == 4) {
		isolation_slot_changed(b->subject.d, b->table, index, pte);
	}
	mmu_tables_changed(b->subject.d);
	if (!(old & PTE_PRESENT)) {
		return 0;
	}
	/* The processor may have the old table cached: see batch_finish. */
	b->flush = true;
	if (same) {
		return 0;
	}
	below = mfn_to_page(pte_mfn(old));
	if (page_put_type_preemptible(below) == -ERESTART) {
		b->v->pv.old_table = below; /* takes over the entry's reference */
	} else {
		page_put(below);
	}
	return 0;
}

/* An entry in a frame that is no page table is just a word of the guest's memory. */
static int word_store(struct page_info *p, maddr_t at, uint64_t val)
{
	if (page_get_type_now(p, PT_WRITABLE)) {
		return -EINVAL;
	}
	__atomic_store_n((uint64_t *)maddr_to_virt(at), val, __ATOMIC_RELEASE);
	page_put_type(p);
	return 0;
}

/* Makes b->table the table of that frame; 1 if it is no table: *plain is referenced then. */
static int batch_enter(struct batch *b, mfn_t m, struct page_info **plain)
{
	struct page_info *p;

	batch_release(b);
	if (!mfn_is_ram(m)) {
		return -EINVAL;
	}
	p = mfn_to_page(m);
	if (likely(l1_try_lock(p, b->subject.d->id))) {
		b->table = p;
		b->level = 1;
		b->base = mfn_to_maddr(m);
		return 0;
	}
	if (!page_table_lock(p, b->subject.d->id)) {
		*plain = p;
		return page_get(p, b->subject.d) ? 1 : -EINVAL;
	}
	b->table = p;
	b->level = page_type(p);
	b->base = b->level == 1 ? mfn_to_maddr(m) : NO_TABLE;
	return 0;
}

static int update_entry(struct batch *b, maddr_t at, pte_t pte, bool keep_ad)
{
	struct page_info *plain;
	pte_t *slot;
	int rc;

	if (at % sizeof(pte_t)) {
		return -EINVAL;
	}
	if (!b->table || b->table != mfn_to_page(maddr_to_mfn(at))) {
		rc = batch_enter(b, maddr_to_mfn(at), &plain);
		if (rc < 0) {
			return rc;
		}
		if (rc) {
			rc = word_store(plain, at, pte);
			page_put(plain);
			return rc;
		}
	}
	slot = maddr_to_virt(at);
	if (likely(b->level == 1)) {
		return keep_ad ? l1e_update(b->subject.d, b->subject.frames, slot, pte,
					    PTE_STORE_KEEP_AD, 0)
			       : l1e_store(b->subject.d, b->subject.frames, slot, pte);
	}
	return lne_update(b, slot, pte, keep_ad);
}

static int update_machphys(const struct batch *b, maddr_t at, uint64_t pfn)
{
	mfn_t m = maddr_to_mfn(at);

	if (!mfn_is_ram(m) || !page_get_id(mfn_to_page(m), b->subject.frames)) {
		return -EINVAL;
	}
	m2p_set(m, pfn);
	page_put(mfn_to_page(m));
	return 0;
}

static int update_one(struct batch *b, const struct mmu_update *r)
{
	switch (r->ptr & PTR_COMMAND) {
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_NO_TRANSLATE:
		return update_entry(b, r->ptr & ~PTR_COMMAND, r->val, false);
	case MMU_PT_UPDATE_PRESERVE_AD:
		return update_entry(b, r->ptr & ~PTR_COMMAND, r->val, true);
	default:
		return update_machphys(b, r->ptr & ~PTR_COMMAND, r->val);
	}
}

/* An aligned entry of an L1 table, locked: with or without MMU_PT_UPDATE_PRESERVE_AD. */
#define NOT_PLAIN 5UL

static inline int plain_store(const struct domain *d, xen_domid_t frames,
			      const struct mmu_update *r)
{
	pte_t *slot = maddr_to_virt(r->ptr & ~PTR_COMMAND);

	return r->ptr & MMU_PT_UPDATE_PRESERVE_AD
		       ? l1e_update(d, frames, slot, r->val, PTE_STORE_KEEP_AD, 0)
		       : l1e_store(d, frames, slot, r->val);
}

/* Works the list off; *done counts what succeeded. */
static int batch_run(struct batch *b, gptr_t list, uint32_t count, uint32_t *done)
{
	struct mmu_update r[REQUESTS_PER_COPY];
	int rc;

	while (*done < count) {
		uint32_t n = MIN(count - *done, (uint32_t)REQUESTS_PER_COPY);

		if (*done && preempt_needed()) {
			return -ERESTART;
		}
		if (copy_from_guest(r, gptr_add(list, *done * sizeof(*r)), n * sizeof(*r))) {
			/* The list may end before a page that is not there. */
			n = 1;
			if (copy_from_guest(r, gptr_add(list, *done * sizeof(*r)), sizeof(*r))) {
				return -EFAULT;
			}
		}
		for (uint32_t i = 0; i < n; i++) {
			/* Entries of the table we have are most of all. */
			if (likely((r[i].ptr & (PAGE_MASK | NOT_PLAIN)) == b->base)) {
				rc = plain_store(b->subject.d, b->subject.frames, &r[i]);
			} else {
				rc = update_one(b, &r[i]);
			}
			if (unlikely(rc)) {
				return rc;
			}
			(*done)++;
			if (unlikely(b->flush && b->v->pv.old_table)) {
				return -ERESTART;
			}
		}
	}
	return 0;
}

static void batch_finish(struct batch *b)
{
	batch_release(b);
	if (b->flush) {
		/*
		 * Paging-structure caches may still lead to tables that were
		 * taken out; those could become writable data next.
		 */
		tlb_flush_mask(__atomic_load_n(&b->subject.d->dirty_cpus, __ATOMIC_SEQ_CST),
			       TLB_FLUSH_ALL_VA);
	}
	mmu_subject_put(&b->subject);
}

int mmu_finish_old_table(struct vcpu *v)
{
	struct page_info *p = v->pv.old_table;

	if (likely(!p)) {
		return 0;
	}
	if (page_finish_partial(p)) {
		return -ERESTART;
	}
	v->pv.old_table = NULL;
	page_put(p);
	return 0;
}

static __attribute__((noinline)) long list_update(gptr_t list, uint32_t count, gptr_t pdone,
						  uint32_t foreign)
{
	struct batch b = {.v = current, .base = NO_TABLE};
	uint32_t before, done = 0;
	long rc = mmu_list_begin(b.v, &count, pdone, &before);

	if (!rc) {
		rc = mmu_subject_get(&b.subject, foreign);
		if (rc) {
			return rc;
		}
		rc = batch_run(&b, list, count, &done);
		batch_finish(&b);
	} else if (rc != -ERESTART) {
		return rc;
	}
	list.addr += done * sizeof(struct mmu_update);
	return mmu_list_end(__HYPERVISOR_mmu_update, rc, list, count - done, pdone, before + done,
			    foreign);
}

/* Most calls: one plain entry of an L1 table of one's own.  False: not one of these. */
static inline bool single_store(const struct vcpu *v, gptr_t request, long *rc)
{
	const struct domain *d = v->domain;
	struct page_info *table;
	struct mmu_update r;

	if (get_guest_words(&r, request, sizeof(r) / sizeof(uint64_t))) {
		return false;
	}
	table = mfn_to_page(maddr_to_mfn(r.ptr));
	if ((r.ptr & NOT_PLAIN) || maddr_to_mfn(r.ptr).v >= max_page ||
	    !l1_try_lock(table, d->id)) {
		return false;
	}
	*rc = plain_store(d, d->id, &r);
	l1_unlock(table);
	return true;
}

long do_mmu_update(gptr_t list, uint32_t count, gptr_t pdone, uint32_t foreign)
{
	struct vcpu *v = current;
	uint32_t done;
	long rc;

	if (count != 1 || foreign != DOMID_SELF || v->pv.old_table || !single_store(v, list, &rc)) {
		return list_update(list, count, pdone, foreign);
	}
	if (!gptr_is_null(pdone)) {
		done = rc ? 0 : 1;
		if (copy_to_guest(pdone, &done, sizeof(done))) {
			return -EFAULT;
		}
	}
	return rc;
}
