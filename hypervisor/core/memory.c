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

int memory_subject(xen_domid_t id, struct domain **d)
{
	struct domain *self = current->domain;

	if (id != DOMID_SELF && id != self->id && !self->is_privileged) {
		return -EPERM;
	}
	*d = domain_lookup_any(id);
	return *d ? 0 : -ESRCH;
}

long memory_continue(unsigned int op, gptr_t arg, uint64_t done)
{
	return hypercall_continue(__HYPERVISOR_memory_op, 2, op | done << MEMOP_EXTENT_SHIFT,
				  arg.addr, 0, 0);
}

static long maximum_ram_page(unsigned int op, gptr_t arg, uint64_t start)
{
	(void)op;
	(void)arg;
	(void)start;
	return (long)(max_page - 1);
}

/* The three that answer a number about a domain. */
static long domain_number(unsigned int op, gptr_t arg, uint64_t start)
{
	struct xen_memory_domain md;
	struct domain *d;
	long rc;

	(void)start;
	if (copy_from_guest(&md, arg, sizeof(md))) {
		return -EFAULT;
	}
	rc = memory_subject(md.domid, &d);
	if (rc) {
		return rc;
	}
	switch (op) {
	case XENMEM_current_reservation:
		rc = (long)d->tot_pages;
		break;
	case XENMEM_maximum_reservation:
		rc = (long)d->max_pages;
		break;
	default:
		/* As the guest itself keeps it for the tools; a new one has not yet. */
		rc = (long)__atomic_load_n(&d->shared->arch.max_pfn, __ATOMIC_RELAXED);
		rc = MAX(rc, 1L) - 1;
		break;
	}
	domain_put(d);
	return rc;
}

static long claim(unsigned int op, gptr_t arg, uint64_t start)
{
	struct xen_memory_reservation r;
	struct domain *d;
	long rc;

	(void)op;
	(void)start;
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&r, arg, sizeof(r))) {
		return -EFAULT;
	}
	if (!(r.extent_start == 0) || r.extent_order || r.mem_flags) {
		return -EINVAL;
	}
	rc = memory_subject(r.domid, &d);
	if (!rc) {
		rc = domain_claim_pages(d, r.nr_extents);
		domain_put(d);
	}
	return rc;
}

/* No page is shared between domains or populated on demand; tools ask all the same. */
static long zero(unsigned int op, gptr_t arg, uint64_t start)
{
	(void)op;
	(void)arg;
	(void)start;
	return 0;
}

static long pod_target(unsigned int op, gptr_t arg, uint64_t start)
{
	struct xen_pod_target t;
	struct domain *d;
	long rc;

	(void)start;
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&t, arg, sizeof(t))) {
		return -EFAULT;
	}
	rc = memory_subject(t.domid, &d);
	if (rc) {
		return rc;
	}
	if (op == XENMEM_set_pod_target && t.target_pages > d->max_pages) {
		rc = -EINVAL;
	}
	t.tot_pages = d->tot_pages;
	t.pod_cache_pages = t.pod_entries = 0;
	domain_put(d);
	if (!rc && copy_to_guest(arg, &t, sizeof(t))) {
		rc = -EFAULT;
	}
	return rc;
}

static long no_vnuma(unsigned int op, gptr_t arg, uint64_t start)
{
	(void)op;
	(void)arg;
	(void)start;
	return -EOPNOTSUPP;
}

/* Without an IOMMU no device needs memory of its own at fixed addresses. */
static long reserved_device_memory(unsigned int op, gptr_t arg, uint64_t start)
{
	struct xen_reserved_device_memory_map m;

	(void)op;
	(void)start;
	if (copy_from_guest(&m, arg, sizeof(m))) {
		return -EFAULT;
	}
	m.nr_entries = 0;
	return copy_to_guest(arg, &m, sizeof(m));
}

static const memory_fn memory_ops[] = {
	[XENMEM_increase_reservation] = memory_adjust,
	[XENMEM_decrease_reservation] = memory_adjust,
	[XENMEM_maximum_ram_page] = maximum_ram_page,
	[XENMEM_current_reservation] = domain_number,
	[XENMEM_maximum_reservation] = domain_number,
	[XENMEM_machphys_mfn_list] = memory_m2p_list,
	[XENMEM_populate_physmap] = memory_adjust,
	[XENMEM_memory_map] = memory_guest_map,
	[XENMEM_machine_memory_map] = memory_machine_map,
	[XENMEM_exchange] = memory_exchange,
	[XENMEM_machphys_mapping] = memory_m2p_range,
	[XENMEM_set_memory_map] = memory_set_guest_map,
	[XENMEM_maximum_gpfn] = domain_number,
	[XENMEM_set_pod_target] = pod_target,
	[XENMEM_get_pod_target] = pod_target,
	[XENMEM_get_sharing_freed_pages] = zero,
	[XENMEM_get_sharing_shared_pages] = zero,
	[XENMEM_claim_pages] = claim,
	[XENMEM_get_vnumainfo] = no_vnuma,
	[XENMEM_reserved_device_memory_map] = reserved_device_memory,
	[XENMEM_acquire_resource] = memory_acquire_resource,
};

long do_memory_op(uint64_t cmd, gptr_t arg)
{
	unsigned int op = cmd & MEMOP_CMD_MASK;

	if (op >= ARRAY_SIZE(memory_ops) || !memory_ops[op]) {
		return -ENOSYS;
	}
	return memory_ops[op](op, arg, cmd >> MEMOP_EXTENT_SHIFT);
}
