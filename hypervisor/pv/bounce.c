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
#include <asm/guest_access.h>
#include <asm/layout.h>

/* What distinguishes one delivery from another. */
struct delivery {
	const char *what;      /* for the log, when the domain must be crashed */
	uint64_t addr;	       /* guest's handler */
	bool mask;	       /* with events masked */
	bool has_error;
	bool has_selectors;    /* failsafe: ds es fs gs go into the frame */
	uint32_t error;
};

/* Flags a handler starts without. */
#define CLEARED_FLAGS (FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM | FLAG_AC)

static uint64_t frame_flags(uint64_t rflags, bool was_masked)
{
	uint64_t f = rflags & ~(FLAG_IF | FLAG_IOPL);

	if (!was_masked) {
		f |= FLAG_IF;
	}
	return f;
}

static void deliver(struct cpu_user_regs *regs, const struct delivery *del)
{
	struct vcpu *v = current;
	bool from_kernel = guest_kernel_mode(v);
	bool masked = v->info->evtchn_upcall_mask;
	uint64_t frame[12];
	uint64_t sp;
	unsigned int n = 0;

	if (!del->addr) {
		domain_crash(v->domain, "vcpu%u: no handler for %s at rip %lx", v->id, del->what,
			     regs->rip);
		return;
	}
	if (!from_kernel) {
		pv_enter_kernel(v);
	}
	sp = (from_kernel ? regs->rsp : v->pv.kernel_sp) & ~15UL;

	frame[n++] = regs->rcx;
	frame[n++] = regs->r11;
	if (del->has_selectors) {
		frame[n++] = regs->ds;
		frame[n++] = regs->es;
		frame[n++] = regs->fs;
		frame[n++] = regs->gs;
	}
	if (del->has_error) {
		frame[n++] = del->error;
	}
	frame[n++] = regs->rip;
	frame[n++] = (regs->cs & (from_kernel ? ~3UL : ~0UL)) | ((uint64_t)masked << 32);
	frame[n++] = frame_flags(regs->rflags, masked);
	frame[n++] = regs->rsp;
	frame[n++] = regs->ss;

	sp -= n * sizeof(frame[0]);
	if (n == 7   ? put_guest_words(gptr(sp), frame, 7)
	    : n == 8 ? put_guest_words(gptr(sp), frame, 8)
		     : copy_to_guest(gptr(sp), frame, n * sizeof(frame[0]))) {
		domain_crash(v->domain, "vcpu%u: %s: kernel stack %lx not writable, rip %lx",
			     v->id, del->what, sp, regs->rip);
		return;
	}
	if (del->mask) {
		v->info->evtchn_upcall_mask = 1;
	}
	regs->rip = del->addr;
	regs->cs = SEL_GUEST_CS64;
	regs->ss = SEL_GUEST_DS;
	regs->rsp = sp;
	regs->rflags = (regs->rflags & ~CLEARED_FLAGS) | FLAG_IF;
}

static bool vector_has_error(unsigned int vector)
{
	return vector < 32 && ((1U << vector) & ((1U << TRAP_DF) | (1U << TRAP_TS) |
						 (1U << TRAP_NP) | (1U << TRAP_SS) |
						 (1U << TRAP_GP) | (1U << TRAP_PF) |
						 (1U << TRAP_AC) | (1U << TRAP_CP)));
}

void pv_bounce_trap(struct cpu_user_regs *regs, unsigned int vector, uint32_t error)
{
	const struct pv_trap *t = &current->pv.traps[vector & 0xff];
	struct delivery del = {
		.what = "exception",
		.addr = t->addr,
		.mask = t->mask,
		.has_error = vector_has_error(vector),
		.error = error,
	};

	if (!t->addr) {
		domain_crash(current->domain,
			     "vcpu%u: exception %u (error %x) without a handler, rip %lx rsp %lx",
			     current->id, vector, error, regs->rip, regs->rsp);
		return;
	}
	deliver(regs, &del);
}

void pv_bounce_page_fault(struct cpu_user_regs *regs, uint64_t addr, uint32_t error)
{
	/* All guest code runs in ring 3: the user bit is ours to tell. */
	error &= ~PFEC_USER;
	if (!guest_kernel_mode(current)) {
		error |= PFEC_USER;
	}
	current->info->arch.cr2 = addr;
	pv_bounce_trap(regs, TRAP_PF, error);
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
	struct delivery del = {
		.what = what,
		.addr = cb->addr,
		.mask = cb->mask,
		.has_selectors = slot == PVCB_FAILSAFE,
	};

	deliver(regs, &del);
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
	struct delivery del = {
		.what = "event callback",
		.addr = current->pv.callback[PVCB_EVENT].addr,
		.mask = true,
	};

	deliver(regs, &del);
}

void pv_failsafe(struct cpu_user_regs *regs)
{
	deliver_callback(regs, PVCB_FAILSAFE, "failsafe callback");
}

void pv_guest_stack_fault(struct cpu_user_regs *regs)
{
	domain_crash(current->domain, "vcpu%u: its kernel stack is not accessible, rsp %lx",
		     current->id, regs->rsp);
}
