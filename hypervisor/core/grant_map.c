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
static void handle_publish(struct domain *d, grant_handle_t h, struct maptrack content)
{
	union {
		struct maptrack t;
		uint64_t word;
	} u = {content};

	__atomic_store_n((uint64_t *)maptrack_of(d->grant, h), u.word, __ATOMIC_RELEASE);
}

static void handle_free_locked(struct grant_table *g, grant_handle_t h)
{
	*maptrack_of(g, h) = (struct maptrack){.ref = g->free_handle};
	g->free_handle = h;
	g->mapped--;
}

static void handle_free(struct domain *d, grant_handle_t h)
{
	spin_lock(&d->grant->lock);
	handle_free_locked(d->grant, h);
	spin_unlock(&d->grant->lock);
}

/* What the handle names, and its granter with one more reference; NULL: not valid. */
static struct domain *handle_read(struct domain *d, grant_handle_t h, struct maptrack *out)
{
	struct grant_table *g = d->grant;
	struct domain *rd = NULL;
	struct maptrack *t;

	spin_lock(&g->lock);
	t = maptrack_of(g, h);
	if (t && t->flags) {
		*out = *t;
		rd = domain_by_id(t->domid); /* the handle's reference keeps it */
		domain_get(rd);
	}
	spin_unlock(&g->lock);
	return rd;
}

/*
 * Takes the parts in drop (GNTMAP_host_map, _device_map) away from a handle,
 * if it still names the same; frees it, with its reference on rd, when none
 * is left.  Which parts it took: another vCPU may have been faster.
 */
static uint16_t handle_take(struct domain *d, grant_handle_t h, const struct maptrack *same,
			    uint16_t drop, struct domain *rd)
{
	struct grant_table *g = d->grant;
	uint16_t taken = 0;
	bool gone = false;
	struct maptrack *t;

	spin_lock(&g->lock);
	t = maptrack_of(g, h);
	if (t->ref == same->ref && t->domid == same->domid &&
	    !((t->flags ^ same->flags) & GNTMAP_readonly)) {
		taken = t->flags & drop;
	}
	if (taken) {
		t->flags &= (uint16_t)~taken;
		gone = !(t->flags & (GNTMAP_host_map | GNTMAP_device_map));
	}
	if (gone) {
		handle_free_locked(g, h);
	}
	spin_unlock(&g->lock);
	if (gone) {
		domain_put(rd);
	}
	return taken;
}

static void put_frame(mfn_t m, bool readonly)
{
	if (readonly) {
		page_put(mfn_to_page(m));
	} else {
		page_put_and_type(mfn_to_page(m));
	}
}

static int map_one(struct gnttab_map_grant_ref *op, struct domain *rd)
{
	struct domain *d = current->domain;
	bool readonly = op->flags & GNTMAP_readonly;
	unsigned int uses = 0, wanted = 0;
	grant_handle_t h;
	mfn_t m[2];
	int rc;
	struct maptrack t = {
		.ref = op->ref,
		.domid = rd->id,
		.flags = (uint16_t)(op->flags & FLAGS_KEPT),
	};

	wanted = !!(op->flags & GNTMAP_host_map) + !!(op->flags & GNTMAP_device_map);
	/* One use, with references of its own, for each kind of mapping. */
	for (uses = 0; uses < wanted; uses++) {
		rc = grant_acquire(rd, op->ref, readonly, &m[uses]);
		if (rc != GNTST_okay) {
			goto undo;
		}
	}
	h = handle_get(d);
	if (h == HANDLE_NONE) {
		rc = GNTST_no_space;
		goto undo;
	}
	if ((op->flags & GNTMAP_host_map) &&
	    pv_map_grant(current, op->host_addr, op->flags, m[0])) {
		handle_free(d, h);
		rc = GNTST_general_error;
		goto undo;
	}
	domain_get(rd);
	handle_publish(d, h, t);
	op->handle = h;
	op->dev_bus_addr = mfn_to_maddr(m[0]);
	return GNTST_okay;

undo:
	while (uses--) {
		put_frame(m[uses], readonly);
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
	uint32_t i;
	long rc = 0;

	for (i = 0; i < count && !rc; i++) {
		gptr_t at = gptr_add(uop, i * sizeof(op));

		if (i && !(i & PREEMPT_MASK) && preempt_needed()) {
			rc = hypercall_continue(__HYPERVISOR_grant_table_op, 3,
						GNTTABOP_map_grant_ref, at.addr, count - i, 0);
			break;
		}
		if (get_guest_words(&op, at, sizeof(op) / 8)) {
			rc = -EFAULT;
			break;
		}
		if (!(op.flags & (GNTMAP_host_map | GNTMAP_device_map))) {
			op.status = GNTST_bad_gntref;
		} else {
			rd = granter(rd, op.dom);
			op.status = (int16_t)(rd ? map_one(&op, rd) : GNTST_bad_domain);
		}
		/* dom, status and handle are one word, dev_bus_addr the next. */
		if (put_guest_words(gptr_add(at, offsetof(struct gnttab_map_grant_ref, dom)),
				    &op.dom, 2)) {
			rc = -EFAULT;
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
	struct domain *rd;
	grant_ref_t ref;
	mfn_t m;
	bool readonly;
	bool ends_use; /* false: only the entry's references go back */
};

static void finish_batch(struct unmapped *u, unsigned int n, bool flush)
{
	unsigned int i;

	if (flush) {
		tlb_flush_mask(current->domain->dirty_cpus, TLB_FLUSH_ALL_VA);
	}
	for (i = 0; i < n; i++) {
		put_frame(u[i].m, u[i].readonly);
		if (u[i].ends_use) {
			grant_end_use(u[i].rd, u[i].ref, u[i].readonly);
		}
		domain_put(u[i].rd);
	}
}

/* The frame that a use of ref keeps. */
static mfn_t used_frame(struct domain *rd, grant_ref_t ref)
{
	struct grant_table *g = rd->grant;
	mfn_t m;

	spin_lock(&g->lock);
	m = mfn(grant_active_of(g, ref)->mfn);
	spin_unlock(&g->lock);
	return m;
}

/* new_addr: 0, or whose mapping takes the place.  Adds to the batch. */
static int unmap_one(grant_handle_t h, uint64_t host_addr, uint64_t dev_addr, uint64_t new_addr,
		     struct unmapped *batch, unsigned int *n)
{
	struct domain *d = current->domain;
	struct maptrack t;
	struct domain *rd = handle_read(d, h, &t);
	uint16_t drop = 0;
	uint16_t mine;
	bool readonly;
	mfn_t m;
	int rc = 0;

	if (!rd) {
		return GNTST_bad_handle;
	}
	readonly = t.flags & GNTMAP_readonly;
	if (host_addr && (t.flags & GNTMAP_host_map)) {
		drop |= GNTMAP_host_map;
	}
	if (dev_addr && (t.flags & GNTMAP_device_map)) {
		drop |= GNTMAP_device_map;
	}
	m = used_frame(rd, t.ref);
	if (!drop) {
		rc = GNTST_bad_handle;
	} else if ((drop & GNTMAP_device_map) && mfn_to_maddr(m) != dev_addr) {
		rc = GNTST_bad_dev_addr;
	} else if (drop & GNTMAP_host_map) {
		rc = new_addr ? pv_replace_grant(current, host_addr, t.flags, m, new_addr)
			      : pv_unmap_grant(current, host_addr, t.flags, m);
		rc = rc ? GNTST_general_error : 0;
	}
	if (rc) {
		domain_put(rd);
		return rc;
	}
	/* Whoever took the handle ends its use; the entry's references go back in any case. */
	mine = handle_take(d, h, &t, drop, rd);
	if (drop & GNTMAP_host_map) {
		domain_get(rd);
		batch[(*n)++] = (struct unmapped){rd, t.ref, m, readonly, mine & GNTMAP_host_map};
	}
	if (mine & GNTMAP_device_map) {
		domain_get(rd);
		batch[(*n)++] = (struct unmapped){rd, t.ref, m, readonly, true};
	}
	domain_put(rd);
	return mine == drop ? GNTST_okay : GNTST_bad_handle;
}

long grant_unmap_op(gptr_t uop, uint32_t count)
{
	struct unmapped batch[BATCH];
	struct gnttab_unmap_grant_ref op;
	unsigned int n = 0;
	uint32_t i;
	long rc = 0;

	for (i = 0; i < count && !rc; i++) {
		gptr_t at = gptr_add(uop, i * sizeof(op));

		if (n > BATCH - 2) {
			finish_batch(batch, n, true);
			n = 0;
			if (preempt_needed()) {
				rc = hypercall_continue(__HYPERVISOR_grant_table_op, 3,
							GNTTABOP_unmap_grant_ref, at.addr,
							count - i, 0);
				break;
			}
		}
		if (get_guest_words(&op, at, sizeof(op) / 8)) {
			rc = -EFAULT;
			break;
		}
		op.status =
			(int16_t)unmap_one(op.handle, op.host_addr, op.dev_bus_addr, 0, batch, &n);
		if (put_guest_u16(gptr_add(at, offsetof(struct gnttab_unmap_grant_ref, status)),
				  (uint16_t)op.status)) {
			rc = -EFAULT;
		}
	}
	if (n) {
		finish_batch(batch, n, true);
	}
	return rc;
}

long grant_unmap_and_replace_op(gptr_t uop, uint32_t count)
{
	struct unmapped batch[BATCH];
	struct gnttab_unmap_and_replace op;
	unsigned int n = 0;
	uint32_t i;
	long rc = 0;

	for (i = 0; i < count && !rc; i++) {
		gptr_t at = gptr_add(uop, i * sizeof(op));

		if (n > BATCH - 2) {
			finish_batch(batch, n, true);
			n = 0;
			if (preempt_needed()) {
				rc = hypercall_continue(__HYPERVISOR_grant_table_op, 3,
							GNTTABOP_unmap_and_replace, at.addr,
							count - i, 0);
				break;
			}
		}
		if (copy_from_guest(&op, at, sizeof(op))) {
			rc = -EFAULT;
			break;
		}
		op.status = (int16_t)unmap_one(op.handle, op.host_addr, 0, op.new_addr, batch, &n);
		if (copy_to_guest_index(at, 0, &op)) {
			rc = -EFAULT;
		}
	}
	if (n) {
		finish_batch(batch, n, true);
	}
	return rc;
}

/* The page tables' own references go with the page tables. */
static void release_handle(struct domain *d, grant_handle_t h)
{
	struct maptrack t;
	struct domain *rd = handle_read(d, h, &t);
	bool readonly;

	if (!rd) {
		return;
	}
	readonly = t.flags & GNTMAP_readonly;
	if (t.flags & GNTMAP_device_map) {
		put_frame(used_frame(rd, t.ref), readonly);
		grant_end_use(rd, t.ref, readonly);
	}
	if (t.flags & GNTMAP_host_map) {
		grant_end_use(rd, t.ref, readonly);
	}
	handle_take(d, h, &t, t.flags & (GNTMAP_host_map | GNTMAP_device_map), rd);
	domain_put(rd);
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
			oracle_hold(used_frame(domain_by_id(t->domid), t->ref),
				    t->flags & GNTMAP_readonly ? PT_NONE : PT_WRITABLE);
		}
	}
}
