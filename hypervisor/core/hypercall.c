/* SPDX-License-Identifier: MIT */
/* The hypercall table, multicalls, preemption and continuation. */
#include "core/hypercall.h"

#include <asm/guest_access.h>

#include "arch/context.h"
#include "arch/cpu.h"
#include "core/domain.h"
#include "lib/guest_copy.h"
#include "xen/arch.h"
#include "xen/hypercall.h"

static long no_such_hypercall(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			      uint64_t f)
{
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	(void)e;
	(void)f;
	return -ENOSYS;
}

/* Empty slots first, so that the entry code needs no second check. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#define HYPERCALL(nr, name, ...) [nr] = (hypercall_fn)(void (*)(void))do_##name,
const hypercall_fn hypercall_table[HYPERCALL_SLOTS] = {
	[0 ... HYPERCALL_SLOTS - 1] = no_such_hypercall,
#include "core/hypercalls.def"
};
#pragma GCC diagnostic pop

#undef HYPERCALL
#define HYPERCALL(nr, name, ...) [nr] = #name,
const char *const hypercall_names[HYPERCALL_SLOTS] = {
#include "core/hypercalls.def"
};

/* The multicall this CPU is in the middle of. */
struct multicall_state {
	struct multicall_entry *entry; /* NULL: none */
	bool preempted;                /* the entry asked to be continued */
};
static DEFINE_PER_CPU(struct multicall_state, multicall);

bool preempt_needed(void)
{
	cpu_irq_window();
	return cpu_work_pending();
}

long hypercall_continue(unsigned int number, unsigned int nargs, uint64_t a1, uint64_t a2,
			uint64_t a3, uint64_t a4)
{
	const uint64_t args[4] = {a1, a2, a3, a4};
	struct multicall_state *m = &this_cpu(multicall);
	unsigned int i;

	if (m->entry) {
		for (i = 0; i < nargs; i++) {
			m->entry->args[i] = args[i];
		}
		m->entry->op = number;
		m->preempted = true;
	} else {
		arch_hypercall_rewind(number, nargs, args);
	}
	return (long)number;
}

static long call(const struct multicall_entry *e)
{
	if (e->op >= HYPERCALL_SLOTS) {
		return -ENOSYS;
	}
	return hypercall_table[e->op](e->args[0], e->args[1], e->args[2], e->args[3], e->args[4],
				      e->args[5]);
}

#define PREEMPT_MASK 7 /* look after every eighth entry */

long do_multicall(gptr_t list, uint32_t count)
{
	struct multicall_state *m = &this_cpu(multicall);
	struct multicall_entry e;
	long result;
	uint32_t i;

	if (m->entry) {
		return -EINVAL;
	}
	if (!guest_range_ok(list, (uint64_t)count * sizeof(e))) {
		return -EFAULT;
	}
	for (i = 0; i < count; i++) {
		gptr_t at = gptr_add(list, i * sizeof(e));

		if (i && !(i & PREEMPT_MASK) && preempt_needed()) {
			return hypercall_continue(__HYPERVISOR_multicall, 2, at.addr, count - i, 0,
						  0);
		}
		if (get_guest_words(&e, at, sizeof(e) / 8)) {
			return -EFAULT;
		}
		if (e.op == __HYPERVISOR_iret) {
			/* Leaves guest kernel mode: nothing may follow. */
			return do_iret();
		}
		m->entry = &e;
		m->preempted = false;
		result = call(&e);
		m->entry = NULL;
		if (m->preempted) {
			if (copy_to_guest(at, &e, sizeof(e))) {
				return -EFAULT;
			}
			return hypercall_continue(__HYPERVISOR_multicall, 2, at.addr, count - i, 0,
						  0);
		}
		if (put_guest_u64(gptr_add(at, offsetof(struct multicall_entry, result)),
				  (uint64_t)result)) {
			return -EFAULT;
		}
		if (unlikely(current->domain->is_shutting_down)) {
			return 0;
		}
	}
	return 0;
}
