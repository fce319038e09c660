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
#include "xen/grant.h"

struct grant_active {
	uint64_t mfn;     /* valid while used */
	uint16_t domid;   /* by whom it is used */
	uint16_t readers; /* read-only uses */
	uint32_t writers; /* read-write uses */
};

/* One mapping of the owning domain, named by its handle. */
struct maptrack {
	grant_ref_t ref;
	uint16_t domid; /* granter */
	uint16_t flags; /* GNTMAP_* without the software bits; 0: free */
};

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

/* Reports to the type oracle what d's device mappings hold of others' frames. */
void grant_report(const struct domain *d);

/* Operations of grant_map.c and grant_copy.c: arrays of *count items. */
long grant_map_op(gptr_t uop, uint32_t count);
long grant_unmap_op(gptr_t uop, uint32_t count);
long grant_unmap_and_replace_op(gptr_t uop, uint32_t count);
long grant_copy_op(gptr_t uop, uint32_t count);

#endif
