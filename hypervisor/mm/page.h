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

#include <asm/layout.h>

#include "lib/types.h"
#include "xen/types.h"

struct domain;

enum page_type {
	PT_NONE = 0,
	PT_L1 = 1, /* page tables of that level */
	PT_L2 = 2,
	PT_L3 = 3,
	PT_L4 = 4,
	PT_SEGDESC = 5,  /* holds GDT/LDT entries in use */
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
/* Counts stay below half their field, so that the table lock always has room. */
#define PGW_REF_LIMIT (1ULL << 25)
#define PGW_TCOUNT_LIMIT (1ULL << 49)
#define PGW_VALIDATED (1ULL << 53)  /* contents checked against the type */
#define PGW_PINNED (1ULL << 54)     /* the owner holds one type reference */
#define PGW_PARTIAL (1ULL << 55)    /* (de)validation stopped half-way */
#define PGW_LOCKED (1ULL << 56)     /* being validated, devalidated or updated */
#define PGW_ALLOCATED (1ULL << 57)  /* the owner's allocation holds one reference */
#define PGW_HYPERVISOR (1ULL << 58) /* Argon's own; guests map it only read-only */
#define PGW_FREE (1ULL << 59)       /* in the frame allocator */
#define PGW_FOREIGN (1ULL << 61)    /* others than the owner had it mapped writable */
#define PGW_RAM (1ULL << 60)        /* RAM; never cleared, 0 for holes and devices */
#define PGW_CLEAN (1ULL << 62)      /* zeroed since it was freed; gone when it belongs to nobody */

struct page_info {
	uint64_t word; /* see PGW_* */
	uint32_t next; /* list links as frame numbers: owner's list or free list */
	uint32_t prev;
	uint16_t owner;     /* domain id; DOMID_XEN for shared hypervisor frames */
	uint16_t progress;  /* entries done, while PGW_PARTIAL; order, while free */
	uint32_t tlb_stamp; /* flush clock when the last writable mapping went */
};

_Static_assert(sizeof(struct page_info) == 24, "six MB of page_info per GB");

#define PAGE_LINK_END 0U /* frame 0 is never allocated to anybody */

/*
 * The array of page_infos.  Holes of the machine's address space show one
 * page of zeroes, so that every frame below max_page can be looked up.
 */
#define frame_table ((struct page_info *)FRAMETABLE_VIRT)
extern uint64_t max_page; /* one more than the last frame of RAM */

/* True if m is RAM with a page_info (not MMIO, not a hole). */
static inline bool mfn_is_ram(mfn_t m)
{
	return m.v < max_page &&
	       (__atomic_load_n(&frame_table[m.v].word, __ATOMIC_RELAXED) & PGW_RAM);
}

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
/* The same by domain id; DOMID_XEN for the hypervisor's shareable frames. */
bool page_get_id(struct page_info *p, xen_domid_t owner);
/* page_get for whoever owns it; returns the owner's domain id or -ESRCH. */
int page_get_any(struct page_info *p);
/* Gives a reference back; the last one frees the frame. */
void page_put(struct page_info *p);

/*
 * Takes a type reference (the caller holds a general one), validating the
 * contents if the type is new.  Errors: -EINVAL (in use as another type,
 * contents not acceptable), -ERESTART (preempted; call again: the page
 * remembers how far it came).  PT_L1, PT_SEGDESC and PT_WRITABLE are never
 * preempted.
 */
int page_get_type(struct page_info *p, enum page_type type);
/* The same, never preempted: for boot and for callers that cannot come back. */
int page_get_type_now(struct page_info *p, enum page_type type);
/* Gives a type reference back; may devalidate.  Never preempted. */
void page_put_type(struct page_info *p);
/*
 * Gives a type reference back.  0: done.  -ERESTART: the reference is gone
 * but the page is half devalidated (PGW_PARTIAL, which holds a general and a
 * type reference of its own); call page_finish_partial until it returns 0.
 */
int page_put_type_preemptible(struct page_info *p);
/* Devalidates what a PARTIAL page still holds; 0 or -ERESTART (call again). */
int page_finish_partial(struct page_info *p);

/*
 * Pins a page table: takes both references for the owner's pin.  -EINVAL
 * (not acceptable, pinned already), -ERESTART.
 */
int page_pin(struct page_info *p, struct domain *d, enum page_type type);
/* True if it was pinned; the caller then owns the pin's two references. */
bool page_clear_pin(struct page_info *p);

/*
 * The lock of a validated page table of that owner, under which its entries
 * change.  Takes a general and a type reference too, so the table stays a
 * table.  False if p is not (or no longer) one.  Spins for another holder.
 */
bool page_table_lock(struct page_info *p, xen_domid_t owner);
void page_table_unlock(struct page_info *p);

/* Both at once: reference for d plus type.  0 or negative errno, -ERESTART too. */
int page_get_and_type(struct page_info *p, const struct domain *d, enum page_type type);
void page_put_and_type(struct page_info *p);

/* The domain that owns p (which the caller has a reference on), or NULL. */
struct domain *page_owner(const struct page_info *p);

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
 * Makes a hypervisor frame (from frames_alloc) visible to d: guests that may
 * map d's frames may map it, writable only if said.  domain_relinquish_pages
 * takes it out of sight again; the memory stays Argon's throughout.  Like
 * every frame of d, a mapping of it keeps the struct domain alive.
 */
void page_share_with(struct page_info *p, struct domain *d, bool writable);
/*
 * The counterpart, before frames_free.  True if nobody maps it (any more):
 * always so once the last reference of d is gone.
 */
bool page_unshare(struct page_info *p, struct domain *d);

/* Gives a frame that boot or frames_alloc had to d, as if allocated for it. */
int page_adopt(struct page_info *p, struct domain *d);
/*
 * Takes an allocated frame of d with no other reference and no type away from
 * d: the caller owns it, outside any domain, and gives it back by
 * domain_page_insert or frees it by page_free_stolen.  False if it is in use.
 */
bool domain_page_steal(struct domain *d, struct page_info *p);
/*
 * Makes a stolen frame the running domain's again, as what it was used before,
 * or a fresh one; always succeeds.
 */
void domain_page_insert(struct domain *d, struct page_info *p);
void page_free_stolen(struct page_info *p);

/* Hypervisor-owned frames, zeroed, in the direct map. NULL if none. */
void *frames_alloc(unsigned int order);
void frames_free(void *va, unsigned int order);
/* Gives boot-time RAM (modules, init code) to the heap: whole pages inside [start, end). */
void frames_free_range(maddr_t start, maddr_t end);
/* Zeroes a free frame, so that its allocation need not; false if none is left to do. */
bool frames_scrub(void);
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

/* Frames that hold the M2P entries [chunk << M2P_CHUNK_SHIFT ...), or INVALID_MFN. */
#define M2P_CHUNK_SHIFT 18
mfn_t m2p_chunk_mfn(uint64_t chunk);

#endif
