/* SPDX-License-Identifier: MIT */
/* Grant tables: their memory, the administrative operations, uses of entries. */
#include "core/grant.h"

#include "arch/cpu.h"
#include "core/guest_op.h"
#include "core/hypercall.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "mm/page.h"
#include "xen/hypercall.h"

#include <asm/directmap.h>

int grant_init(struct domain *d)
{
	struct grant_table *g = hv_alloc(sizeof(*g));

	if (!g) {
		return -ENOMEM;
	}
	d->grant = g;
	spin_lock_init(&g->lock, RANK_GRANT);
	g->free_handle = HANDLE_NONE;
	g->shared = hv_alloc(d->max_grant_frames * sizeof(*g->shared));
	g->active = hv_alloc(2UL * d->max_grant_frames * sizeof(*g->active));
	if (!g->shared || !g->active) {
		return -ENOMEM;
	}
	return grant_grow(d, 1);
}

void grant_free(struct domain *d)
{
	struct grant_table *g = d->grant;
	unsigned int i;

	if (!g) {
		return;
	}
	for (i = 0; i < g->frames; i++) {
		page_unshare(mfn_to_page(virt_to_mfn(g->shared[i])), d);
		frames_free(g->shared[i], 0);
		frames_free(g->active[2 * i], 0);
		frames_free(g->active[2 * i + 1], 0);
	}
	for (i = 0; i < g->maptrack_frames; i++) {
		frames_free(g->maptrack[i], 0);
	}
	hv_free(g->shared);
	hv_free(g->active);
	hv_free(g->maptrack);
	hv_free(g);
	d->grant = NULL;
}

int grant_grow(struct domain *d, unsigned int frames)
{
	struct grant_table *g = d->grant;

	if (frames > d->max_grant_frames) {
		return -ENOSPC;
	}
	while (g->frames < frames) {
		void *shared = frames_alloc(0);

		if (!shared) {
			return -ENOMEM;
		}
		page_share_with(mfn_to_page(virt_to_mfn(shared)), d, true);
		g->shared[g->frames++] = shared;
	}
	return 0;
}

mfn_t grant_frame(struct domain *d, unsigned int n)
{
	mfn_t m = INVALID_MFN;

	spin_lock(&d->grant->lock);
	if (n < d->max_grant_frames && !grant_grow(d, n + 1)) {
		m = virt_to_mfn(d->grant->shared[n]);
	}
	spin_unlock(&d->grant->lock);
	return m;
}

/* For a use that begins: NULL if there is no memory for the entry. */
static struct grant_active *active_get(struct grant_table *g, grant_ref_t ref)
{
	struct grant_active **frame = &g->active[ref / ACTIVES_PER_FRAME];

	if (unlikely(!*frame) && !(*frame = frames_alloc(0))) {
		return NULL;
	}
	return grant_active_of(g, ref);
}

static struct grant_entry_v1 *shared_of(const struct grant_table *g, grant_ref_t ref)
{
	return &g->shared[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
}

/*
 * Sets reading (and writing) in the shared entry if it permits domid such a
 * use.  Flags and domid are one word, since the granter may change them at
 * any time.
 */
static int mark_shared(struct grant_entry_v1 *e, xen_domid_t domid, bool readonly)
{
	uint32_t *word = (uint32_t *)e;
	uint32_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	uint32_t set = GTF_reading | (readonly ? 0 : GTF_writing);

	do {
		if ((old & GTF_type_mask) != GTF_permit_access || old >> 16 != domid) {
			return GNTST_general_error;
		}
		if (!readonly && (old & GTF_readonly)) {
			return GNTST_general_error;
		}
		if ((old & set) == set) {
			return GNTST_okay;
		}
	} while (!__atomic_compare_exchange_n(word, &old, old | set, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return GNTST_okay;
}

/* Clears the flags of uses that no longer exist. */
static void unmark_shared(struct grant_entry_v1 *e, const struct grant_active *a)
{
	uint16_t clear = 0;

	if (!a->writers) {
		clear |= GTF_writing;
		if (!a->readers) {
			clear |= GTF_reading;
		}
	}
	if (clear) {
		__atomic_fetch_and(&e->flags, (uint16_t)~clear, __ATOMIC_SEQ_CST);
	}
}

static int acquire_locked(struct domain *rd, grant_ref_t ref, bool readonly, mfn_t *m)
{
	struct grant_table *g = rd->grant;
	struct grant_active *a;
	struct grant_entry_v1 *e;
	xen_domid_t self = current->domain->id;
	int rc;

	if (ref >= g->frames * GRANTS_PER_FRAME) {
		return GNTST_bad_gntref;
	}
	ref = (grant_ref_t)index_nospec(ref, g->frames * GRANTS_PER_FRAME);
	a = active_get(g, ref);
	if (!a) {
		return GNTST_no_space;
	}
	e = shared_of(g, ref);
	if ((a->readers || a->writers) && a->domid != self) {
		return GNTST_general_error;
	}
	if (a->readers == UINT16_MAX || a->writers == UINT32_MAX) {
		return GNTST_no_space;
	}
	rc = mark_shared(e, self, readonly);
	if (rc != GNTST_okay) {
		return rc;
	}
	if (!a->readers && !a->writers) {
		a->domid = self;
		a->mfn = __atomic_load_n(&e->frame, __ATOMIC_SEQ_CST);
	}
	if (!grant_frame_get(rd, mfn(a->mfn), readonly)) {
		unmark_shared(e, a);
		return GNTST_bad_page;
	}
	if (readonly) {
		a->readers++;
	} else {
		a->writers++;
	}
	*m = mfn(a->mfn);
	return GNTST_okay;
}

int grant_acquire(struct domain *rd, grant_ref_t ref, bool readonly, mfn_t *m)
{
	int rc;

	if (rd->dying) {
		return GNTST_bad_domain;
	}
	spin_lock(&rd->grant->lock);
	rc = acquire_locked(rd, ref, readonly, m);
	spin_unlock(&rd->grant->lock);
	return rc;
}

void grant_end_use(struct domain *rd, grant_ref_t ref, bool readonly)
{
	struct grant_table *g = rd->grant;
	struct grant_active *a;

	spin_lock(&g->lock);
	a = grant_active_of(g, ref);
	if (readonly) {
		a->readers--;
	} else {
		a->writers--;
	}
	unmark_shared(shared_of(g, ref), a);
	spin_unlock(&g->lock);
}

/* The domain an administrative operation is about; NULL with *status set. */
static struct domain *subject(xen_domid_t id, int16_t *status)
{
	struct domain *d = NULL;
	int rc = domain_subject(id, &d);

	*status = rc == 0 ? GNTST_okay : rc == -EPERM ? GNTST_permission_denied : GNTST_bad_domain;
	return d;
}

static long op_setup_table(struct guest_op *o)
{
	struct gnttab_setup_table *s = o->arg;
	struct domain *d = subject(s->dom, &s->status);
	unsigned int i;
	long rc = 0;

	if (!d) {
		return 0;
	}
	spin_lock(&d->grant->lock);
	if (grant_grow(d, s->nr_frames)) {
		s->status = GNTST_general_error;
	}
	for (i = 0; s->status == GNTST_okay && i < s->nr_frames && !rc; i++) {
		xen_pfn_t m = mfn_x(virt_to_mfn(d->grant->shared[i]));

		rc = copy_to_guest_index(gptr(s->frame_list), i, &m);
	}
	spin_unlock(&d->grant->lock);
	domain_put(d);
	return rc;
}

static long op_query_size(struct guest_op *o)
{
	struct gnttab_query_size *q = o->arg;
	struct domain *d = subject(q->dom, &q->status);

	if (d) {
		q->nr_frames = d->grant->frames;
		q->max_nr_frames = d->max_grant_frames;
		domain_put(d);
	}
	return 0;
}

static long op_set_version(struct guest_op *o)
{
	struct gnttab_set_version *v = o->arg;
	uint32_t wanted = v->version;

	v->version = 1;
	if (copy_to_guest(o->at, v, sizeof(*v))) {
		return -EFAULT;
	}
	return wanted == 1 ? 0 : wanted == 2 ? -ENOSYS : -EINVAL;
}

static long op_get_version(struct guest_op *o)
{
	((struct gnttab_get_version *)o->arg)->version = 1;
	return 0;
}

/* Of one structure; the others take arrays. */
static const struct guest_op_entry single_ops[] = {
	[GNTTABOP_setup_table] = GUEST_OP(op_setup_table, gnttab_setup_table, OP_OUT),
	[GNTTABOP_query_size] = GUEST_OP(op_query_size, gnttab_query_size, OP_OUT),
	[GNTTABOP_set_version] = GUEST_OP(op_set_version, gnttab_set_version, 0),
	[GNTTABOP_get_version] = GUEST_OP_ON(op_get_version, gnttab_get_version, dom, OP_OUT),
};

static long (*const array_ops[])(gptr_t uop, uint32_t count) = {
	[GNTTABOP_map_grant_ref] = grant_map_op,
	[GNTTABOP_unmap_grant_ref] = grant_unmap_op,
	[GNTTABOP_copy] = grant_copy_op,
	[GNTTABOP_unmap_and_replace] = grant_replace_op,
};

static long __attribute__((noinline)) single_op(uint32_t cmd, gptr_t uop, uint32_t count)
{
	struct guest_op o = {.cmd = cmd, .at = uop};

	if (count != 1 && cmd < ARRAY_SIZE(single_ops)) {
		return -EINVAL;
	}
	return guest_op_call(single_ops, ARRAY_SIZE(single_ops), &o);
}

long do_grant_table_op(uint32_t cmd, gptr_t uop, uint32_t count)
{
	if (count > INT32_MAX) {
		return -EINVAL;
	}
	return cmd < ARRAY_SIZE(array_ops) && array_ops[cmd] ? array_ops[cmd](uop, count)
							     : single_op(cmd, uop, count);
}
