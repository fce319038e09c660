/* SPDX-License-Identifier: MIT */
/*
 * Delivery: exceptions, system calls, events and the failsafe callback reach
 * the guest kernel as a frame on its stack and a jump to its handler.
 */
#include "arch/context.h"
#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/bug.h"
#include "lib/guest_copy.h"
#include "pv/pv.h"

#include <asm/pvcpu.h>
#include <asm/segment.h>
#include <asm/guest_access.h>
#include <asm/layout.h>

/* Flags a handler starts without. */
#define CLEARED_FLAGS (FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM | FLAG_AC)

/* RCX R11 [DS ES FS GS] [error] RIP CS RFLAGS RSP SS */
enum frame_kind { FRAME_PLAIN, FRAME_ERROR, FRAME_SELECTORS };

/*
 * Builds the frame on the guest's kernel stack and makes the guest continue
 * at addr.  Inline with constant kinds: this is every fault's path.
 */
static inline __attribute__((always_inline)) void deliver(struct vcpu *v,
							  struct cpu_user_regs *regs,
							  const char *what, uint64_t addr,
							  bool mask, enum frame_kind kind,
							  uint32_t error)
{
	const int bytes = kind == FRAME_PLAIN ? 56 : kind == FRAME_ERROR ? 64 : 88;
	struct vcpu_info *info = v->info;
	uint64_t cs = regs->cs, flags = regs->rflags & ~(FLAG_IF | FLAG_IOPL);
	gptr_t top = gptr(regs->rsp);

	if (unlikely(!addr)) {
		domain_crash(v->domain, "vcpu%u: no handler for %s at rip %lx", v->id, what,
			     regs->rip);
		return;
	}
	if (guest_kernel_mode(v)) {
		cs &= ~3UL;
	} else {
		v->pv.kernel_mode = 1;
		swapgs();
		write_cr3(v->pv.cr3_kernel);
		top.addr = v->pv.kernel_sp;
	}
	if (info->evtchn_upcall_mask) {
		cs |= 1UL << 32;
	} else {
		flags |= FLAG_IF;
	}
	top.addr &= ~15UL;
	/* What begins below the hole faults before it runs into it: the lowest word first. */
	if (unlikely(!guest_start_ok(gptr(top.addr - (uint64_t)bytes)))) {
		goto fault;
	}
	GUEST_STORE(top, -bytes, regs->rcx, fault);
	GUEST_STORE(top, -bytes + 8, regs->r11, fault);
	if (kind == FRAME_SELECTORS) {
		GUEST_STORE(top, -72, (uint64_t)regs->ds, fault);
		GUEST_STORE(top, -64, (uint64_t)regs->es, fault);
		GUEST_STORE(top, -56, (uint64_t)regs->fs, fault);
		GUEST_STORE(top, -48, (uint64_t)regs->gs, fault);
	}
	if (kind == FRAME_ERROR) {
		GUEST_STORE(top, -48, (uint64_t)error, fault);
	}
	GUEST_STORE(top, -40, regs->rip, fault);
	GUEST_STORE(top, -32, cs, fault);
	GUEST_STORE(top, -24, flags, fault);
	GUEST_STORE(top, -16, regs->rsp, fault);
	GUEST_STORE(top, -8, (uint64_t)regs->ss, fault);
	if (mask) {
		info->evtchn_upcall_mask = 1;
	}
	regs->rip = addr;
	regs->cs = SEL_GUEST_CS64;
	regs->ss = SEL_GUEST_DS;
	regs->rsp = top.addr - (uint64_t)bytes;
	regs->rflags = (regs->rflags & ~CLEARED_FLAGS) | FLAG_IF;
	return;

fault:
	domain_crash(v->domain, "vcpu%u: %s: kernel stack %lx not writable, rip %lx", v->id, what,
		     top.addr, regs->rip);
}

static bool vector_has_error(unsigned int vector)
{
	return vector < 32 &&
	       ((1U << vector) &
		((1U << TRAP_DF) | (1U << TRAP_TS) | (1U << TRAP_NP) | (1U << TRAP_SS) |
		 (1U << TRAP_GP) | (1U << TRAP_PF) | (1U << TRAP_AC) | (1U << TRAP_CP)));
}

void pv_bounce_trap(struct cpu_user_regs *regs, unsigned int vector, uint32_t error)
{
	struct vcpu *v = current;
	struct pv_trap t = pv_get_trap(v, vector);

	if (unlikely(!t.addr)) {
		domain_crash(v->domain,
			     "vcpu%u: exception %u (error %x) without a handler, rip %lx rsp %lx",
			     v->id, vector, error, regs->rip, regs->rsp);
	} else if (vector_has_error(vector)) {
		deliver(v, regs, "exception", t.addr, t.mask, FRAME_ERROR, error);
	} else {
		deliver(v, regs, "exception", t.addr, t.mask, FRAME_PLAIN, 0);
	}
}

void pv_bounce_page_fault(struct cpu_user_regs *regs, uint64_t addr, uint32_t error)
{
	struct vcpu *v = current;
	const struct pv_trap *t = &v->pv.traps[TRAP_PF];

	/* All guest code runs in ring 3: the user bit is ours to tell. */
	error |= PFEC_USER;
	if (guest_kernel_mode(v)) {
		error &= ~PFEC_USER;
	}
	v->info->arch.cr2 = addr;
	deliver(v, regs, "page fault", t->addr, t->mask, FRAME_ERROR, error);
}

void guest_inject_trap(unsigned int vector, uint32_t error_code)
{
	pv_bounce_trap(guest_regs(), vector, error_code);
}

void guest_inject_page_fault(uint64_t addr, uint32_t error_code)
{
	pv_bounce_page_fault(guest_regs(), addr, error_code);
}

static void deliver_callback(struct cpu_user_regs *regs, enum pv_callback_slot slot,
			     const char *what)
{
	const struct pv_callback *cb = &current->pv.callback[slot];

	deliver(current, regs, what, cb->addr, cb->mask, FRAME_PLAIN, 0);
}

void pv_syscall_from_user(struct cpu_user_regs *regs)
{
	if (!current->pv.callback[PVCB_SYSCALL].addr) {
		regs->rip -= 2;
		pv_bounce_trap(regs, TRAP_UD, 0);
		return;
	}
	/* The processor left RIP and RFLAGS there; the guest expects the same. */
	regs->rcx = regs->rip;
	regs->r11 = regs->rflags;
	deliver_callback(regs, PVCB_SYSCALL, "syscall");
	regs->rflags &= ~FLAG_DF;
}

void pv_syscall32_from_user(struct cpu_user_regs *regs)
{
	if (guest_kernel_mode(current) || !current->pv.callback[PVCB_SYSCALL32].addr) {
		regs->rip -= 2;
		pv_bounce_trap(regs, TRAP_UD, 0);
		return;
	}
	deliver_callback(regs, PVCB_SYSCALL32, "32-bit syscall");
	regs->rflags &= ~FLAG_DF;
}

void pv_sysenter_from_user(struct cpu_user_regs *regs)
{
	regs->rflags = (regs->rflags & ~(FLAG_TF | FLAG_NT)) | FLAG_IF;
	if (guest_kernel_mode(current) || !current->pv.callback[PVCB_SYSENTER].addr) {
		pv_bounce_trap(regs, TRAP_GP, 0);
		return;
	}
	deliver_callback(regs, PVCB_SYSENTER, "sysenter");
	regs->rflags &= ~FLAG_DF;
}

void pv_deliver_event(struct cpu_user_regs *regs)
{
	deliver(current, regs, "event callback", current->pv.callback[PVCB_EVENT].addr, true,
		FRAME_PLAIN, 0);
}

void pv_failsafe(struct cpu_user_regs *regs)
{
	const struct pv_callback *cb = &current->pv.callback[PVCB_FAILSAFE];

	/* The guest tells a bad selector from a bad frame by these. */
	regs->ds = read_ds();
	regs->es = read_es();
	regs->fs = read_fs();
	regs->gs = read_gs();
	deliver(current, regs, "failsafe callback", cb->addr, cb->mask, FRAME_SELECTORS, 0);
}

void pv_guest_stack_fault(struct cpu_user_regs *regs)
{
	domain_crash(current->domain, "vcpu%u: its kernel stack is not accessible, rsp %lx",
		     current->id, regs->rsp);
}
