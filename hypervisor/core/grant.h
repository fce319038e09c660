/* SPDX-License-Identifier: MIT */
/*
 * Grant tables, version 1: a domain lets another map or copy its frames.
 *
 * The shared entry says what is allowed and shows use by its reading and
 * writing flags; the active entry, Argon's own, counts the uses and keeps the
 * frame as it was at the first of them.  Both are guarded by the granter's
 * lock; maptrack entries (who has mapped what) by the mapper's.  The two locks
 * are never held together.
 */
#ifndef ARGON_CORE_GRANT_H
#define ARGON_CORE_GRANT_H

#include "core/domain.h"
#include "mm/word.h"
#include "xen/grant.h"

struct grant_active {
	uint64_t mfn;     /* valid while used */
	uint16_t domid;   /* by whom it is used */
	uint16_t readers; /* read-only uses */
	uint32_t writers; /* read-write uses */
};

/*
 * One mapping of the owning domain, named by its handle.  It owns a reference
 * on the granter.  A part that is being unmapped is marked as going until the
 * TLBs are flushed: nobody else can take it, and the handle is not free.
 */
struct maptrack {
	grant_ref_t ref; /* free: the next free handle */
	uint16_t domid;  /* granter */
	uint16_t flags;  /* GNTMAP_* without the software bits, MAPTRACK_GOING(); 0: free */
	uint64_t mfn;
};
#define MAPTRACK_PARTS (GNTMAP_host_map | GNTMAP_device_map)
#define MAPTRACK_GOING(parts) ((parts) << 8)

#define GRANTS_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define ACTIVES_PER_FRAME (PAGE_SIZE / sizeof(struct grant_active))
#define MAPTRACKS_PER_FRAME (PAGE_SIZE / sizeof(struct maptrack))
#define HANDLE_NONE (~0U)

struct grant_table {
	spinlock_t lock;                /* RANK_GRANT */
	unsigned int frames;            /* shared frames in use */
	struct grant_entry_v1 **shared; /* max_grant_frames pointers */
	struct grant_active **active;   /* twice as many, NULL until one is used */
	struct maptrack **maptrack;     /* max_maptrack_frames pointers; NULL until the first */
	unsigned int maptrack_frames;
	grant_handle_t free_handle;  /* head of the free list, in maptrack.ref */
	unsigned int mapped;         /* handles in use */
	grant_handle_t release_next; /* progress of grant_release_mappings */
};

int grant_init(struct domain *d);
/* Gives back all that d has mapped of others: 0 or -ERESTART. */
int grant_release_mappings(struct domain *d);
void grant_free(struct domain *d);

/* Under the lock: makes the table at least that many frames long. */
int grant_grow(struct domain *d, unsigned int frames);
/* Frame n of the table for acquire_resource, growing it; or INVALID_MFN. */
mfn_t grant_frame(struct domain *d, unsigned int n);

/*
 * A use of grant ref of rd by the current domain begins: checks permission,
 * marks the entry, takes a reference (and PT_WRITABLE unless readonly) on the
 * frame, returned in *m.  GNTST_*.
 */
int grant_acquire(struct domain *rd, grant_ref_t ref, bool readonly, mfn_t *m);
/* The use ends (the frame's references are the caller's to give back). */
void grant_end_use(struct domain *rd, grant_ref_t ref, bool readonly);

/* Under the lock: the active entry of a ref that is or was used. */
static inline struct grant_active *grant_active_of(const struct grant_table *g, grant_ref_t ref)
{
	return &g->active[ref / ACTIVES_PER_FRAME][ref % ACTIVES_PER_FRAME];
}

/* References on a frame: general, and PT_WRITABLE unless readonly. */
static inline bool grant_frame_get(const struct domain *owner, mfn_t m, bool readonly)
{
	return mfn_is_ram(m) && (readonly ? page_get(mfn_to_page(m), owner)
					  : !page_get_writable(mfn_to_page(m), owner->id));
}

static inline void grant_frame_put(mfn_t m, bool readonly)
{
	if (readonly) {
		page_put(mfn_to_page(m));
	} else {
		page_put_writable(mfn_to_page(m));
	}
}

/* Reports to the type oracle what d's device mappings hold of others' frames. */
void grant_report(const struct domain *d);

/* Operations of grant_map.c and grant_copy.c: arrays of *count items. */
long grant_map_op(gptr_t uop, uint32_t count);
long grant_unmap_op(gptr_t uop, uint32_t count);
long grant_replace_op(gptr_t uop, uint32_t count);
long grant_copy_op(gptr_t uop, uint32_t count);

#endif
