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

#define PREEMPT_MASK 7 /* look after every eighth entry */
#define MULTICALL_IRET (-4096L)

/*
 * Works through entries until one asks for a pause.  0: all done, or nothing
 * more may follow; how many are left; MULTICALL_IRET; -errno.
 */
static inline long entries_run(struct multicall_state *m, gptr_t *at, uint32_t count)
{
	const struct domain *d = current->domain;
	struct multicall_entry *e = m->entry;

	for (; count; *at = gptr_add(*at, sizeof(*e))) {
		long result = -ENOSYS;

		if (get_guest_words(e, *at, sizeof(*e) / 8)) {
			return -EFAULT;
		}
		if (e->op == __HYPERVISOR_iret) {
			return MULTICALL_IRET;
		}
		if (likely(e->op < HYPERCALL_SLOTS)) {
			result = hypercall_table[e->op & (HYPERCALL_SLOTS - 1)](e->args[0],
										e->args[1],
										e->args[2],
										e->args[3],
										e->args[4],
										e->args[5]);
		}
		if (unlikely(m->preempted)) {
			return copy_to_guest(*at, e, sizeof(*e)) ?: (long)count;
		}
		if (put_guest_u64(gptr_add(*at, offsetof(struct multicall_entry, result)),
				  (uint64_t)result)) {
			return -EFAULT;
		}
		if (unlikely(d->is_shutting_down)) {
			return 0;
		}
		if (!(--count & PREEMPT_MASK) && count && preempt_needed()) {
			*at = gptr_add(*at, sizeof(*e));
			return count;
		}
	}
	return 0;
}

long do_multicall(gptr_t list, uint32_t count)
{
	struct multicall_state *m = &this_cpu(multicall);
	struct multicall_entry e;
	long left;

	if (m->entry) {
		return -EINVAL;
	}
	if (!guest_range_ok(list, (uint64_t)count * sizeof(e))) {
		return -EFAULT;
	}
	*m = (struct multicall_state){.entry = &e};
	left = entries_run(m, &list, count);
	m->entry = NULL;
	if (left == MULTICALL_IRET) {
		return do_iret(); /* leaves guest kernel mode: nothing may follow */
	}
	return left <= 0 ? left
			 : hypercall_continue(__HYPERVISOR_multicall, 2, list.addr, (uint64_t)left,
					      0, 0);
}
