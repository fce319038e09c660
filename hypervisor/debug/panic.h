/* SPDX-License-Identifier: MIT */
/* Fatal errors; panic() itself is declared in lib/bug.h. */
#ifndef ARGON_DEBUG_PANIC_H
#define ARGON_DEBUG_PANIC_H

#include "lib/bug.h"
#include "lib/types.h"

struct cpu_user_regs;

/* As panic, with the registers at the fault instead of the caller's. */
void panic_regs(const struct cpu_user_regs *regs, const char *fmt, ...) __printf(2, 3)
	__attribute__((noreturn));
/* Registers of whoever they are, with symbols where they are ours. */
void regs_print(const struct cpu_user_regs *regs);
/* A vCPU's registers and mode; from the stack if it runs on this CPU. */
struct vcpu;
void guest_state_print(struct vcpu *v);
/* Calls from rbp on; rsp..stack top is searched when frame pointers fail. */
void backtrace_print(uint64_t rip, uint64_t rbp, uint64_t rsp);

#endif
