/* SPDX-License-Identifier: MIT */
/* Where the entry code hands interrupts over. */
#ifndef ARGON_X86_INTERRUPTS_H
#define ARGON_X86_INTERRUPTS_H

struct cpu_user_regs;

/* An interrupt with vector >= 32 was taken: serves and acknowledges it. */
void interrupt_dispatch(unsigned int vector);
/* A non-maskable interrupt; regs is whatever it interrupted. */
void nmi_handle(const struct cpu_user_regs *regs);
/* Those that were not for stopping the machine; a debug key shows them. */
extern unsigned int nmi_count;

#endif
