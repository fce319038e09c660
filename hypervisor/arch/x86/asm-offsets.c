/* SPDX-License-Identifier: MIT */
/*
 * Structure offsets for the assembly paths.  Compiled to assembly only; the
 * build turns the "->NAME value" lines into asm-offsets.h.
 */
#include <asm/percpu.h>

#include "core/domain.h"
#include "lib/types.h"

#undef current

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i"(value))
#define OFFSET(name, type, member) DEFINE(name, offsetof(type, member))

void asm_offsets(void);

void asm_offsets(void)
{
	OFFSET(REGS_RAX, struct cpu_user_regs, rax);
	OFFSET(REGS_RDX, struct cpu_user_regs, rdx);
	OFFSET(REGS_RSI, struct cpu_user_regs, rsi);
	OFFSET(REGS_RDI, struct cpu_user_regs, rdi);
	OFFSET(REGS_R8, struct cpu_user_regs, r8);
	OFFSET(REGS_R9, struct cpu_user_regs, r9);
	OFFSET(REGS_R10, struct cpu_user_regs, r10);
	OFFSET(REGS_VECTOR, struct cpu_user_regs, entry_vector);
	OFFSET(REGS_RIP, struct cpu_user_regs, rip);
	OFFSET(REGS_CS, struct cpu_user_regs, cs);
	OFFSET(REGS_RFLAGS, struct cpu_user_regs, rflags);
	OFFSET(REGS_RSP, struct cpu_user_regs, rsp);
	OFFSET(REGS_ES, struct cpu_user_regs, es);

	DEFINE(CI_SIZE, sizeof(struct cpu_info));
	OFFSET(CI_CURRENT, struct cpu_info, vcpu);
	OFFSET(CI_XEN_CR3, struct cpu_info, xen_cr3);
	OFFSET(CI_SPEC_FLAGS, struct cpu_info, spec_flags);
	OFFSET(CI_SPEC_HV, struct cpu_info, spec_hv);
	OFFSET(CI_SPEC_GUEST, struct cpu_info, spec_guest);
	OFFSET(CI_WORK, struct cpu_info, work);
	OFFSET(CI_FULL_FRAME, struct cpu_info, full_frame);

	OFFSET(VCPU_INFO, struct vcpu, info);
	OFFSET(VCPU_KERNEL_MODE, struct vcpu, pv.kernel_mode);
	OFFSET(VCPU_KERNEL_SP, struct vcpu, pv.kernel_sp);
	OFFSET(VCPU_CR3_KERNEL, struct vcpu, pv.cr3_kernel);
	OFFSET(VCPU_ROOT_KERNEL, struct vcpu, pv.root_kernel);
	OFFSET(VCPU_ROOT_USER, struct vcpu, pv.root_user);
	OFFSET(VCPU_CR3_USER, struct vcpu, pv.cr3_user);
	OFFSET(VCPU_SYSCALL_CB, struct vcpu, pv.callback[PVCB_SYSCALL].addr);
	OFFSET(VCPU_SYSCALL_MASK, struct vcpu, pv.callback[PVCB_SYSCALL].mask);
	DEFINE(MAX_CPUS_ASM, MAX_CPUS);
}
