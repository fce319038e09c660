/* SPDX-License-Identifier: MIT */
/*
 * Frames of domains: charging, lists, claims, and hypervisor frames that a
 * domain may see.  A domain with any frame on its lists holds a reference on
 * itself, so page_owner() is valid while the caller holds one on the frame.
 */
#include "mm/owner.h"

#include "arch/cpu.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/buddy.h"
#include "mm/page_list.h"

struct domain *page_owner(const struct page_info *p)
{
	xen_domid_t id = __atomic_load_n(&p->owner, __ATOMIC_RELAXED);

	return id < DOMID_FIRST_RESERVED ? domain_by_id(id) : NULL;
}

/* Takes p off whichever list of d's it is on, under d's page_lock. */
static void list_unlink(struct domain *d, struct page_info *p)
{
	uint32_t m = (uint32_t)page_to_mfn(p).v;

	page_list_remove(d->page_list == m    ? &d->page_list
			 : d->dying_list == m ? &d->dying_list
					      : &d->shared_list,
			 p);
}

/* Reserves n frames of d's allowance; the part of its claim they use up, or -errno. */
static int64_t charge(struct domain *d, uint64_t n)
{
	int64_t from_claim;
	bool first;

	spin_lock(&d->page_lock);
	if (d->dying != DOMAIN_ALIVE || d->tot_pages + n > d->max_pages) {
		spin_unlock(&d->page_lock);
		return -ENOMEM;
	}
	first = !d->tot_pages && !d->shared_pages;
	d->tot_pages += n;
	from_claim = (int64_t)MIN(d->outstanding_pages, n);
	d->outstanding_pages -= (uint64_t)from_claim;
	spin_unlock(&d->page_lock);
	if (first) {
		domain_get(d);
	}
	return from_claim;
}

/* The counterpart; claim: what the reservation had used up and gives back. */
static void uncharge(struct domain *d, uint64_t n, uint64_t claim)
{
	bool last;

	spin_lock(&d->page_lock);
	d->tot_pages -= n;
	d->outstanding_pages += claim;
	last = !d->tot_pages && !d->shared_pages;
	spin_unlock(&d->page_lock);
	if (last) {
		domain_put(d);
	}
}

/*
 * What a frame's last use leaves behind for TLBs to remember: its type at
 * count 0 and PGW_FOREIGN.  Nobody's frames keep it until they are flushed
 * for a new owner (buddy_alloc), or come back to the old one.
 */
#define WORD_HISTORY (PGW_TYPE_MASK | PGW_VALIDATED | PGW_FOREIGN)

/*
 * Frames that belong to nobody become d's, charged already.  False if d is
 * dying: its frames may have been collected, later ones would stay for ever.
 */
static bool insert_block(struct domain *d, struct page_info *p, uint64_t count, bool always)
{
	bool insert;

	spin_lock(&d->page_lock);
	insert = always || d->dying == DOMAIN_ALIVE;
	for (uint64_t i = 0; insert && i < count; i++) {
		p[i].owner = d->id;
		page_list_push(&d->page_list, &p[i]);
		__atomic_store_n(&p[i].word,
				 PGW_RAM | PGW_ALLOCATED | PGW_REF_ONE | (p[i].word & WORD_HISTORY),
				 __ATOMIC_RELEASE);
	}
	spin_unlock(&d->page_lock);
	return insert;
}

void domain_page_insert(struct domain *d, struct page_info *p)
{
	/* d makes the call itself: frames are collected when no vCPU of it runs. */
	insert_block(d, p, 1, true);
}

struct page_info *domain_page_alloc_bits(struct domain *d, unsigned int order,
					 unsigned int addr_bits, unsigned int flags)
{
	struct page_info *p;
	int64_t claim;

	if (order > BUDDY_ORDER_MAX) {
		return NULL;
	}
	claim = charge(d, 1ULL << order);
	if (claim < 0) {
		return NULL;
	}
	p = buddy_alloc(order, addr_bits | BUDDY_ON_NODES(d->node_affinity), (uint64_t)claim,
			!(flags & PAGE_ALLOC_NO_ZERO));
	if (!p) {
		uncharge(d, 1ULL << order, (uint64_t)claim);
		return NULL;
	}
	if (!insert_block(d, p, 1ULL << order, false)) {
		buddy_free_run(p, p + (1UL << order));
		uncharge(d, 1ULL << order, 0);
		return NULL;
	}
	return p;
}

struct page_info *domain_page_alloc(struct domain *d, unsigned int order, unsigned int flags)
{
	return domain_page_alloc_bits(d, order, flags & PAGE_ALLOC_BELOW_4G ? 32 : 64, flags);
}

int page_adopt(struct page_info *p, struct domain *d)
{
	BUG_ON(p->word != (PGW_RAM | PGW_HYPERVISOR | PGW_REF_ONE));
	if (charge(d, 1) < 0) {
		return -ENOMEM;
	}
	p->word = PGW_RAM;
	domain_page_insert(d, p);
	return 0;
}

/*
 * Takes the last references of a frame, if they are the allocation's and
 * `mine` of the caller, who knows that the owner does not change meanwhile.
 */
static bool take_idle(struct page_info *p, uint64_t mine)
{
	const uint64_t idle = PGW_RAM | PGW_ALLOCATED | (mine + 1) * PGW_REF_ONE;
	uint64_t x = __atomic_load_n(&p->word, __ATOMIC_RELAXED);

	do {
		if ((x & ~WORD_HISTORY) != idle) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(&p->word, &x, PGW_RAM | (x & WORD_HISTORY), false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return true;
}

bool domain_page_steal(struct domain *d, struct page_info *p)
{
	if (!page_get(p, d)) {
		return false;
	}
	if (!take_idle(p, 1)) {
		page_put(p);
		return false;
	}
	p->tlb_stamp = tlb_clock();
	spin_lock(&d->page_lock);
	list_unlink(d, p);
	spin_unlock(&d->page_lock);
	return true;
}

/* Frames that are nobody's any more go to the heap. */
static void run_free(struct page_info *p, uint64_t n)
{
	uint32_t now = tlb_clock();

	for (uint64_t i = 0; i < n; i++) {
		m2p_set(page_to_mfn(&p[i]), M2P_INVALID);
		p[i].word = PGW_RAM;
		p[i].owner = DOMID_INVALID;
		p[i].tlb_stamp = now;
	}
	buddy_free_run(p, p + n);
}

void page_free_stolen(struct page_info *p)
{
	run_free(p, 1);
}

void domain_page_release(struct page_info *p)
{
	if (__atomic_fetch_and(&p->word, ~PGW_ALLOCATED, __ATOMIC_SEQ_CST) & PGW_ALLOCATED) {
		page_put(p);
	}
}

/* An unreferenced frame leaves its owner, who perhaps goes with it. */
static void take_off_lists(struct page_info *p, struct domain *d)
{
	bool shared = p->word & PGW_HYPERVISOR;
	bool last;

	spin_lock(&d->page_lock);
	list_unlink(d, p);
	if (shared) {
		d->shared_pages--;
	} else {
		d->tot_pages--;
	}
	last = !d->tot_pages && !d->shared_pages;
	spin_unlock(&d->page_lock);
	if (shared) {
		p->tlb_stamp = tlb_clock();
	} else {
		page_free_stolen(p);
	}
	if (last) {
		domain_put(d);
	}
}

void page_released(struct page_info *p)
{
	struct domain *d = page_owner(p);

	BUG_ON(!d || (!(p->word & PGW_HYPERVISOR) &&
		      (p->word & (PGW_TCOUNT_MASK | PGW_PINNED | PGW_PARTIAL))));
	take_off_lists(p, d);
}

void page_share_with(struct page_info *p, struct domain *d, bool writable)
{
	uint64_t type = writable ? PT_WRITABLE : PT_NONE;
	bool first;

	BUG_ON(p->word != (PGW_RAM | PGW_HYPERVISOR | PGW_REF_ONE));
	spin_lock(&d->page_lock);
	if (d->dying != DOMAIN_ALIVE) {
		spin_unlock(&d->page_lock);
		return; /* stays out of sight: nobody would take it back */
	}
	/* A type count that is never given back: the type can never change. */
	__atomic_store_n(&p->word,
			 PGW_RAM | PGW_HYPERVISOR | PGW_ALLOCATED | PGW_VALIDATED | PGW_TCOUNT_ONE |
				 PGW_REF_ONE | type << PGW_TYPE_SHIFT,
			 __ATOMIC_RELEASE);
	page_list_push(&d->shared_list, p);
	first = !d->tot_pages && !d->shared_pages;
	d->shared_pages++;
	spin_unlock(&d->page_lock);
	if (first) {
		domain_get(d);
	}
	__atomic_store_n(&p->owner, d->id, __ATOMIC_RELEASE);
}

bool page_unshare(struct page_info *p, struct domain *d)
{
	if (p->owner == DOMID_INVALID) {
		return true; /* never was shared */
	}
	/* d may never have been known to page_owner: its creation can have failed. */
	if ((__atomic_fetch_and(&p->word, ~PGW_ALLOCATED, __ATOMIC_SEQ_CST) & PGW_ALLOCATED) &&
	    !(__atomic_sub_fetch(&p->word, PGW_REF_ONE, __ATOMIC_SEQ_CST) & PGW_REF_MASK)) {
		take_off_lists(p, d);
	}
	if (__atomic_load_n(&p->word, __ATOMIC_SEQ_CST) & PGW_REF_MASK) {
		return false;
	}
	p->owner = DOMID_INVALID;
	p->word = PGW_RAM | PGW_HYPERVISOR | PGW_REF_ONE;
	return true;
}

int domain_claim_pages(struct domain *d, uint64_t pages)
{
	uint64_t want;
	int rc = 0;

	spin_lock(&d->page_lock);
	if (pages && (d->dying != DOMAIN_ALIVE || pages > d->max_pages)) {
		rc = -EINVAL;
	} else {
		/* The number includes what the domain has already. */
		want = pages > d->tot_pages ? pages - d->tot_pages : 0;
		rc = buddy_claim((int64_t)want - (int64_t)d->outstanding_pages);
		if (!rc) {
			d->outstanding_pages = want;
		}
	}
	spin_unlock(&d->page_lock);
	return rc;
}

#define RELINQUISH_BATCH 64 /* frames before a look whether something waits */
#define RELINQUISH_RUN 512

/*
 * Frees frames from the head of d's list that nothing else refers to, most of
 * a domain's, and that follow each other: as populating them left the list,
 * downwards.  How many.
 */
static uint64_t relinquish_idle(struct domain *d)
{
	uint32_t m, last;
	uint64_t n = 0;
	bool gone;

	spin_lock(&d->page_lock);
	m = d->page_list;
	last = m + 1;
	while (n < RELINQUISH_RUN && m == last - 1 && m != PAGE_LINK_END &&
	       take_idle(&frame_table[m], 0)) {
		last = m;
		m = frame_table[m].next;
		n++;
	}
	d->page_list = m;
	if (m != PAGE_LINK_END) {
		frame_table[m].prev = PAGE_LINK_END;
	}
	d->tot_pages -= n;
	gone = n && !d->tot_pages && !d->shared_pages;
	spin_unlock(&d->page_lock);
	if (n) {
		run_free(&frame_table[last], n);
	}
	if (gone) {
		domain_put(d);
	}
	return n;
}

/* The first frame of a list moves to the dying list; NULL if it is going anyway. */
static struct page_info *next_to_relinquish(struct domain *d, uint32_t *head)
{
	struct page_info *p = NULL;

	spin_lock(&d->page_lock);
	if (*head != PAGE_LINK_END) {
		p = &frame_table[*head];
		list_unlink(d, p);
		page_list_push(&d->dying_list, p);
		/* On a list means referenced, unless its last put is under way. */
		if (!page_get_id(p, d->id)) {
			p = NULL;
		}
	}
	spin_unlock(&d->page_lock);
	return p;
}

/* Drops every hold that d itself has on one of its frames; 0 or -ERESTART. */
static int release_holds(struct page_info *p)
{
	int rc = 0;

	if (page_clear_pin(p)) {
		rc = page_put_type_preemptible(p);
		page_put(p);
	} else if (p->word & PGW_PARTIAL) {
		rc = page_finish_partial(p);
	}
	if (!rc) {
		domain_page_release(p);
	}
	return rc;
}

static int relinquish_next(struct domain *d, uint32_t *head)
{
	struct page_info *p = next_to_relinquish(d, head);
	int rc = p ? release_holds(p) : 0;

	if (rc) {
		/* Back to where the next call finds it. */
		spin_lock(&d->page_lock);
		list_unlink(d, p);
		page_list_push(head, p);
		spin_unlock(&d->page_lock);
	}
	if (p) {
		page_put(p);
	}
	return rc;
}

int domain_relinquish_pages(struct domain *d)
{
	uint32_t *const heads[] = {&d->page_list, &d->shared_list};
	uint64_t done = 0;

	BUG_ON(d->dying == DOMAIN_ALIVE);
	domain_claim_pages(d, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(heads); i++) {
		while (*heads[i] != PAGE_LINK_END) {
			uint64_t n = i == 0 ? relinquish_idle(d) : 0;

			if (!n && relinquish_next(d, heads[i])) {
				return -ERESTART;
			}
			done += MAX(n, 1UL);
			if (done >= RELINQUISH_BATCH && preempt_needed()) {
				return -ERESTART;
			}
			done %= RELINQUISH_BATCH;
		}
	}
	return 0;
}
