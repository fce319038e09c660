/* SPDX-License-Identifier: MIT */
/*
 * What the rooms of pv/ offer each other and the entry code: delivering traps
 * and callbacks to the guest kernel, switching between guest kernel and guest
 * user, emulating what a ring-3 kernel cannot do itself.  All of it works on
 * the current vCPU.
 */
#ifndef ARGON_PV_PV_H
#define ARGON_PV_PV_H

#include "core/domain.h"
#include "lib/types.h"
#include "xen/arch.h"

#define TRAP_DB 1
#define TRAP_NMI 2
#define TRAP_BP 3
#define TRAP_OF 4
#define TRAP_UD 6
#define TRAP_NM 7
#define TRAP_DF 8
#define TRAP_TS 10
#define TRAP_NP 11
#define TRAP_SS 12
#define TRAP_GP 13
#define TRAP_PF 14
#define TRAP_MF 16
#define TRAP_AC 17
#define TRAP_MC 18
#define TRAP_XM 19
#define TRAP_CP 21

#define PFEC_PRESENT 1U
#define PFEC_WRITE 2U
#define PFEC_USER 4U
#define PFEC_RESERVED 8U

static inline bool guest_kernel_mode(const struct vcpu *v)
{
	return v->pv.kernel_mode;
}

/* A vCPU's trap table has room for exceptions, for more as soon as they are set: -ENOMEM. */
#define EXCEPTIONS 32
int pv_set_trap(struct vcpu *v, const struct trap_info *t);

static inline struct pv_trap pv_get_trap(const struct vcpu *v, unsigned int vector)
{
	return vector < v->pv.trap_count ? v->pv.traps[vector] : (struct pv_trap){0};
}

/*
 * Makes the guest continue in its handler for the vector, with the frame
 * RCX R11 [error] RIP CS RFLAGS RSP SS on its kernel stack.  Crashes the domain
 * if it has no handler or no stack.
 */
void pv_bounce_trap(struct cpu_user_regs *regs, unsigned int vector, uint32_t error);
void pv_bounce_page_fault(struct cpu_user_regs *regs, uint64_t addr, uint32_t error);

/* sp if a bounce frame below it stays out of the hypervisor's hole, else 0. */
uint64_t pv_sane_kernel_sp(uint64_t sp);

/* Called by entry.S with the guest's frame. */
void pv_syscall_from_user(struct cpu_user_regs *regs);
void pv_syscall32_from_user(struct cpu_user_regs *regs);
void pv_sysenter_from_user(struct cpu_user_regs *regs);
void pv_deliver_event(struct cpu_user_regs *regs);
void pv_failsafe(struct cpu_user_regs *regs);
void pv_guest_stack_fault(struct cpu_user_regs *regs);

/*
 * #GP and #UD of the guest: true if the instruction was emulated or its own
 * trap raised; false: deliver the original exception.
 */
bool pv_emulate_privileged(struct cpu_user_regs *regs);
bool pv_emulate_forced(struct cpu_user_regs *regs);

/* Port I/O of the current domain; size 1, 2 or 4. */
uint32_t pv_io_read(uint16_t port, unsigned int size);
void pv_io_write(uint16_t port, unsigned int size, uint32_t val);

/* MSRs as the current guest sees them: false raises #GP. */
bool pv_msr_read(uint32_t msr, uint64_t *val);
bool pv_msr_write(uint32_t msr, uint64_t val);

/* Guest-visible control registers. */
uint64_t pv_read_cr(unsigned int n, bool *ok);
bool pv_write_cr(unsigned int n, uint64_t val);

/* Of a CR4 value the bits a vCPU of d may choose and the machine has. */
uint32_t pv_sane_cr4(const struct domain *d, uint64_t cr4);
/* Loads the CR4 bits v's guest chose. */
void pv_load_cr4(struct vcpu *v);

/* Debug registers; 0 or -errno as the hypercall answers. */
int pv_set_debugreg(struct vcpu *v, unsigned int n, uint64_t val);
/* Loads DR0..7 of the vCPU into the processor. */
void pv_load_debug_registers(struct vcpu *v);

/* Other files of pv/: descriptors.c, ptwr.c */
bool ptwr_handle_fault(uint64_t va, struct cpu_user_regs *regs);
bool pv_handle_ldt_fault(uint64_t offset);

#endif
