/* SPDX-License-Identifier: MIT */
/* domctl: the table of operations, and what they have in common. */
#include "core/domctl.h"

#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "lib/nospec.h"
#include "xen/hypercall.h"

static const struct domctl_entry {
	domctl_fn fn;
	unsigned int flags; /* DOMCTL_* */
} domctl_ops[] = {
#define DOMCTL_BY(name, handler, flags) [XEN_DOMCTL_##name] = {domctl_##handler, flags},
#define DOMCTL(name, flags) DOMCTL_BY(name, name, flags)
#include "core/domctl.def"
};

/*
 * One operation at a time, so that they need not fear each other's half-done
 * work.  Nobody waits for the flag: who finds it set is continued later, so
 * its holder may wait for any CPU and open interrupt windows.
 */
static bool busy;

bool toolstack_begin(void)
{
	return !__atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE);
}

void toolstack_end(void)
{
	__atomic_store_n(&busy, false, __ATOMIC_RELEASE);
}

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
	e = &domctl_ops[index_nospec(op.cmd, ARRAY_SIZE(domctl_ops))];
	if (!toolstack_begin()) {
		return hypercall_continue(__HYPERVISOR_domctl, 1, arg.addr, 0, 0, 0);
	}
	rc = run(e, &op);
	toolstack_end();

	if (rc == -ERESTART) {
		return hypercall_continue(__HYPERVISOR_domctl, 1, arg.addr, 0, 0, 0);
	}
	if ((e->flags & DOMCTL_OUT_ALWAYS || (!rc && e->flags & DOMCTL_OUT)) &&
	    copy_to_guest(arg, &op, sizeof(op))) {
		rc = -EFAULT;
	}
	return rc;
}
