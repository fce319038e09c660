/* SPDX-License-Identifier: MIT */
/* sysctl: the table of operations; console, debug keys, domain list. */
#include "core/sysctl.h"

#include "arch/cpu.h"
#include "core/domain.h"
#include "core/domctl.h"
#include "core/hypercall.h"
#include "debug/keys.h"
#include "lib/console_ring.h"
#include "lib/guest_copy.h"
#include "lib/nospec.h"
#include "xen/hypercall.h"

long sysctl_readconsole(struct xen_sysctl *op)
{
	struct xen_sysctl_readconsole *r = &op->u.readconsole;
	uint32_t index = r->incremental ? r->index : console_ring_start();
	uint32_t done = 0;
	char part[256];

	while (done < r->count) {
		size_t n = console_ring_read(&index, part, MIN(r->count - done, sizeof(part)));

		if (n == 0) {
			break;
		}
		if (copy_to_guest(gptr(r->buffer + done), part, n)) {
			return -EFAULT;
		}
		done += (uint32_t)n;
	}
	if (r->clear) {
		console_ring_clear(index);
	}
	r->index = index;
	r->count = done;
	return 0;
}

#define KEYS_MAX 128

long sysctl_debug_keys(struct xen_sysctl *op)
{
	char keys[KEYS_MAX];
	uint32_t i, n = op->u.debug_keys.nr_keys;

	if (n > KEYS_MAX) {
		return -EINVAL;
	}
	if (copy_from_guest(keys, gptr(op->u.debug_keys.keys), n)) {
		return -EFAULT;
	}
	for (i = 0; i < n; i++) {
		keys_run(keys[i]);
		cpu_irq_window();
	}
	return 0;
}

long sysctl_getdomaininfolist(struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	struct xen_domctl_getdomaininfo info;
	uint32_t from = l->first_domain, n = 0;
	struct domain *d;
	int rc = 0;

	while (!rc && n < l->max_domains && from < DOMID_FIRST_RESERVED &&
	       (d = domain_lookup_from((xen_domid_t)from)) != NULL) {
		from = d->id + 1U;
		domain_info_get(d, &info);
		domain_put(d);
		rc = copy_to_guest_index(gptr(l->buffer), n, &info);
		n++;
		cpu_irq_window();
	}
	l->num_domains = n;
	return rc;
}

static const struct {
	sysctl_fn fn;
	unsigned int flags; /* SYSCTL_* */
} sysctl_ops[] = {
#define SYSCTL(name, flags) [XEN_SYSCTL_##name] = {sysctl_##name, flags},
#include "core/sysctl.def"
};

long do_sysctl(gptr_t arg)
{
	struct xen_sysctl op;
	unsigned int flags;
	long rc;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return -EFAULT;
	}
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION) {
		return -EACCES;
	}
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (op.cmd >= ARRAY_SIZE(sysctl_ops) || !sysctl_ops[op.cmd].fn) {
		return -ENOSYS;
	}
	op.cmd = (uint32_t)index_nospec(op.cmd, ARRAY_SIZE(sysctl_ops));
	flags = sysctl_ops[op.cmd].flags;
	rc = -ERESTART;
	if (toolstack_begin()) {
		rc = sysctl_ops[op.cmd].fn(&op);
		toolstack_end();
	}
	if (rc == -ERESTART) {
		return hypercall_continue(__HYPERVISOR_sysctl, 1, arg.addr, 0, 0, 0);
	}
	if ((flags & SYSCTL_OUT_ALWAYS || (!rc && flags & SYSCTL_OUT)) &&
	    copy_to_guest(arg, &op, sizeof(op))) {
		rc = -EFAULT;
	}
	return rc;
}
