/* SPDX-License-Identifier: MIT */
/*
 * Who owns which frame, and as what it is used.
 *
 * Every frame of RAM has a page_info.  Its reference count, type count, type
 * and flags share one word, so taking "a reference and a writable type" is a
 * single compare-and-swap.  Rules (docs/memory.md):
 *  - a frame has one type at a time; the type may change only while the type
 *    count is 0;
 *  - L1..L4 and segment-descriptor frames are never mapped writable by a guest;
 *  - the last type reference of a page table devalidates it and gives back
 *    what its entries hold;
 *  - the last general reference frees the frame.
 */
#ifndef ARGON_MM_PAGE_H
#define ARGON_MM_PAGE_H

#include "lib/types.h"

struct domain;

enum page_type {
	PT_NONE = 0,
	PT_L1 = 1, /* page tables of that level */
	PT_L2 = 2,
	PT_L3 = 3,
	PT_L4 = 4,
	PT_SEGDESC = 5,	 /* holds GDT/LDT entries in use */
	PT_WRITABLE = 6, /* mapped writable somewhere, or written by Argon */
};

/*
 * page_info.word:
 *   25..0  reference count    49..26 type count    52..50 enum page_type
 */
#define PGW_REF_ONE (1ULL << 0)
#define PGW_REF_MASK ((1ULL << 26) - 1)
#define PGW_TCOUNT_ONE (1ULL << 26)
#define PGW_TCOUNT_MASK (((1ULL << 24) - 1) << 26)
#define PGW_TYPE_SHIFT 50
#define PGW_TYPE_MASK (7ULL << PGW_TYPE_SHIFT)
#define PGW_VALIDATED (1ULL << 53) /* contents checked against the type */
#define PGW_PINNED (1ULL << 54)	   /* the owner holds one type reference */
#define PGW_PARTIAL (1ULL << 55)   /* (de)validation stopped half-way */
#define PGW_LOCKED (1ULL << 56)	   /* being validated, devalidated or updated */
#define PGW_ALLOCATED (1ULL << 57) /* the owner's allocation holds one reference */
#define PGW_HYPERVISOR (1ULL << 58) /* Argon's own; guests map it only read-only */
#define PGW_FREE (1ULL << 59)	   /* in the frame allocator */

struct page_info {
	uint64_t word;	    /* see PGW_* */
	uint32_t next;	    /* list links as frame numbers: owner's list or free list */
	uint32_t prev;
	uint16_t owner;	    /* domain id; DOMID_XEN for shared hypervisor frames */
	uint16_t progress;  /* entries done, while PGW_PARTIAL; order, while free */
	uint32_t tlb_stamp; /* flush clock when the last writable mapping went */
};

_Static_assert(sizeof(struct page_info) == 24, "six MB of page_info per GB");

#define PAGE_LINK_END 0xffffffffU

extern struct page_info *frame_table;
extern uint64_t max_page; /* one more than the last frame that has a page_info */

/* True if m is RAM with a page_info (not MMIO, not a hole). */
bool mfn_is_ram(mfn_t m);

static inline struct page_info *mfn_to_page(mfn_t m)
{
	return &frame_table[m.v];
}

static inline mfn_t page_to_mfn(const struct page_info *p)
{
	return mfn((uint64_t)(p - frame_table));
}

static inline enum page_type page_type(const struct page_info *p)
{
	return (enum page_type)((__atomic_load_n(&p->word, __ATOMIC_RELAXED) & PGW_TYPE_MASK) >>
				PGW_TYPE_SHIFT);
}

/*
 * Takes a general reference if d owns the frame and it is in use.  False
 * otherwise (also on count overflow).  No lock needed.
 */
bool page_get(struct page_info *p, const struct domain *d);
/* page_get for whoever owns it; returns the owner's domain id or -ESRCH. */
int page_get_any(struct page_info *p);
/* Gives a reference back; the last one frees the frame. */
void page_put(struct page_info *p);

/*
 * Takes a type reference (the caller holds a general one), validating the
 * contents if the type is new.  Errors: -EINVAL (in use as another type,
 * contents not acceptable), -EBUSY, -ERESTART (preempted; call again).
 */
int page_get_type(struct page_info *p, enum page_type type);
/* As page_get_type but never preempted: for PT_WRITABLE, PT_SEGDESC, PT_L1. */
int page_get_type_now(struct page_info *p, enum page_type type);
/* Gives a type reference back; may devalidate.  Never preempted. */
void page_put_type(struct page_info *p);
/* Gives a type reference back; 0 or -ERESTART (call again). */
int page_put_type_preemptible(struct page_info *p);

/* Both at once: reference for d plus type.  0 or negative errno. */
int page_get_and_type(struct page_info *p, const struct domain *d, enum page_type type);
void page_put_and_type(struct page_info *p);

/*
 * Allocates 2^order contiguous zeroed frames for d, charged to it
 * (tot_pages <= max_pages, claims honoured).  flags: PAGE_ALLOC_*.
 * NULL if not to be had.
 */
#define PAGE_ALLOC_NO_ZERO 1U
#define PAGE_ALLOC_BELOW_4G 2U
struct page_info *domain_page_alloc(struct domain *d, unsigned int order, unsigned int flags);
/* As above but with all address bits below addr_bits. */
struct page_info *domain_page_alloc_bits(struct domain *d, unsigned int order,
					 unsigned int addr_bits, unsigned int flags);
/* Drops the allocation reference of a frame d owns (frees when last). */
void domain_page_release(struct page_info *p);
/*
 * Makes a hypervisor frame (from frame_alloc) visible to d: d owns it with
 * one reference that Argon holds; it is never freed while PGW_HYPERVISOR is
 * set.  A guest maps it writable only if writable is set.
 */
void page_share_with(struct page_info *p, struct domain *d, bool writable);
/* The counterpart, when d dies; waits for nothing: true if no mapping is left. */
bool page_unshare(struct page_info *p);

/* Hypervisor-owned frames, zeroed, in the direct map. NULL if none. */
void *frames_alloc(unsigned int order);
void frames_free(void *va, unsigned int order);
/* Free frames in the machine, and those promised to domains by claims. */
uint64_t frames_free_count(void);
uint64_t frames_claimed_count(void);
uint64_t frames_total_count(void);

/* Small objects (<= PAGE_SIZE/2 from slabs, larger from frames), zeroed. */
void *hv_alloc(size_t bytes) __must_check;
void hv_free(void *p);

/* Sets d's claim to pages beyond what it has; -ENOMEM if not free, -EINVAL. */
int domain_claim_pages(struct domain *d, uint64_t pages);

/*
 * Gives back all frames of a dying domain, a bounded number a call.
 * 0 when only foreign references are left, -ERESTART to be called again.
 */
int domain_relinquish_pages(struct domain *d);

/* The machine-to-physical table, readable by every guest. */
void m2p_set(mfn_t m, uint64_t pfn);
uint64_t m2p_get(mfn_t m);
#define M2P_INVALID (~0ULL)

/* The type oracle: recounts everything, prints differences; their number. */
unsigned int type_oracle_check(void);

#endif
