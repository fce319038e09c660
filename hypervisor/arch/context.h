/* SPDX-License-Identifier: MIT */
/* A vCPU's machine state: created, switched, copied in and out. */
#ifndef ARGON_ARCH_CONTEXT_H
#define ARGON_ARCH_CONTEXT_H

#include "lib/types.h"

struct vcpu;
struct domain;
struct vcpu_guest_context;
struct cpu_user_regs;

/* PV and FPU state of a new vCPU / domain; 0 or -ENOMEM. */
int arch_domain_init(struct domain *d);
void arch_domain_free(struct domain *d);
int arch_vcpu_init(struct vcpu *v);
void arch_vcpu_free(struct vcpu *v);
/*
 * Drops what the vCPUs of a dying domain hold on page tables and descriptor
 * frames; 0 or -ERESTART.
 */
int arch_domain_relinquish(struct domain *d);

/*
 * Saves prev's state from this CPU (frame on the stack, segments, FPU) and
 * loads next's.  Called from the schedule softirq on the way to the guest;
 * when it returns, the exit path resumes next.
 */
void arch_context_switch(struct vcpu *prev, struct vcpu *next);

/*
 * Loads CR3 and what hangs on it after guest_table or guest_table_user of the
 * current vCPU changed (their frames are typed and referenced already).
 */
void arch_load_roots(struct vcpu *v);

/* Reloads LDTR of the current vCPU after pv.ldt_base or ldt_ents changed. */
void arch_load_ldt(struct vcpu *v);

/*
 * copy_to_guest through the kernel page tables of the current vCPU, whichever
 * mode it is in: for writes outside hypercalls.  0 or -EFAULT.
 */
int copy_to_guest_kernel(gptr_t dst, const void *src, size_t bytes);

/* Leaves the current stack behind and runs current: idle loop or guest. */
void arch_run_current(void) __attribute__((noreturn));

/* Current guest's saved frame on this CPU's stack. */
struct cpu_user_regs *guest_regs(void);

/* Makes guest_regs() raise an exception in the guest when it next runs. */
void guest_inject_trap(unsigned int vector, uint32_t error_code);
void guest_inject_page_fault(uint64_t addr, uint32_t error_code);

/* Continuation mechanics under hypercall_continue: rewinds guest_regs(). */
void arch_hypercall_rewind(unsigned int number, unsigned int nargs, const uint64_t *args);

#endif
