/* SPDX-License-Identifier: MIT */
/* Mapping granted frames, unmapping them, and the handles in between. */
#include <asm/guest_access.h>

#include "arch/cpu.h"
#include "core/grant.h"
#include "core/hypercall.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "mm/oracle.h"
#include "mm/page.h"
#include "pv/mmu_grant.h"
#include "xen/hypercall.h"

#define FLAGS_KEPT 0x1fU /* of GNTMAP_*, without the software bits */

static struct maptrack *maptrack_of(const struct grant_table *g, grant_handle_t h)
{
	if (h >= g->maptrack_frames * MAPTRACKS_PER_FRAME) {
		return NULL;
	}
	h = (grant_handle_t)index_nospec(h, g->maptrack_frames * MAPTRACKS_PER_FRAME);
	return &g->maptrack[h / MAPTRACKS_PER_FRAME][h % MAPTRACKS_PER_FRAME];
}

static bool maptrack_grow(struct domain *d, struct grant_table *g)
{
	struct maptrack *t;
	unsigned int i;
	grant_handle_t first = (grant_handle_t)(g->maptrack_frames * MAPTRACKS_PER_FRAME);

	if (g->maptrack_frames >= d->max_maptrack_frames) {
		return false;
	}
	if (!g->maptrack) {
		g->maptrack = hv_alloc(d->max_maptrack_frames * sizeof(*g->maptrack));
	}
	t = g->maptrack ? frames_alloc(0) : NULL;
	if (!t) {
		return false;
	}
	for (i = 0; i < MAPTRACKS_PER_FRAME; i++) {
		t[i].ref = i + 1 < MAPTRACKS_PER_FRAME ? first + i + 1 : g->free_handle;
	}
	g->maptrack[g->maptrack_frames] = t;
	__atomic_store_n(&g->maptrack_frames, g->maptrack_frames + 1, __ATOMIC_RELEASE);
	g->free_handle = first;
	return true;
}

/* A handle that is not valid yet; HANDLE_NONE if there are no more. */
static grant_handle_t handle_get(struct domain *d)
{
	struct grant_table *g = d->grant;
	grant_handle_t h;

	spin_lock(&g->lock);
	h = g->free_handle;
	if (h == HANDLE_NONE && maptrack_grow(d, g)) {
		h = g->free_handle;
	}
	if (h != HANDLE_NONE) {
		g->free_handle = maptrack_of(g, h)->ref;
		g->mapped++;
	}
	spin_unlock(&g->lock);
	return h;
}

/* From now on the handle can be unmapped; it owns a reference on the granter. */
static void handle_publish(struct domain *d, grant_handle_t h, const struct maptrack *content)
{
	struct maptrack *t = maptrack_of(d->grant, h);

	t->ref = content->ref;
	t->domid = content->domid;
	t->mfn = content->mfn;
	__atomic_store_n(&t->flags, content->flags, __ATOMIC_RELEASE);
}

/* Under the lock: nothing is mapped by it any more. */
static void handle_free(struct grant_table *g, grant_handle_t h, struct maptrack *t)
{
	*t = (struct maptrack){.ref = g->free_handle};
	g->free_handle = h;
	g->mapped--;
}

/*
 * Takes those of the parts that are mapped for unmapping; *t is the handle as
 * it was.  0: none; -1: the device mapping is not at dev_addr.
 */
static int handle_take(struct domain *d, grant_handle_t h, uint16_t parts, uint64_t dev_addr,
		       struct maptrack *out)
{
	struct grant_table *g = d->grant;
	struct maptrack *t;
	int taken;

	spin_lock(&g->lock);
	t = maptrack_of(g, h);
	/* Flags first: until they are published the rest is being written. */
	taken = t ? __atomic_load_n(&t->flags, __ATOMIC_ACQUIRE) & parts : 0;
	if (taken) {
		*out = *t;
		if (taken & GNTMAP_device_map && mfn_to_maddr(mfn(t->mfn)) != dev_addr) {
			taken = -1;
		} else {
			t->flags ^= (uint16_t)(taken | MAPTRACK_GOING(taken));
		}
	}
	spin_unlock(&g->lock);
	return taken;
}

static int map_one(struct gnttab_map_grant_ref *op, struct domain *rd)
{
	struct domain *d = current->domain;
	bool readonly = op->flags & GNTMAP_readonly;
	/* One use, with references of its own, for each kind of mapping. */
	unsigned int uses, wanted = (op->flags & MAPTRACK_PARTS) == MAPTRACK_PARTS ? 2 : 1;
	grant_handle_t h;
	mfn_t m;
	int rc = GNTST_no_space;

	for (uses = 0; uses < wanted; uses++) {
		rc = grant_acquire(rd, op->ref, readonly, &m);
		if (rc != GNTST_okay) {
			goto undo;
		}
	}
	h = handle_get(d);
	if (h == HANDLE_NONE) {
		rc = GNTST_no_space;
		goto undo;
	}
	if ((op->flags & GNTMAP_host_map) && pv_map_grant(current, op->host_addr, op->flags, m)) {
		spin_lock(&d->grant->lock);
		handle_free(d->grant, h, maptrack_of(d->grant, h));
		spin_unlock(&d->grant->lock);
		rc = GNTST_general_error;
		goto undo;
	}
	domain_get(rd);
	handle_publish(d, h, &(struct maptrack){op->ref, rd->id, op->flags & FLAGS_KEPT, m.v});
	op->handle = h;
	op->dev_bus_addr = mfn_to_maddr(m);
	return GNTST_okay;

undo:
	while (uses--) {
		grant_frame_put(m, readonly);
		grant_end_use(rd, op->ref, readonly);
	}
	return rc;
}

/* The granter of the item before is kept: batches mostly have one. */
static struct domain *granter(struct domain *cached, xen_domid_t id)
{
	if (cached && cached->id == id) {
		return cached;
	}
	if (cached) {
		domain_put(cached);
	}
	return domain_lookup_any(id);
}

#define PREEMPT_MASK 15

long grant_map_op(gptr_t uop, uint32_t count)
{
	struct gnttab_map_grant_ref op;
	struct domain *rd = NULL;
	long rc = 0;

	for (; count; uop = gptr_add(uop, sizeof(op))) {
		if (get_guest_words(&op, uop, sizeof(op) / 8)) {
			rc = -EFAULT;
			break;
		}
		if (!(op.flags & MAPTRACK_PARTS)) {
			op.status = GNTST_bad_gntref;
		} else {
			rd = granter(rd, op.dom);
			op.status = (int16_t)(rd ? map_one(&op, rd) : GNTST_bad_domain);
		}
		/* dom, status and handle are one word, dev_bus_addr the next. */
		if (put_guest_words(gptr_add(uop, offsetof(struct gnttab_map_grant_ref, dom)),
				    &op.dom, 2)) {
			rc = -EFAULT;
			break;
		}
		if (!(--count & PREEMPT_MASK) && count && preempt_needed()) {
			rc = hypercall_continue(__HYPERVISOR_grant_table_op, 3,
						GNTTABOP_map_grant_ref, uop.addr + sizeof(op),
						count, 0);
			break;
		}
	}
	if (rd) {
		domain_put(rd);
	}
	return rc;
}

/* What one batch unmapped: given back only after the TLBs are flushed. */
#define BATCH 32
struct unmapped {
	struct domain *rd; /* the handle's reference keeps it */
	struct maptrack t;
	grant_handle_t h;
	uint16_t parts;
};

/* Ends the uses of parts, with references where there are some of the caller's. */
static void end_uses(const struct unmapped *u, uint16_t referenced)
{
	bool readonly = u->t.flags & GNTMAP_readonly;
	uint16_t part;

	for (part = GNTMAP_device_map; part <= GNTMAP_host_map; part <<= 1) {
		if (u->parts & referenced & part) {
			grant_frame_put(mfn(u->t.mfn), readonly);
		}
		if (u->parts & part) {
			grant_end_use(u->rd, u->t.ref, readonly);
		}
	}
}

/* The parts are gone, or back if they could not be unmapped; so may be the handle. */
static void handle_settle(struct domain *d, const struct unmapped *u, bool back)
{
	struct grant_table *g = d->grant;
	struct maptrack *t;
	bool gone;

	spin_lock(&g->lock);
	t = maptrack_of(g, u->h);
	t->flags ^= (uint16_t)(MAPTRACK_GOING(u->parts) | (back ? u->parts : 0));
	gone = !(t->flags & (MAPTRACK_PARTS | MAPTRACK_GOING(MAPTRACK_PARTS)));
	if (gone) {
		handle_free(g, u->h, t);
	}
	spin_unlock(&g->lock);
	if (gone) {
		domain_put(u->rd);
	}
}

static void finish_batch(struct domain *d, struct unmapped *u, unsigned int n)
{
	if (n) {
		tlb_flush_mask(d->dirty_cpus, TLB_FLUSH_ALL_VA);
	}
	for (; n; n--, u++) {
		end_uses(u, MAPTRACK_PARTS);
		handle_settle(d, u, false);
	}
}

/* new_addr: 0, or whose mapping takes the place.  GNTST_okay: *u waits for the flush. */
static int unmap_one(struct domain *d, struct unmapped *u, uint64_t host_addr, uint64_t dev_addr,
		     uint64_t new_addr)
{
	int taken = handle_take(d, u->h,
				(uint16_t)((host_addr ? GNTMAP_host_map : 0) |
					   (dev_addr ? GNTMAP_device_map : 0)),
				dev_addr, &u->t);
	mfn_t m;

	if (taken <= 0) {
		return taken ? GNTST_bad_dev_addr : GNTST_bad_handle;
	}
	m = mfn(u->t.mfn);
	u->parts = (uint16_t)taken;
	u->rd = domain_by_id(u->t.domid);
	if (taken & GNTMAP_host_map &&
	    (new_addr ? pv_replace_grant(current, host_addr, u->t.flags, m, new_addr)
		      : pv_unmap_grant(current, host_addr, u->t.flags, m))) {
		handle_settle(d, u, true);
		return GNTST_general_error;
	}
	return GNTST_okay;
}

_Static_assert(offsetof(struct gnttab_unmap_grant_ref, dev_bus_addr) ==
			       offsetof(struct gnttab_unmap_and_replace, new_addr) &&
		       offsetof(struct gnttab_unmap_grant_ref, status) ==
			       offsetof(struct gnttab_unmap_and_replace, status) &&
		       sizeof(struct gnttab_unmap_grant_ref) ==
			       sizeof(struct gnttab_unmap_and_replace),
	       "the two differ in what their second address means");

static long unmap_array(gptr_t uop, uint32_t count, bool replace)
{
	struct domain *d = current->domain;
	struct unmapped batch[BATCH];
	struct gnttab_unmap_grant_ref op;
	unsigned int n = 0;
	long rc = 0;

	for (; count; count--, uop = gptr_add(uop, sizeof(op))) {
		int status;

		if (n == BATCH) {
			finish_batch(d, batch, n);
			n = 0;
			if (preempt_needed()) {
				return hypercall_continue(__HYPERVISOR_grant_table_op, 3,
							  replace ? GNTTABOP_unmap_and_replace
								  : GNTTABOP_unmap_grant_ref,
							  uop.addr, count, 0);
			}
		}
		if (get_guest_words(&op, uop, sizeof(op) / 8)) {
			rc = -EFAULT;
			break;
		}
		batch[n].h = op.handle;
		status = unmap_one(d, &batch[n], op.host_addr, replace ? 0 : op.dev_bus_addr,
				   replace ? op.dev_bus_addr : 0);
		n += status == GNTST_okay;
		if (put_guest_u16(gptr_add(uop, offsetof(struct gnttab_unmap_grant_ref, status)),
				  (uint16_t)status)) {
			rc = -EFAULT;
			break;
		}
	}
	finish_batch(d, batch, n);
	return rc;
}

long grant_unmap_op(gptr_t uop, uint32_t count)
{
	return unmap_array(uop, count, false);
}

long grant_replace_op(gptr_t uop, uint32_t count)
{
	return unmap_array(uop, count, true);
}

/* The page tables' own references go with the page tables. */
static void release_handle(struct domain *d, grant_handle_t h)
{
	const struct maptrack *t = maptrack_of(d->grant, h);
	struct unmapped u = {.h = h, .t = *t, .parts = t->flags & MAPTRACK_PARTS};

	if (u.parts) {
		u.rd = domain_by_id(u.t.domid);
		handle_take(d, h, u.parts, mfn_to_maddr(mfn(u.t.mfn)), &u.t);
		end_uses(&u, GNTMAP_device_map);
		handle_settle(d, &u, false);
	}
}

int grant_release_mappings(struct domain *d)
{
	struct grant_table *g = d->grant;

	while (g->mapped && g->release_next < g->maptrack_frames * MAPTRACKS_PER_FRAME) {
		release_handle(d, g->release_next++);
		if (!(g->release_next & 63) && preempt_needed()) {
			return -ERESTART;
		}
	}
	return 0;
}

void grant_report(const struct domain *d)
{
	const struct grant_table *g = d->grant;
	grant_handle_t h;

	for (h = 0; h < g->maptrack_frames * MAPTRACKS_PER_FRAME; h++) {
		const struct maptrack *t = maptrack_of(g, h);

		if (t->flags & GNTMAP_device_map) {
			oracle_hold(mfn(t->mfn),
				    t->flags & GNTMAP_readonly ? PT_NONE : PT_WRITABLE);
		}
	}
}
