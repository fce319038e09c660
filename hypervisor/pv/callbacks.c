/* SPDX-License-Identifier: MIT */
/* Registering handlers: trap table, callbacks, NMI. */
#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/page.h"
#include "pv/pv.h"
#include "xen/callback.h"

#include <asm/pvcpu.h>

int pv_set_trap(struct vcpu *v, const struct trap_info *t)
{
	unsigned int count = v->pv.trap_count;
	struct pv_trap *longer;

	if (t->vector >= count) {
		if (!t->address) {
			return 0;
		}
		longer = hv_alloc((t->vector + 1U) * sizeof(*longer));
		if (!longer) {
			return -ENOMEM;
		}
		memcpy(longer, v->pv.traps, count * sizeof(*longer));
		hv_free(v->pv.traps);
		v->pv.traps = longer;
		v->pv.trap_count = t->vector + 1U;
	}
	v->pv.traps[t->vector] = (struct pv_trap){
		.addr = t->address,
		.cs = t->cs,
		.dpl = TI_GET_DPL(t),
		.mask = TI_GET_IF(t),
	};
	return 0;
}

long do_set_trap_table(gptr_t traps)
{
	struct vcpu *v = current;
	struct trap_info t;
	unsigned int i;

	if (gptr_is_null(traps)) {
		memset(v->pv.traps, 0, v->pv.trap_count * sizeof(*v->pv.traps));
		return 0;
	}
	/* A vector may come twice; 257 entries cover all and the end mark. */
	for (i = 0; i <= 256; i++) {
		if (copy_from_guest_index(&t, traps, i)) {
			return -EFAULT;
		}
		if (t.address == 0) {
			return 0;
		}
		if (!is_canonical(t.address)) {
			return -EINVAL;
		}
		if (pv_set_trap(v, &t)) {
			return -ENOMEM;
		}
	}
	return -EINVAL;
}

/* Slot + 1 for a CALLBACKTYPE_*; 0: not offered. */
static const uint8_t callback_slot[] = {
	[CALLBACKTYPE_event] = PVCB_EVENT + 1,       [CALLBACKTYPE_failsafe] = PVCB_FAILSAFE + 1,
	[CALLBACKTYPE_syscall] = PVCB_SYSCALL + 1,   [CALLBACKTYPE_nmi] = PVCB_NMI + 1,
	[CALLBACKTYPE_sysenter] = PVCB_SYSENTER + 1, [CALLBACKTYPE_syscall32] = PVCB_SYSCALL32 + 1,
};

static int slot_of(unsigned int type)
{
	if (type >= ARRAY_SIZE(callback_slot) || !callback_slot[type]) {
		return -ENOSYS;
	}
	return callback_slot[type] - 1;
}

static long register_callback(gptr_t arg)
{
	struct callback_register r;
	int slot;

	if (copy_from_guest(&r, arg, sizeof(r))) {
		return -EFAULT;
	}
	slot = slot_of(r.type);
	if (slot < 0) {
		return slot;
	}
	if (!is_canonical(r.address)) {
		return -EINVAL;
	}
	current->pv.callback[slot] = (struct pv_callback){
		.addr = r.address,
		.mask = slot == PVCB_EVENT || (r.flags & CALLBACKF_mask_events),
	};
	return 0;
}

static long unregister_callback(gptr_t arg)
{
	struct callback_unregister u;
	int slot;

	if (copy_from_guest(&u, arg, sizeof(u))) {
		return -EFAULT;
	}
	slot = slot_of(u.type);
	if (slot < 0) {
		return slot;
	}
	if (slot != PVCB_NMI) {
		return -EINVAL;
	}
	current->pv.callback[slot] = (struct pv_callback){0};
	return 0;
}

long do_callback_op(uint32_t cmd, gptr_t arg)
{
	switch (cmd) {
	case CALLBACKOP_register:
		return register_callback(arg);
	case CALLBACKOP_unregister:
		return unregister_callback(arg);
	default:
		return -ENOSYS;
	}
}

long do_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall)
{
	struct pv_callback *cb = current->pv.callback;

	if (!is_canonical(event) || !is_canonical(failsafe) || !is_canonical(syscall)) {
		return -EINVAL;
	}
	cb[PVCB_EVENT] = (struct pv_callback){.addr = event, .mask = true};
	cb[PVCB_FAILSAFE].addr = failsafe;
	cb[PVCB_SYSCALL].addr = syscall;
	return 0;
}

#define NMIOP_register 0
#define NMIOP_unregister 1

long do_nmi_op(uint32_t cmd, gptr_t arg)
{
	struct {
		uint64_t handler;
		uint64_t pad;
	} n;

	switch (cmd) {
	case NMIOP_register:
		if (copy_from_guest(&n, arg, sizeof(n))) {
			return -EFAULT;
		}
		if (!is_canonical(n.handler)) {
			return -EINVAL;
		}
		current->pv.callback[PVCB_NMI].addr = n.handler;
		return 0;
	case NMIOP_unregister:
		current->pv.callback[PVCB_NMI] = (struct pv_callback){0};
		return 0;
	default:
		return -ENOSYS;
	}
}
