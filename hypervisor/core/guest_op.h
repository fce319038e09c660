/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls with sub-operations on one structure: a table says what each
 * takes; copying in, permission, the domain meant and copying back are here.
 */
#ifndef ARGON_CORE_GUEST_OP_H
#define ARGON_CORE_GUEST_OP_H

#include "core/domain.h"
#include "lib/errno.h"

/* One call. */
struct guest_op {
	uint32_t cmd;
	gptr_t at;        /* the guest's structure */
	void *arg;        /* the copy of it */
	struct domain *d; /* the domain it names, with a reference; else the caller's */
	struct vcpu *v;   /* vcpu_op: whom it is about */
	uint64_t start;   /* memory_op: extents that earlier parts of the call did */
};

struct guest_op_entry {
	long (*fn)(struct guest_op *o); /* 0 or a number, negative errno */
	uint8_t size;                   /* of the structure; 0: fn does the copying */
	uint8_t domid;                  /* 1 + where it names a domain; 0: it does not */
	uint8_t flags;
};
#define OP_OUT (1U << 0)        /* the structure goes back when fn returns 0 */
#define OP_PRIVILEGED (1U << 1) /* for dom0 only */
#define OP_EVENT_LOCK (1U << 2) /* under the event lock of the domain meant */

#define GUEST_OP_PLAIN(fn)  \
	{                   \
		fn, 0, 0, 0 \
	}
#define GUEST_OP(fn, type, flags)                 \
	{                                         \
		fn, sizeof(struct type), 0, flags \
	}
#define GUEST_OP_ON(fn, type, domid, flags)                                      \
	{                                                                        \
		fn, sizeof(struct type), 1 + offsetof(struct type, domid), flags \
	}

/* o with cmd and at filled in.  -ENOSYS, -EPERM, -EFAULT, -ESRCH, or what fn returns. */
long guest_op_call(const struct guest_op_entry *table, unsigned int count, struct guest_op *o);

/*
 * The domain that the current one names, with a reference: its own, or any
 * other if it is privileged.  -EPERM, -ESRCH.
 */
int domain_subject(xen_domid_t id, struct domain **d);

#endif
