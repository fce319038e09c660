/* SPDX-License-Identifier: MIT */
/*
 * How a hypercall is entered, preempted and continued.  The calls
 * themselves are declared once, in core/hypercalls.def.
 */
#ifndef ARGON_CORE_HYPERCALL_H
#define ARGON_CORE_HYPERCALL_H

#include "lib/errno.h"
#include "lib/types.h"

/* Handlers take up to six register-sized arguments. */
typedef long (*hypercall_fn)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

#define HYPERCALL_SLOTS 64 /* numbers 0..63; empty ones answer -ENOSYS */
extern const hypercall_fn hypercall_table[HYPERCALL_SLOTS];
extern const char *const hypercall_names[HYPERCALL_SLOTS];

/*
 * True if something waits for this CPU (timer, reschedule, interrupt): opens
 * a short interrupt window, so call it only where no lock is held.
 */
bool preempt_needed(void);

/*
 * Makes the current hypercall restart with these arguments when the guest
 * next runs: rewinds the guest onto its SYSCALL instruction, or rewrites the
 * current multicall entry.  The handler returns this function's value.
 */
long hypercall_continue(unsigned int number, unsigned int nargs, uint64_t a1, uint64_t a2,
			uint64_t a3, uint64_t a4);

/* Prototypes of all handlers. */
#define HYPERCALL(nr, name, ...) long do_##name(__VA_ARGS__);
#include "core/hypercalls.def"
#undef HYPERCALL

#endif
