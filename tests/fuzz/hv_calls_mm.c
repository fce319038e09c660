/* SPDX-License-Identifier: MIT */
/* Calls about tables, frames and grants. */
#include "hv_ops.h"

#include "xen/grant.h"
#include "xen/hypercall.h"
#include "xen/memory.h"
#include "xen/mmu.h"

void hv_mmu_update(struct input *in, struct actor *a, struct call *c)
{
	uint32_t n = 1 + (in8(in) & 3), high = in8(in);
	xen_domid_t frames = in_domid(in);
	unsigned int tables = high & 1 && (high >> 1) % 8 < DOMAINS ? (high >> 1) % 8 : a->dom;
	struct mmu_update *u = hv_arena(a, n * sizeof(*u));

	if (tables != a->dom) {
		frames = DOMID_SELF; /* dom0 may put anything there: its own affair */
	}
	for (uint32_t i = 0; i < n; i++) {
		u[i].ptr = in_frame(in, tables) << PAGE_SHIFT;
		u[i].ptr |= in_slot(in) * sizeof(pte_t);
		u[i].val = in_entry(in, tables != a->dom ? tables : dom_of(a, frames));
		u[i].ptr |= high >> 4 & 3;
	}
	c->number = __HYPERVISOR_mmu_update;
	c->arg[0] = ptr(u);
	c->arg[1] = n;
	c->arg[2] = ptr(hv_arena(a, sizeof(uint32_t)));
	c->arg[3] = frames | (high & 1 ? ((high >> 1) % 8 + 1) << 16 : 0);
}

void hv_update_va(struct input *in, struct actor *a, struct call *c)
{
	static const uint64_t flush[8] = {0,
					  0,
					  UVMF_TLB_FLUSH | UVMF_ALL,
					  UVMF_INVLPG | UVMF_ALL,
					  UVMF_TLB_FLUSH,
					  UVMF_INVLPG,
					  0,
					  UVMF_TLB_FLUSH};
	uint8_t how = in8(in);
	xen_domid_t id = how & 8 ? in_domid(in) : DOMID_SELF;

	c->number = how & 8 ? __HYPERVISOR_update_va_mapping_otherdomain
			    : __HYPERVISOR_update_va_mapping;
	c->arg[0] = in_address(in);
	c->arg[1] = in_entry(in, dom_of(a, id));
	c->arg[2] = flush[how & 7];
	if ((how & 7) == 7) {
		c->arg[2] |= ptr(hv_arena(a, 8));
	}
	c->arg[3] = id;
}

void hv_mmuext(struct input *in, struct actor *a, struct call *c)
{
	uint32_t n = 1 + (in8(in) & 1);
	xen_domid_t id = in_domid(in);
	struct mmuext_op *op = hv_arena(a, n * sizeof(*op));

	for (uint32_t i = 0; i < n; i++) {
		op[i].cmd = in8(in) % 22;
		op[i].arg1.mfn = in_frame(in, dom_of(a, id));
		switch (op[i].cmd) {
		case MMUEXT_SET_LDT:
			op[i].arg1.linear_addr = in_address(in);
			op[i].arg2.nr_ents = in8(in) * 8U;
			break;
		case MMUEXT_INVLPG_LOCAL:
		case MMUEXT_INVLPG_ALL:
			op[i].arg1.linear_addr = in_address(in);
			break;
		case MMUEXT_TLB_FLUSH_MULTI:
		case MMUEXT_INVLPG_MULTI: {
			uint64_t *map = hv_arena(a, sizeof(*map));

			*map = in8(in);
			op[i].arg2.vcpumask = ptr(map);
			break;
		}
		case MMUEXT_COPY_PAGE:
			op[i].arg2.src_mfn = in_frame(in, dom_of(a, id));
			break;
		default:
			break;
		}
	}
	c->number = __HYPERVISOR_mmuext_op;
	c->arg[0] = ptr(op);
	c->arg[1] = n;
	c->arg[3] = id;
}

/* Extents of frames by name; what becomes of them goes back to the pool. */
static void reservation(struct input *in, struct actor *a, struct call *c,
			struct xen_memory_reservation *r, bool frames)
{
	uint8_t b = in8(in);
	unsigned int at = in8(in) % POOL;
	uint64_t *list;

	r->domid = in_domid(in);
	r->nr_extents = 1 + (b & 3);
	r->extent_order = (b >> 2 & 7) < 6 ? 0 : (b >> 2 & 7) - 5;
	r->mem_flags = b & 32 ? XENMEMF_address_bits(b & 64 ? 1 : 23) : 0;
	list = hv_arena(a, r->nr_extents * sizeof(*list));
	for (unsigned int i = 0; i < r->nr_extents; i++) {
		list[i] = frames ? pool[dom_of(a, r->domid)][(at + i) % POOL] : i;
	}
	r->extent_start = b & 128 ? 0 : ptr(list);
	c->list = frames ? NULL : list;
	c->count = (unsigned int)r->nr_extents;
	c->order = r->extent_order;
	c->dom = dom_of(a, r->domid);
	c->at = at;
}

void hv_memory_adjust(struct input *in, struct actor *a, struct call *c)
{
	static const uint8_t ops[4] = {XENMEM_populate_physmap, XENMEM_increase_reservation,
				       XENMEM_decrease_reservation, XENMEM_decrease_reservation};
	struct xen_memory_reservation *r = hv_arena(a, sizeof(*r));
	unsigned int op = ops[in8(in) & 3];

	reservation(in, a, c, r, op == XENMEM_decrease_reservation);
	c->number = __HYPERVISOR_memory_op;
	c->arg[0] = op;
	c->arg[1] = ptr(r);
}

void hv_memory_exchange(struct input *in, struct actor *a, struct call *c)
{
	struct xen_memory_exchange *x = hv_arena(a, sizeof(*x));

	reservation(in, a, c, &x->in, true);
	reservation(in, a, c, &x->out, false);
	if (x->out.mem_flags || x->in.nr_extents != x->out.nr_extents) {
		x->out.extent_order = x->in.extent_order;
		x->out.nr_extents = x->in.nr_extents;
		c->count = 0; /* the list is shorter, perhaps */
	}
	x->out.domid = x->in.domid;
	c->number = __HYPERVISOR_memory_op;
	c->arg[0] = XENMEM_exchange;
	c->arg[1] = ptr(x);
}

/* All others: their arguments are a few words at most. */
void hv_memory_other(struct input *in, struct actor *a, struct call *c)
{
	uint64_t *words = hv_arena(a, 64);
	uint8_t op = in8(in) % 30;
	unsigned int dom;

	words[0] = in_domid(in);
	dom = dom_of(a, (xen_domid_t)words[0]);
	words[0] |= (uint64_t)(in8(in) & 3) << 16;
	words[1] = in8(in);
	words[2] = in_frame(in, dom);
	words[3] = ptr(hv_arena(a, 64));
	switch (op) {
	case XENMEM_claim_pages: {
		struct xen_memory_reservation *r = hv_arena(a, sizeof(*r));

		r->domid = (xen_domid_t)words[0];
		r->nr_extents = words[1];
		words = (uint64_t *)r;
		break;
	}
	case XENMEM_acquire_resource: {
		struct xen_mem_acquire_resource *r = hv_arena(a, sizeof(*r));

		r->domid = (xen_domid_t)words[0];
		r->type = XENMEM_resource_grant_table;
		r->nr_frames = words[1] & 3;
		r->frame = words[1] >> 2 & 3;
		r->frame_list = words[3];
		words = (uint64_t *)r;
		break;
	}
	case XENMEM_set_memory_map: {
		struct xen_foreign_memory_map *m = hv_arena(a, sizeof(*m));

		m->domid = (xen_domid_t)words[0];
		m->map.nr_entries = words[1] & 3;
		m->map.buffer = words[3];
		words = (uint64_t *)m;
		break;
	}
	case XENMEM_exchange:
	case XENMEM_populate_physmap:
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
		op = XENMEM_current_reservation;
		break;
	default:
		break;
	}
	c->number = __HYPERVISOR_memory_op;
	c->arg[0] = op;
	c->arg[1] = ptr(words);
}

void hv_grant_map(struct input *in, struct actor *a, struct call *c)
{
	uint32_t n = 1 + (in8(in) & 1);
	struct gnttab_map_grant_ref *m = hv_arena(a, n * sizeof(*m));

	for (uint32_t i = 0; i < n; i++) {
		uint8_t flags = in8(in);

		m[i].dom = flags & 32 ? in_domid(in)
				      : (xen_domid_t)((a->dom + 1 + (flags >> 6)) % 4);
		m[i].ref = in8(in) & 63;
		m[i].flags = (flags & 31) ^ GNTMAP_host_map;
		if (m[i].flags & GNTMAP_contains_pte) {
			m[i].host_addr = in_frame(in, a->dom) << PAGE_SHIFT;
			m[i].host_addr |= in_slot(in) * sizeof(pte_t);
		} else {
			m[i].host_addr = in_address(in);
		}
	}
	c->number = __HYPERVISOR_grant_table_op;
	c->arg[0] = GNTTABOP_map_grant_ref;
	c->arg[1] = ptr(m);
	c->arg[2] = n;
}

void hv_grant_unmap(struct input *in, struct actor *a, struct call *c)
{
	uint8_t b = in8(in);
	uint32_t n = 1 + (b & 1);
	struct gnttab_unmap_grant_ref *u = hv_arena(a, n * sizeof(*u));
	struct gnttab_unmap_and_replace *r = hv_arena(a, n * sizeof(*r));

	for (uint32_t i = 0; i < n; i++) {
		u[i].handle = r[i].handle = in8(in) & 31;
		u[i].host_addr = r[i].host_addr = in_address(in);
		if (b & 2) {
			u[i].host_addr = in_frame(in, a->dom) << PAGE_SHIFT;
			u[i].host_addr |= in_slot(in) * sizeof(pte_t);
		}
		if (b & 4) {
			r[i].new_addr = in_address(in);
		}
		if (b & 8) {
			u[i].dev_bus_addr = in_frame(in, a->dom + 1) << PAGE_SHIFT;
			u[i].host_addr = b & 16 ? 0 : u[i].host_addr;
		}
	}
	c->number = __HYPERVISOR_grant_table_op;
	c->arg[0] = b & 4 ? GNTTABOP_unmap_and_replace : GNTTABOP_unmap_grant_ref;
	c->arg[1] = b & 4 ? ptr(r) : ptr(u);
	c->arg[2] = n;
}

static void copy_side(struct input *in, struct actor *a, struct gnttab_copy_ptr *p, bool is_ref)
{
	p->domid = is_ref ? (xen_domid_t)(in8(in) & 3) : DOMID_SELF;
	p->offset = (uint16_t)((in8(in) & 15) * 256);
	if (is_ref) {
		p->u.ref = in8(in) & 63;
	} else {
		p->u.gmfn = in_frame(in, a->dom);
	}
}

void hv_grant_copy(struct input *in, struct actor *a, struct call *c)
{
	uint8_t b = in8(in);
	uint32_t n = 1 + (b & 1);
	struct gnttab_copy *g = hv_arena(a, n * sizeof(*g));

	for (uint32_t i = 0; i < n; i++) {
		g[i].flags = b >> 1 & 3;
		g[i].len = (uint16_t)((b >> 3) * 128);
		copy_side(in, a, &g[i].source, g[i].flags & GNTCOPY_source_gref);
		copy_side(in, a, &g[i].dest, g[i].flags & GNTCOPY_dest_gref);
	}
	c->number = __HYPERVISOR_grant_table_op;
	c->arg[0] = GNTTABOP_copy;
	c->arg[1] = ptr(g);
	c->arg[2] = n;
}

void hv_grant_other(struct input *in, struct actor *a, struct call *c)
{
	struct gnttab_setup_table *s = hv_arena(a, sizeof(*s));
	uint64_t *list = hv_arena(a, 64);

	c->number = __HYPERVISOR_grant_table_op;
	c->arg[0] = in8(in) % 14;
	s->dom = in_domid(in);
	s->nr_frames = in8(in) & 3;
	s->frame_list = ptr(list);
	if (c->arg[0] != GNTTABOP_setup_table && c->arg[0] < GNTTABOP_query_size) {
		c->arg[0] = GNTTABOP_query_size;
	}
	c->arg[1] = ptr(s);
	c->arg[2] = c->arg[0] == GNTTABOP_unmap_and_replace ? 0 : 1;
}
