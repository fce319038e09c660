/* SPDX-License-Identifier: MIT */
/* memory_op: the table of sub-operations, and those that only tell a number. */
#include "core/memory.h"

#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "mm/page.h"
#include "xen/hypercall.h"
#include "xen/memory.h"

#define ORDER_MAX_GUEST 9U       /* 2 MiB */
#define ORDER_MAX_PRIVILEGED 12U /* 16 MiB */

unsigned int memory_order_max(void)
{
	return current->domain->is_privileged ? ORDER_MAX_PRIVILEGED : ORDER_MAX_GUEST;
}

long memory_continue(const struct guest_op *o, uint64_t done)
{
	return hypercall_continue(__HYPERVISOR_memory_op, 2, o->cmd | done << MEMOP_EXTENT_SHIFT,
				  o->at.addr, 0, 0);
}

static long maximum_ram_page(struct guest_op *o)
{
	(void)o;
	return (long)(max_page - 1);
}

static long current_reservation(struct guest_op *o)
{
	return (long)o->d->tot_pages;
}

static long maximum_reservation(struct guest_op *o)
{
	return (long)o->d->max_pages;
}

/* As the guest itself keeps it for the tools; a new one has not yet. */
static long maximum_gpfn(struct guest_op *o)
{
	long n = (long)__atomic_load_n(&o->d->shared->arch.max_pfn, __ATOMIC_RELAXED);

	return MAX(n, 1L) - 1;
}

static long claim(struct guest_op *o)
{
	const struct xen_memory_reservation *r = o->arg;

	if (r->extent_start || r->extent_order || r->mem_flags) {
		return -EINVAL;
	}
	return domain_claim_pages(o->d, r->nr_extents);
}

/* No page is shared between domains or populated on demand; tools ask all the same. */
static long zero(struct guest_op *o)
{
	(void)o;
	return 0;
}

static long pod_target(struct guest_op *o)
{
	struct xen_pod_target *t = o->arg;

	if (o->cmd == XENMEM_set_pod_target && t->target_pages > o->d->max_pages) {
		return -EINVAL;
	}
	t->tot_pages = o->d->tot_pages;
	t->pod_cache_pages = t->pod_entries = 0;
	return 0;
}

static long no_vnuma(struct guest_op *o)
{
	(void)o;
	return -EOPNOTSUPP;
}

/* Without an IOMMU no device needs memory of its own at fixed addresses. */
static long reserved_device_memory(struct guest_op *o)
{
	((struct xen_reserved_device_memory_map *)o->arg)->nr_entries = 0;
	return 0;
}

#define ON_DOMAIN(fn) GUEST_OP_ON(fn, xen_memory_domain, domid, 0)

static const struct guest_op_entry memory_ops[] = {
	[XENMEM_increase_reservation] = GUEST_OP_PLAIN(memory_adjust),
	[XENMEM_decrease_reservation] = GUEST_OP_PLAIN(memory_adjust),
	[XENMEM_populate_physmap] = GUEST_OP_PLAIN(memory_adjust),
	[XENMEM_exchange] = GUEST_OP_PLAIN(memory_exchange),
	[XENMEM_maximum_ram_page] = GUEST_OP_PLAIN(maximum_ram_page),
	[XENMEM_current_reservation] = ON_DOMAIN(current_reservation),
	[XENMEM_maximum_reservation] = ON_DOMAIN(maximum_reservation),
	[XENMEM_maximum_gpfn] = ON_DOMAIN(maximum_gpfn),
	[XENMEM_machphys_mfn_list] =
		GUEST_OP(memory_m2p_list, xen_machphys_mfn_list, OP_PRIVILEGED | OP_OUT),
	[XENMEM_machphys_mapping] = GUEST_OP_PLAIN(memory_m2p_range),
	[XENMEM_memory_map] = GUEST_OP(memory_guest_map, xen_memory_map, OP_OUT),
	[XENMEM_machine_memory_map] =
		GUEST_OP(memory_machine_map, xen_memory_map, OP_PRIVILEGED | OP_OUT),
	[XENMEM_set_memory_map] =
		GUEST_OP_ON(memory_set_guest_map, xen_foreign_memory_map, domid, OP_PRIVILEGED),
	[XENMEM_set_pod_target] =
		GUEST_OP_ON(pod_target, xen_pod_target, domid, OP_PRIVILEGED | OP_OUT),
	[XENMEM_get_pod_target] =
		GUEST_OP_ON(pod_target, xen_pod_target, domid, OP_PRIVILEGED | OP_OUT),
	[XENMEM_get_sharing_freed_pages] = GUEST_OP_PLAIN(zero),
	[XENMEM_get_sharing_shared_pages] = GUEST_OP_PLAIN(zero),
	[XENMEM_claim_pages] = GUEST_OP_ON(claim, xen_memory_reservation, domid, OP_PRIVILEGED),
	[XENMEM_get_vnumainfo] = GUEST_OP_PLAIN(no_vnuma),
	[XENMEM_reserved_device_memory_map] =
		GUEST_OP(reserved_device_memory, xen_reserved_device_memory_map, OP_OUT),
	[XENMEM_acquire_resource] = GUEST_OP_ON(memory_acquire_resource, xen_mem_acquire_resource,
						domid, OP_PRIVILEGED | OP_OUT),
};

long do_memory_op(uint64_t cmd, gptr_t arg)
{
	struct guest_op o = {
		.cmd = cmd & MEMOP_CMD_MASK,
		.at = arg,
		.start = cmd >> MEMOP_EXTENT_SHIFT,
	};

	return guest_op_call(memory_ops, ARRAY_SIZE(memory_ops), &o);
}
