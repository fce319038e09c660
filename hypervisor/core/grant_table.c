/* SPDX-License-Identifier: MIT */
/* Grant tables: their memory, the administrative operations, uses of entries. */
#include "core/grant.h"

#include "arch/cpu.h"
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
	g->active = hv_alloc(d->max_grant_frames * sizeof(*g->active));
	g->maptrack = hv_alloc(MAX(d->max_maptrack_frames, 1U) * sizeof(*g->maptrack));
	if (!g->shared || !g->active || !g->maptrack) {
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
		frames_free(g->active[i], 1);
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
		void *active = frames_alloc(1);

		if (!shared || !active) {
			if (shared) {
				frames_free(shared, 0);
			}
			if (active) {
				frames_free(active, 1);
			}
			return -ENOMEM;
		}
		page_share_with(mfn_to_page(virt_to_mfn(shared)), d, true);
		g->active[g->frames] = active;
		g->shared[g->frames] = shared;
		g->frames++;
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

static struct grant_active *active_of(const struct grant_table *g, grant_ref_t ref)
{
	return &g->active[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
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

static bool get_frame(struct domain *rd, uint64_t m, bool readonly)
{
	struct page_info *p;

	if (!mfn_is_ram(mfn(m))) {
		return false;
	}
	p = mfn_to_page(mfn(m));
	if (readonly) {
		return page_get(p, rd);
	}
	return page_get_and_type(p, rd, PT_WRITABLE) == 0;
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
	a = active_of(g, ref);
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
	if (!get_frame(rd, a->mfn, readonly)) {
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
	a = active_of(g, ref);
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
	struct domain *d = domain_lookup_any(id);

	if (!d) {
		*status = GNTST_bad_domain;
		return NULL;
	}
	if (d != current->domain && !current->domain->is_privileged) {
		*status = GNTST_permission_denied;
		domain_put(d);
		return NULL;
	}
	return d;
}

static long op_setup_table(gptr_t uop, uint32_t count)
{
	struct gnttab_setup_table s;
	struct domain *d;
	unsigned int i;
	long rc = 0;

	if (count != 1) {
		return -EINVAL;
	}
	if (copy_from_guest(&s, uop, sizeof(s))) {
		return -EFAULT;
	}
	d = subject(s.dom, &s.status);
	if (d) {
		spin_lock(&d->grant->lock);
		s.status = s.nr_frames > d->max_grant_frames || grant_grow(d, s.nr_frames)
				   ? GNTST_general_error
				   : GNTST_okay;
		for (i = 0; s.status == GNTST_okay && i < s.nr_frames; i++) {
			xen_pfn_t m = mfn_x(virt_to_mfn(d->grant->shared[i]));

			if (copy_to_guest_index(gptr(s.frame_list), i, &m)) {
				rc = -EFAULT;
				break;
			}
		}
		spin_unlock(&d->grant->lock);
		domain_put(d);
	}
	return rc ? rc : copy_to_guest(uop, &s, sizeof(s));
}

static long op_query_size(gptr_t uop, uint32_t count)
{
	struct gnttab_query_size q;
	struct domain *d;

	if (count != 1) {
		return -EINVAL;
	}
	if (copy_from_guest(&q, uop, sizeof(q))) {
		return -EFAULT;
	}
	d = subject(q.dom, &q.status);
	if (d) {
		q.nr_frames = d->grant->frames;
		q.max_nr_frames = d->max_grant_frames;
		q.status = GNTST_okay;
		domain_put(d);
	}
	return copy_to_guest(uop, &q, sizeof(q));
}

static long op_set_version(gptr_t uop, uint32_t count)
{
	struct gnttab_set_version v;
	long rc = 0;

	if (count != 1) {
		return -EINVAL;
	}
	if (copy_from_guest(&v, uop, sizeof(v))) {
		return -EFAULT;
	}
	if (v.version != 1) {
		rc = v.version == 2 ? -ENOSYS : -EINVAL;
	}
	v.version = 1;
	return copy_to_guest(uop, &v, sizeof(v)) ? -EFAULT : rc;
}

static long op_get_version(gptr_t uop, uint32_t count)
{
	struct gnttab_get_version v;
	struct domain *d;
	int16_t status = 0;

	if (count != 1) {
		return -EINVAL;
	}
	if (copy_from_guest(&v, uop, sizeof(v))) {
		return -EFAULT;
	}
	d = subject(v.dom, &status);
	if (!d) {
		return status == GNTST_bad_domain ? -ESRCH : -EPERM;
	}
	domain_put(d);
	v.version = 1;
	return copy_to_guest(uop, &v, sizeof(v));
}

static long (*const grant_ops[])(gptr_t uop, uint32_t count) = {
	[GNTTABOP_map_grant_ref] = grant_map_op,
	[GNTTABOP_unmap_grant_ref] = grant_unmap_op,
	[GNTTABOP_setup_table] = op_setup_table,
	[GNTTABOP_copy] = grant_copy_op,
	[GNTTABOP_query_size] = op_query_size,
	[GNTTABOP_unmap_and_replace] = grant_unmap_and_replace_op,
	[GNTTABOP_set_version] = op_set_version,
	[GNTTABOP_get_version] = op_get_version,
};

long do_grant_table_op(uint32_t cmd, gptr_t uop, uint32_t count)
{
	if (count > INT32_MAX) {
		return -EINVAL;
	}
	if (cmd >= ARRAY_SIZE(grant_ops) || !grant_ops[cmd]) {
		return -ENOSYS;
	}
	return grant_ops[cmd](uop, count);
}
