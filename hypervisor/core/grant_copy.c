/* SPDX-License-Identifier: MIT */
/* Copying between granted frames and frames of the caller's own. */
#include <asm/guest_access.h>

#include "arch/cpu.h"
#include "core/grant.h"
#include "core/hypercall.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/page.h"
#include "xen/hypercall.h"

#include <asm/directmap.h>

/*
 * One end of a copy, kept over the batch while the next item names it again.
 * The caller's own domain needs no reference: it runs.
 */
struct side {
	struct domain *self, *d; /* the caller; the domain of this end, or NULL */
	uint64_t name;           /* grant reference or frame number */
	mfn_t m;
	uint32_t key; /* SIDE_KEY of the item; 0: no frame is held */
	bool readonly;
};
#define SIDE_REF (1U << 16)
#define SIDE_KEY(domid, is_ref) (1U << 31 | ((is_ref) ? SIDE_REF : 0) | (domid))

static void side_drop(struct side *s)
{
	grant_frame_put(s->m, s->readonly);
	if (s->key & SIDE_REF) {
		grant_end_use(s->d, (grant_ref_t)s->name, s->readonly);
	}
	s->key = 0;
}

static void side_release(struct side *s)
{
	if (s->key) {
		side_drop(s);
	}
	if (s->d && s->d != s->self) {
		domain_put(s->d);
	}
}

static int side_change(struct side *s, xen_domid_t domid, uint32_t key, uint64_t name)
{
	xen_domid_t id = domid == DOMID_SELF ? s->self->id : domid;
	int rc;

	if (s->key) {
		side_drop(s);
	}
	if (!s->d || s->d->id != id) {
		side_release(s);
		s->d = id == s->self->id ? s->self : domain_lookup(id);
		if (!s->d) {
			return GNTST_bad_domain;
		}
	}
	if (key & SIDE_REF) {
		rc = grant_acquire(s->d, (grant_ref_t)name, s->readonly, &s->m);
	} else if (s->d != s->self) {
		rc = GNTST_permission_denied; /* only grants give access to others' frames */
	} else {
		s->m = mfn(name);
		rc = grant_frame_get(s->d, s->m, s->readonly) ? GNTST_okay : GNTST_bad_page;
	}
	s->name = name;
	s->key = rc == GNTST_okay ? key : 0;
	return rc;
}

static inline int side_hold(struct side *s, const struct gnttab_copy_ptr *ptr, bool is_ref)
{
	uint64_t name = is_ref ? ptr->u.ref : ptr->u.gmfn;
	uint32_t key = SIDE_KEY(ptr->domid, is_ref);

	return likely(s->key == key && s->name == name) ? GNTST_okay
							: side_change(s, ptr->domid, key, name);
}

static inline int copy_one(const struct gnttab_copy *op, struct side *src, struct side *dst)
{
	int rc;

	if (op->source.offset + (uint32_t)op->len > PAGE_SIZE ||
	    op->dest.offset + (uint32_t)op->len > PAGE_SIZE) {
		return GNTST_bad_copy_arg;
	}
	rc = side_hold(src, &op->source, op->flags & GNTCOPY_source_gref);
	if (rc == GNTST_okay) {
		rc = side_hold(dst, &op->dest, op->flags & GNTCOPY_dest_gref);
	}
	if (rc != GNTST_okay) {
		return rc;
	}
	memmove((char *)mfn_to_virt(dst->m) + op->dest.offset,
		(const char *)mfn_to_virt(src->m) + op->source.offset, op->len);
	return GNTST_okay;
}

#define PREEMPT_MASK 15

long grant_copy_op(gptr_t uop, uint32_t count)
{
	struct side src = {.self = current->domain, .readonly = true};
	struct side dst = {.self = src.self, .readonly = false};
	struct gnttab_copy op;
	long rc = 0;

	for (; count; uop = gptr_add(uop, sizeof(op))) {
		int status;

		if (get_guest_words(&op, uop, sizeof(op) / 8)) {
			rc = -EFAULT;
			break;
		}
		status = copy_one(&op, &src, &dst);
		if (put_guest_u16(gptr_add(uop, offsetof(struct gnttab_copy, status)),
				  (uint16_t)status)) {
			rc = -EFAULT;
			break;
		}
		if (!(--count & PREEMPT_MASK) && count && preempt_needed()) {
			rc = hypercall_continue(__HYPERVISOR_grant_table_op, 3, GNTTABOP_copy,
						uop.addr + sizeof(op), count, 0);
			break;
		}
	}
	side_release(&src);
	side_release(&dst);
	return rc;
}
