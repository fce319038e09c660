/* SPDX-License-Identifier: MIT */
/*
 * What happens on an exception or interrupt: of the guest (table below), or
 * of the hypervisor itself (fixups, interrupt windows, else the end).
 */
#include "arch/x86/traps.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "core/domain.h"
#include "core/idle.h"
#include "debug/panic.h"
#include "lib/bug.h"
#include "lib/guest_copy.h"
#include "pv/pv.h"
#include "xen/mmu.h"

#include <asm/layout.h>
#include <asm/guest_access.h>
#include <asm/pvcpu.h>

#include "arch/x86/interrupts.h"

#define FIRST_INTERRUPT 32
#define VECTOR_INT80 0x80

/* (entry.S) */
void trap_from_guest(struct cpu_user_regs *regs);
void trap_in_hypervisor(struct cpu_user_regs *regs);
void exit_work(struct cpu_user_regs *regs);
bool vcpu_is_idle_asm(struct vcpu *v);

struct ex_range {
	uint64_t start, end, fixup;
};
extern const struct ex_range __ex_table_start[], __ex_table_end[];

struct cpu_user_regs *guest_regs(void)
{
	return &cpu_info()->regs;
}

bool vcpu_is_idle_asm(struct vcpu *v)
{
	(void)v;
	return vcpu_is_idle(current);
}

void exit_work(struct cpu_user_regs *regs)
{
	(void)regs;
	cpu_do_work();
	if (vcpu_is_idle(current)) {
		arch_run_current();
	}
}

static void bounce_same(struct cpu_user_regs *regs)
{
	pv_bounce_trap(regs, regs->entry_vector, regs->error_code);
}

static void guest_debug(struct cpu_user_regs *regs)
{
	uint64_t dr6 = read_dr6();

	write_dr6(0xffff0ff0);
	current->pv.dr[6] |= dr6 & 0xe00f;
	pv_bounce_trap(regs, TRAP_DB, 0);
}

static void guest_nmi(struct cpu_user_regs *regs)
{
	nmi_handle(regs);
}

static void guest_invalid_opcode(struct cpu_user_regs *regs)
{
	if (!pv_emulate_forced(regs)) {
		pv_bounce_trap(regs, TRAP_UD, 0);
	}
}

static void guest_no_fpu(struct cpu_user_regs *regs)
{
	/* State is switched eagerly: TS is only ever set for the guest. */
	if (current->pv.ts) {
		current->pv.ts = 0;
		clts();
	}
	pv_bounce_trap(regs, TRAP_NM, 0);
}

/*
 * int n through a gate that ring 3 may not use.  The instruction, not the
 * error code, tells n: QEMU 7.2 computes the latter wrongly in long mode.
 */
static bool guest_software_interrupt(struct cpu_user_regs *regs)
{
	uint8_t insn[2];
	struct pv_trap t;

	if (!(regs->error_code & 2) || (regs->error_code & 1) ||
	    copy_from_guest(insn, gptr(regs->rip), sizeof(insn)) || insn[0] != 0xcd) {
		return false;
	}
	t = pv_get_trap(current, insn[1]);
	if (!t.addr || t.dpl < (guest_kernel_mode(current) ? 1 : 3)) {
		regs->error_code = insn[1] * 8U + 2;
		return false;
	}
	regs->rip += 2;
	pv_bounce_trap(regs, insn[1], 0);
	return true;
}

static void guest_protection_fault(struct cpu_user_regs *regs)
{
	if (regs->error_code & 2) {
		if (guest_software_interrupt(regs)) {
			return;
		}
	} else if (regs->error_code == 0 && pv_emulate_privileged(regs)) {
		return;
	}
	pv_bounce_trap(regs, TRAP_GP, regs->error_code);
}

/* The guest's LDT is mapped when first used: the processor faults on it. */
static bool ldt_fault(uint64_t va)
{
	uint64_t ldt = LDT_VIRT(current->id);

	return va >= ldt && va < ldt + 0x10000 && pv_handle_ldt_fault(va - ldt);
}

/* A fault that may be ours: the guest's LDT, or a store to one of its page tables. */
static __attribute__((noinline)) bool fault_is_handled(struct cpu_user_regs *regs, uint64_t va)
{
	uint32_t err = regs->error_code;

	if (!guest_start_ok(gptr(va))) {
		return !(err & (PFEC_USER | PFEC_PRESENT)) && ldt_fault(va);
	}
	return !(err & PFEC_RESERVED) && guest_kernel_mode(current) &&
	       (current->domain->pv.vm_assist & (1UL << VMASST_TYPE_writable_pagetables)) &&
	       ptwr_handle_fault(va, regs);
}

static void guest_page_fault(struct cpu_user_regs *regs)
{
	const uint32_t store = PFEC_PRESENT | PFEC_WRITE;
	uint64_t va = read_cr2();

	if (unlikely((regs->error_code & store) == store || !guest_start_ok(gptr(va))) &&
	    fault_is_handled(regs, va)) {
		return;
	}
	pv_bounce_page_fault(regs, va, regs->error_code);
}

static void guest_machine_check(struct cpu_user_regs *regs)
{
	panic_regs(regs, "machine check while a guest ran");
}

static void guest_double_fault(struct cpu_user_regs *regs)
{
	panic_regs(regs, "double fault from guest mode");
}

static void (*const guest_trap[32])(struct cpu_user_regs *regs) = {
	[0] = bounce_same,
	[TRAP_DB] = guest_debug,
	[TRAP_NMI] = guest_nmi,
	[TRAP_BP] = bounce_same,
	[TRAP_OF] = bounce_same,
	[5] = bounce_same,
	[TRAP_UD] = guest_invalid_opcode,
	[TRAP_NM] = guest_no_fpu,
	[TRAP_DF] = guest_double_fault,
	[9] = bounce_same,
	[TRAP_TS] = bounce_same,
	[TRAP_NP] = bounce_same,
	[TRAP_SS] = bounce_same,
	[TRAP_GP] = guest_protection_fault,
	[TRAP_PF] = guest_page_fault,
	[TRAP_MF] = bounce_same,
	[TRAP_AC] = bounce_same,
	[TRAP_MC] = guest_machine_check,
	[TRAP_XM] = bounce_same,
	[TRAP_CP] = bounce_same,
};

static void (*const guest_entry[])(struct cpu_user_regs *regs) = {
	[ENTRY_SYSCALL - ENTRY_SYSCALL] = pv_syscall_from_user,
	[ENTRY_SYSCALL32 - ENTRY_SYSCALL] = pv_syscall32_from_user,
	[ENTRY_SYSENTER - ENTRY_SYSCALL] = pv_sysenter_from_user,
	[ENTRY_FAILSAFE - ENTRY_SYSCALL] = pv_failsafe,
	[ENTRY_STACK_FAULT - ENTRY_SYSCALL] = pv_guest_stack_fault,
};

void trap_from_guest(struct cpu_user_regs *regs)
{
	unsigned int vector = regs->entry_vector;

	if (likely(vector == TRAP_PF)) {
		guest_page_fault(regs);
	} else if (vector >= ENTRY_SYSCALL) {
		guest_entry[vector - ENTRY_SYSCALL](regs);
	} else if (vector == VECTOR_INT80) {
		pv_bounce_trap(regs, vector, 0);
	} else if (vector >= FIRST_INTERRUPT) {
		interrupt_dispatch(vector);
	} else if (guest_trap[vector]) {
		guest_trap[vector](regs);
	} else {
		panic_regs(regs, "exception %u, which this processor should not raise", vector);
	}
}

/* Continues at the fixup of the faulting instruction, if it has one. */
static bool fixup(struct cpu_user_regs *regs)
{
	const struct ex_range *r;

	for (r = __ex_table_start; r < __ex_table_end; r++) {
		if (regs->rip >= r->start && regs->rip < r->end) {
			regs->rip = r->fixup;
			return true;
		}
	}
	return false;
}

void trap_in_hypervisor(struct cpu_user_regs *regs)
{
	unsigned int vector = regs->entry_vector;

	switch (vector) {
	case TRAP_DB:
		/* A guest's breakpoint met on its data, or a pending MOV SS trap. */
		current->pv.dr[6] |= read_dr6() & 0xf;
		write_dr6(0xffff0ff0);
		return;
	case TRAP_NMI:
		nmi_handle(regs);
		return;
	case TRAP_PF:
		if (!(regs->error_code & PFEC_PRESENT) && ldt_fault(read_cr2())) {
			return;
		}
		break;
	default:
		break;
	}
	if (vector >= FIRST_INTERRUPT) {
		interrupt_dispatch(vector);
		return;
	}
	if (fixup(regs)) {
		return;
	}
	if (vector == TRAP_PF) {
		panic_regs(regs, "page fault in the hypervisor: address %lx error %x", read_cr2(),
			   regs->error_code);
	}
	panic_regs(regs, "exception %u in the hypervisor: error %x", vector, regs->error_code);
}
