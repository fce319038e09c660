/* SPDX-License-Identifier: MIT */
/* Extents of frames into a domain and out of it: populate, increase, decrease. */
#include "core/hypercall.h"
#include "core/memory.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "mm/page.h"
#include "xen/memory.h"

/* One call's work. */
struct adjust {
	struct domain *d;
	gptr_t list;
	unsigned int order;
	unsigned int addr_bits;
};

/* The extent gets fresh frames; the guest says as which pfns and learns which. */
static bool populate(const struct adjust *a, uint64_t i)
{
	struct page_info *p;
	uint64_t pfn, m;

	if (copy_from_guest_index(&pfn, a->list, i)) {
		return false;
	}
	p = domain_page_alloc_bits(a->d, a->order, a->addr_bits, 0);
	if (!p) {
		return false;
	}
	m = page_to_mfn(p).v;
	for (uint64_t k = 0; k < 1UL << a->order; k++) {
		m2p_set(mfn(m + k), pfn + k);
	}
	return !copy_to_guest_index(a->list, i, &m);
}

/* The same without pfns: the guest sets the machine-to-physical entries itself. */
static bool increase(const struct adjust *a, uint64_t i)
{
	struct page_info *p = domain_page_alloc_bits(a->d, a->order, a->addr_bits, 0);
	uint64_t m;

	if (!p) {
		return false;
	}
	m = page_to_mfn(p).v;
	return gptr_is_null(a->list) || !copy_to_guest_index(a->list, i, &m);
}

/* Frames still mapped somewhere are freed when the last mapping goes. */
static bool decrease(const struct adjust *a, uint64_t i)
{
	uint64_t m;

	if (copy_from_guest_index(&m, a->list, i)) {
		return false;
	}
	for (uint64_t k = 0; k < 1UL << a->order; k++) {
		struct page_info *p;

		if (!mfn_is_ram(mfn(m + k))) {
			return false;
		}
		p = mfn_to_page(mfn(m + k));
		if (!page_get(p, a->d)) {
			return false;
		}
		/* Frames shared with the domain are not its to give away. */
		if (p->word & PGW_HYPERVISOR) {
			page_put(p);
			return false;
		}
		domain_page_release(p);
		page_put(p);
	}
	return true;
}

long memory_adjust(struct guest_op *o)
{
	static bool (*const step[])(const struct adjust *, uint64_t) = {
		[XENMEM_increase_reservation] = increase,
		[XENMEM_decrease_reservation] = decrease,
		[XENMEM_populate_physmap] = populate,
	};
	struct xen_memory_reservation r;
	struct adjust a;
	uint64_t i = o->start;
	int rc;

	/* The ABI has no error here: the count tells how far it went. */
	if (copy_from_guest(&r, o->at, sizeof(r)) || r.nr_extents > ~0ULL >> MEMOP_EXTENT_SHIFT ||
	    i >= r.nr_extents || r.extent_order > memory_order_max()) {
		return (long)i;
	}
	a.list = gptr(r.extent_start);
	a.order = r.extent_order;
	a.addr_bits = XENMEMF_get_address_bits(r.mem_flags) ?: 64;
	rc = domain_subject(r.domid, &a.d);
	if (rc) {
		return rc == -EPERM ? rc : (long)i;
	}
	while (i < r.nr_extents && step[o->cmd](&a, i)) {
		i++;
		if (i < r.nr_extents && preempt_needed()) {
			domain_put(a.d);
			return memory_continue(o, i);
		}
	}
	domain_put(a.d);
	return (long)i;
}
