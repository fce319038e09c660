/* SPDX-License-Identifier: MIT */
/* Calling a sub-operation (see the header). */
#include "core/guest_op.h"

#include "arch/cpu.h"
#include "core/evtchn.h"
#include "lib/guest_copy.h"

int domain_subject(xen_domid_t id, struct domain **d)
{
	struct domain *found = domain_lookup_any(id);

	if (!found) {
		return -ESRCH;
	}
	if (found != current->domain && !current->domain->is_privileged) {
		domain_put(found);
		return -EPERM;
	}
	*d = found;
	return 0;
}

static long call_on(const struct guest_op_entry *e, struct guest_op *o)
{
	long rc;

	if (!(e->flags & OP_EVENT_LOCK)) {
		return e->fn(o);
	}
	spin_lock(&o->d->evtchn->lock);
	rc = e->fn(o);
	spin_unlock(&o->d->evtchn->lock);
	return rc;
}

long guest_op_call(const struct guest_op_entry *table, unsigned int count, struct guest_op *o)
{
	const struct guest_op_entry *e = &table[o->cmd];
	uint64_t copy[DIV_ROUND_UP(UINT8_MAX, 8)];
	long rc;

	if (o->cmd >= count || !e->fn) {
		return -ENOSYS;
	}
	if (e->flags & OP_PRIVILEGED && !current->domain->is_privileged) {
		return -EPERM;
	}
	if (e->size && copy_from_guest(copy, o->at, e->size)) {
		return -EFAULT;
	}
	o->arg = copy;
	o->d = current->domain;
	if (e->domid) {
		rc = domain_subject(*(xen_domid_t *)((char *)copy + e->domid - 1), &o->d);
		if (rc) {
			return rc;
		}
	}
	rc = call_on(e, o);
	if (e->domid) {
		domain_put(o->d);
	}
	if (!rc && e->flags & OP_OUT && copy_to_guest(o->at, copy, e->size)) {
		rc = -EFAULT;
	}
	return rc;
}
