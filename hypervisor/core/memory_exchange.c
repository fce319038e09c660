/* SPDX-License-Identifier: MIT */
/*
 * XENMEM_exchange: a guest gives frames and gets as many others, contiguous
 * or below an address, for its devices.  Works chunk by chunk, a chunk being
 * the larger of an "in" and an "out" extent; a chunk succeeds or changes
 * nothing.
 */
#include "arch/cpu.h"
#include "core/hypercall.h"
#include "core/memory.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "mm/buddy.h"
#include "xen/memory.h"

#define ORDER_SUM_MAX 24 /* of two extent orders */

struct exchange {
	struct domain *d;
	struct xen_memory_exchange x;
	unsigned int in_order;  /* log2 of "in" extents in a chunk */
	unsigned int out_order; /* log2 of "out" extents in a chunk */
	uint32_t stolen;        /* frames taken, linked by page_info.next */
	uint32_t fresh;         /* heads of new blocks, linked likewise */
};

static void push(uint32_t *list, struct page_info *p)
{
	p->next = *list;
	*list = (uint32_t)page_to_mfn(p).v;
}

static struct page_info *pop(uint32_t *list)
{
	struct page_info *p = *list != PAGE_LINK_END ? &frame_table[*list] : NULL;

	if (p) {
		*list = p->next;
	}
	return p;
}

/* Takes the frames of "in" extent i from the guest. */
static int extent_steal(struct exchange *e, uint64_t i)
{
	uint64_t m;

	if (copy_from_guest_index(&m, gptr(e->x.in.extent_start), i)) {
		return -EFAULT;
	}
	for (uint64_t k = 0; k < 1UL << e->x.in.extent_order; k++) {
		if (!mfn_is_ram(mfn(m + k)) || !domain_page_steal(e->d, mfn_to_page(mfn(m + k)))) {
			return -EINVAL;
		}
		push(&e->stolen, mfn_to_page(mfn(m + k)));
	}
	return 0;
}

static int chunk_allocate(struct exchange *e)
{
	unsigned int bits = XENMEMF_get_address_bits(e->x.out.mem_flags);

	for (uint64_t j = 0; j < 1UL << e->out_order; j++) {
		struct page_info *p = buddy_alloc(e->x.out.extent_order, bits ? bits : 64, 0, true);

		if (!p) {
			return -ENOMEM;
		}
		push(&e->fresh, p);
	}
	return 0;
}

static void chunk_undo(struct exchange *e)
{
	struct page_info *p;

	while ((p = pop(&e->fresh))) {
		buddy_free_run(p, p + (1UL << e->x.out.extent_order));
	}
	while ((p = pop(&e->stolen))) {
		domain_page_insert(e->d, p);
	}
}

/* The new blocks become the guest's; -EFAULT if it cannot be told all of them. */
static int chunk_commit(struct exchange *e, uint64_t chunk)
{
	gptr_t list = gptr(e->x.out.extent_start);
	uint64_t i = chunk << e->out_order;
	struct page_info *p;
	int rc = 0;

	while ((p = pop(&e->stolen))) {
		page_free_stolen(p);
	}
	for (; (p = pop(&e->fresh)); i++) {
		uint64_t m = page_to_mfn(p).v, pfn;
		bool known = !copy_from_guest_index(&pfn, list, i);

		for (uint64_t k = 0; k < 1UL << e->x.out.extent_order; k++) {
			if (known) {
				m2p_set(mfn(m + k), pfn + k);
			}
			domain_page_insert(e->d, &p[k]);
		}
		if (!known || copy_to_guest_index(list, i, &m)) {
			rc = -EFAULT;
		}
	}
	return rc;
}

static int chunk_exchange(struct exchange *e, uint64_t chunk)
{
	int rc = 0;

	e->stolen = e->fresh = PAGE_LINK_END;
	for (uint64_t j = 0; !rc && j < 1UL << e->in_order; j++) {
		rc = extent_steal(e, (chunk << e->in_order) + j);
	}
	rc = rc ? rc : chunk_allocate(e);
	if (rc) {
		chunk_undo(e);
		return rc;
	}
	return chunk_commit(e, chunk);
}

static int arguments_check(struct exchange *e)
{
	const struct xen_memory_reservation *in = &e->x.in, *out = &e->x.out;
	unsigned int limit = memory_order_max();

	if (in->extent_order > limit || out->extent_order > limit) {
		return -EPERM;
	}
	if (in->domid != out->domid ||
	    in->nr_extents > ~0ULL >> (MEMOP_EXTENT_SHIFT + ORDER_SUM_MAX) ||
	    out->nr_extents > ~0ULL >> (MEMOP_EXTENT_SHIFT + ORDER_SUM_MAX) ||
	    in->nr_extents << in->extent_order != out->nr_extents << out->extent_order ||
	    e->x.nr_exchanged > in->nr_extents) {
		return -EINVAL;
	}
	/* Frames change their place under the feet of whoever runs: only one's own. */
	if (in->domid != DOMID_SELF && in->domid != e->d->id) {
		return -EPERM;
	}
	if (in->extent_order < out->extent_order) {
		e->in_order = out->extent_order - in->extent_order;
	} else {
		e->out_order = in->extent_order - out->extent_order;
	}
	return e->x.nr_exchanged & ((1UL << e->in_order) - 1) ||
			       in->nr_extents & ((1UL << e->in_order) - 1)
		       ? -EINVAL
		       : 0;
}

long memory_exchange(struct guest_op *o)
{
	struct exchange e = {.d = current->domain};
	gptr_t count = gptr_add(o->at, offsetof(struct xen_memory_exchange, nr_exchanged));
	uint64_t chunk, chunks;
	long rc;

	/* nr_exchanged says where a continued call is. */
	if (copy_from_guest(&e.x, o->at, sizeof(e.x))) {
		return -EFAULT;
	}
	rc = arguments_check(&e);
	if (rc) {
		return rc;
	}
	chunk = e.x.nr_exchanged >> e.in_order;
	chunks = e.x.in.nr_extents >> e.in_order;
	for (bool first = true; chunk < chunks; chunk++, first = false) {
		if (!first && preempt_needed()) {
			rc = -ERESTART;
			break;
		}
		rc = chunk_exchange(&e, chunk);
		if (rc) {
			break;
		}
	}
	e.x.nr_exchanged = chunk << e.in_order;
	if (copy_to_guest(count, &e.x.nr_exchanged, sizeof(e.x.nr_exchanged))) {
		return -EFAULT;
	}
	return rc == -ERESTART ? memory_continue(o, 0) : rc;
}
