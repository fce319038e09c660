/* SPDX-License-Identifier: MIT */
/* domctl: the table of operations, and what they have in common. */
#include "core/domctl.h"

#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "xen/hypercall.h"

static const struct domctl_entry {
	domctl_fn fn;
	unsigned int flags; /* DOMCTL_* */
} domctl_ops[] = {
	[XEN_DOMCTL_createdomain] = {domctl_createdomain, DOMCTL_OUT | DOMCTL_NO_DOMAIN},
	[XEN_DOMCTL_destroydomain] = {domctl_destroydomain, DOMCTL_NOT_SELF},
	[XEN_DOMCTL_pausedomain] = {domctl_pausedomain, DOMCTL_NOT_SELF},
	[XEN_DOMCTL_unpausedomain] = {domctl_unpausedomain, 0},
	[XEN_DOMCTL_resumedomain] = {domctl_resumedomain, DOMCTL_NOT_SELF},
	/* Debian's console daemon walks the domains by this, as Xen 4.17 lets it. */
	[XEN_DOMCTL_getdomaininfo] = {domctl_getdomaininfo, DOMCTL_OR_NEXT | DOMCTL_OUT},
	[XEN_DOMCTL_max_vcpus] = {domctl_max_vcpus, DOMCTL_NOT_SELF},
	[XEN_DOMCTL_max_mem] = {domctl_max_mem, 0},
	[XEN_DOMCTL_setdomainhandle] = {domctl_setdomainhandle, 0},
	[XEN_DOMCTL_settimeoffset] = {domctl_settimeoffset, 0},
	[XEN_DOMCTL_set_virq_handler] = {domctl_set_virq_handler, 0},
	[XEN_DOMCTL_scheduler_op] = {domctl_scheduler_op, DOMCTL_OUT},
	[XEN_DOMCTL_setnodeaffinity] = {domctl_setnodeaffinity, 0},
	[XEN_DOMCTL_getnodeaffinity] = {domctl_getnodeaffinity, 0},

	[XEN_DOMCTL_setvcpucontext] = {domctl_setvcpucontext, DOMCTL_NOT_SELF},
	[XEN_DOMCTL_getvcpucontext] = {domctl_getvcpucontext, 0},
	[XEN_DOMCTL_getvcpuinfo] = {domctl_getvcpuinfo, DOMCTL_OUT},
	[XEN_DOMCTL_setvcpuaffinity] = {domctl_setvcpuaffinity, 0},
	[XEN_DOMCTL_getvcpuaffinity] = {domctl_getvcpuaffinity, 0},
	[XEN_DOMCTL_set_ext_vcpucontext] = {domctl_set_ext_vcpucontext, DOMCTL_NOT_SELF},
	[XEN_DOMCTL_get_ext_vcpucontext] = {domctl_get_ext_vcpucontext, DOMCTL_OUT},
	[XEN_DOMCTL_setvcpuextstate] = {domctl_setvcpuextstate, DOMCTL_NOT_SELF},
	[XEN_DOMCTL_getvcpuextstate] = {domctl_getvcpuextstate, DOMCTL_OUT},
	[XEN_DOMCTL_get_vcpu_msrs] = {domctl_get_vcpu_msrs, DOMCTL_OUT},
	[XEN_DOMCTL_set_vcpu_msrs] = {domctl_set_vcpu_msrs, DOMCTL_OUT_ALWAYS},

	[XEN_DOMCTL_set_address_size] = {domctl_set_address_size, DOMCTL_NOT_SELF},
	[XEN_DOMCTL_get_address_size] = {domctl_get_address_size, DOMCTL_OUT},
	[XEN_DOMCTL_settscinfo] = {domctl_settscinfo, DOMCTL_NOT_SELF},
	[XEN_DOMCTL_gettscinfo] = {domctl_gettscinfo, DOMCTL_OUT},
	[XEN_DOMCTL_get_cpu_policy] = {domctl_get_cpu_policy, DOMCTL_OUT},
	[XEN_DOMCTL_set_cpu_policy] = {domctl_set_cpu_policy, DOMCTL_NOT_SELF | DOMCTL_OUT_ALWAYS},
	[XEN_DOMCTL_hypercall_init] = {domctl_hypercall_init, 0},
	[XEN_DOMCTL_getpageframeinfo3] = {domctl_getpageframeinfo3, 0},
	[XEN_DOMCTL_shadow_op] = {domctl_shadow_op, DOMCTL_NOT_SELF | DOMCTL_OUT},
	[XEN_DOMCTL_irq_permission] = {domctl_irq_permission, 0},
	[XEN_DOMCTL_iomem_permission] = {domctl_iomem_permission, 0},
	[XEN_DOMCTL_ioport_permission] = {domctl_ioport_permission, 0},
	[XEN_DOMCTL_assign_device] = {domctl_device, 0},
	[XEN_DOMCTL_test_assign_device] = {domctl_device, DOMCTL_NO_DOMAIN},
	[XEN_DOMCTL_deassign_device] = {domctl_device, 0},
	[XEN_DOMCTL_get_device_group] = {domctl_device, 0},
};

/*
 * One operation at a time, so that they need not fear each other's half-done
 * work.  Nobody waits for the flag: who finds it set is continued later, so
 * its holder may wait for any CPU and open interrupt windows.
 */
static bool busy;

static long run(const struct domctl_entry *e, struct xen_domctl *op)
{
	struct domain *d = NULL;
	long rc;

	if (!(e->flags & DOMCTL_NO_DOMAIN)) {
		d = e->flags & DOMCTL_OR_NEXT ? domain_lookup_from(op->domain)
					      : domain_lookup(op->domain);
		if (!d) {
			return -ESRCH;
		}
	}
	rc = e->flags & DOMCTL_NOT_SELF && d == current->domain ? -EINVAL : e->fn(d, op);
	if (d) {
		domain_put(d);
	}
	return rc;
}

long do_domctl(gptr_t arg)
{
	const struct domctl_entry *e;
	struct xen_domctl op;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return -EFAULT;
	}
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION) {
		return -EACCES;
	}
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (op.cmd >= ARRAY_SIZE(domctl_ops) || !domctl_ops[op.cmd].fn) {
		return -ENOSYS;
	}
	e = &domctl_ops[op.cmd];
	if (__atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE)) {
		return hypercall_continue(__HYPERVISOR_domctl, 1, arg.addr, 0, 0, 0);
	}
	rc = run(e, &op);
	__atomic_store_n(&busy, false, __ATOMIC_RELEASE);

	if (rc == -ERESTART) {
		return hypercall_continue(__HYPERVISOR_domctl, 1, arg.addr, 0, 0, 0);
	}
	if ((e->flags & DOMCTL_OUT_ALWAYS || (!rc && e->flags & DOMCTL_OUT)) &&
	    copy_to_guest(arg, &op, sizeof(op))) {
		rc = -EFAULT;
	}
	return rc;
}
