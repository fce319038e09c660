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

enum frame_kind { FRAME_PLAIN, FRAME_ERROR, FRAME_SELECTORS };

/* The frame as words, lowest address first; how many. */
static inline unsigned int build_frame(uint64_t *f, const struct cpu_user_regs *regs,
				       enum frame_kind kind, uint32_t error, bool from_kernel,
				       bool masked)
{
	unsigned int n = 0;

	f[n++] = regs->rcx;
	f[n++] = regs->r11;
	if (kind == FRAME_SELECTORS) {
		f[n++] = regs->ds;
		f[n++] = regs->es;
		f[n++] = regs->fs;
		f[n++] = regs->gs;
	}
	if (kind == FRAME_ERROR) {
		f[n++] = error;
	}
	f[n++] = regs->rip;
	f[n++] = (regs->cs & (from_kernel ? ~3UL : ~0UL)) | ((uint64_t)masked << 32);
	f[n++] = (regs->rflags & ~(FLAG_IF | FLAG_IOPL)) | (masked ? 0 : FLAG_IF);
	f[n++] = regs->rsp;
	f[n++] = regs->ss;
	return n;
}

/*
 * Builds the frame on the guest's kernel stack and makes the guest continue
 * at addr.  Inline with constant kinds: this is every fault's path.
 */
static inline __attribute__((always_inline)) void deliver(struct cpu_user_regs *regs,
							  const char *what, uint64_t addr,
							  bool mask, enum frame_kind kind,
							  uint32_t error)
{
	struct vcpu *v = current;
	struct vcpu_info *info = v->info;
	bool from_kernel = guest_kernel_mode(v);
	bool masked = info->evtchn_upcall_mask;
	uint64_t frame[12];
	unsigned int n;
	uint64_t sp;

	if (unlikely(!addr)) {
		domain_crash(v->domain, "vcpu%u: no handler for %s at rip %lx", v->id, what,
			     regs->rip);
		return;
	}
	if (!from_kernel) {
		pv_enter_kernel(v);
	}
	sp = (from_kernel ? regs->rsp : v->pv.kernel_sp) & ~15UL;
	n = build_frame(frame, regs, kind, error, from_kernel, masked);
	sp -= n * sizeof(frame[0]);
	if (unlikely(put_guest_words(gptr(sp), frame, n))) {
		domain_crash(v->domain, "vcpu%u: %s: kernel stack %lx not writable, rip %lx", v->id,
			     what, sp, regs->rip);
		return;
	}
	if (mask) {
		info->evtchn_upcall_mask = 1;
	}
	regs->rip = addr;
	regs->cs = SEL_GUEST_CS64;
	regs->ss = SEL_GUEST_DS;
	regs->rsp = sp;
	regs->rflags = (regs->rflags & ~CLEARED_FLAGS) | FLAG_IF;
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
	struct pv_trap t = pv_get_trap(current, vector);

	if (unlikely(!t.addr)) {
		domain_crash(current->domain,
			     "vcpu%u: exception %u (error %x) without a handler, rip %lx rsp %lx",
			     current->id, vector, error, regs->rip, regs->rsp);
	} else if (vector_has_error(vector)) {
		deliver(regs, "exception", t.addr, t.mask, FRAME_ERROR, error);
	} else {
		deliver(regs, "exception", t.addr, t.mask, FRAME_PLAIN, 0);
	}
}

void pv_bounce_page_fault(struct cpu_user_regs *regs, uint64_t addr, uint32_t error)
{
	const struct pv_trap *t = &current->pv.traps[TRAP_PF];

	/* All guest code runs in ring 3: the user bit is ours to tell. */
	error &= ~PFEC_USER;
	if (!guest_kernel_mode(current)) {
		error |= PFEC_USER;
	}
	current->info->arch.cr2 = addr;
	deliver(regs, "page fault", t->addr, t->mask, FRAME_ERROR, error);
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

	deliver(regs, what, cb->addr, cb->mask, FRAME_PLAIN, 0);
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
	deliver(regs, "event callback", current->pv.callback[PVCB_EVENT].addr, true, FRAME_PLAIN,
		0);
}

void pv_failsafe(struct cpu_user_regs *regs)
{
	const struct pv_callback *cb = &current->pv.callback[PVCB_FAILSAFE];

	/* The guest tells a bad selector from a bad frame by these. */
	regs->ds = read_ds();
	regs->es = read_es();
	regs->fs = read_fs();
	regs->gs = read_gs();
	deliver(regs, "failsafe callback", cb->addr, cb->mask, FRAME_SELECTORS, 0);
}

void pv_guest_stack_fault(struct cpu_user_regs *regs)
{
	domain_crash(current->domain, "vcpu%u: its kernel stack is not accessible, rsp %lx",
		     current->id, regs->rsp);
}
