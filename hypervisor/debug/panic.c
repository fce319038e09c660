/* SPDX-License-Identifier: MIT */
/*
 * The end of the machine: message, registers, backtrace, the guest that
 * ran, then restart or, with noreboot, halt.  Trusts nothing it prints from:
 * stacks are checked against their bounds, and a second failure only halts.
 */
#include "debug/panic.h"

#include <asm/insn.h>
#include <asm/percpu.h>

#include "arch/cpu.h"
#include "arch/pagetable.h"
#include "arch/x86/smp.h"
#include "core/domain.h"
#include "debug/symbols.h"
#include "lib/options.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "lib/version.h"

#define FRAMES_MAX 32
#define STACK_WORDS_MAX 12

static uint32_t panic_depth;

static void print_code_address(const char *what, uint64_t addr)
{
	uint64_t offset;
	const char *name = symbol_find(addr, &offset);

	if (name) {
		log_err("%s%016lx %s+%#lx", what, addr, name, offset);
	} else {
		log_err("%s%016lx", what, addr);
	}
}

void regs_print(const struct cpu_user_regs *r)
{
	print_code_address("rip ", r->rip);
	log_err("rflags %016lx  rsp %016lx  cs %04x  ss %04x  vector %u  error %x", r->rflags,
		r->rsp, r->cs, r->ss, r->entry_vector, r->error_code);
	log_err("rax %016lx  rbx %016lx  rcx %016lx", r->rax, r->rbx, r->rcx);
	log_err("rdx %016lx  rsi %016lx  rdi %016lx", r->rdx, r->rsi, r->rdi);
	log_err("rbp %016lx  r8  %016lx  r9  %016lx", r->rbp, r->r8, r->r9);
	log_err("r10 %016lx  r11 %016lx  r12 %016lx", r->r10, r->r11, r->r12);
	log_err("r13 %016lx  r14 %016lx  r15 %016lx", r->r13, r->r14, r->r15);
	log_err("cr0 %lx  cr2 %016lx  cr3 %lx  cr4 %lx", read_cr0(), read_cr2(), read_cr3(),
		read_cr4());
}

/* True if 8 bytes at addr are mapped by us. */
static bool readable(uint64_t addr)
{
	return !(addr & 7) && !mfn_eq(hvmap_lookup(addr), INVALID_MFN);
}

void backtrace_print(uint64_t rip, uint64_t rbp, uint64_t rsp)
{
	uint64_t bottom = rsp & ~(STACK_SIZE - 1), top = bottom + STACK_SIZE;

	log_err("Call trace:");
	print_code_address("  ", rip);
	for (unsigned int i = 0; i < FRAMES_MAX; i++) {
		const uint64_t *frame = (const uint64_t *)rbp;

		/* Frames lie on this stack, one above the other. */
		if (rbp < rsp || rbp + 16 > top || !readable(rbp) || !readable(rbp + 8) ||
		    !symbol_is_code(frame[1])) {
			break;
		}
		print_code_address("  ", frame[1]);
		if (frame[0] <= rbp) {
			break;
		}
		rbp = frame[0];
	}
	log_err("Stack from %016lx:", rsp);
	for (unsigned int i = 0; i < STACK_WORDS_MAX && rsp + 8 <= top && readable(rsp);
	     i++, rsp += 8) {
		print_code_address("  ", *(const uint64_t *)rsp);
	}
}

void guest_state_print(struct vcpu *v)
{
	const struct cpu_user_regs *r = v == current ? &cpu_info()->regs : &v->regs;

	log_err("Guest: domain %u vCPU %u, %s mode, event mask %u", v->domain->id, v->id,
		v->pv.kernel_mode ? "kernel" : "user", v->info ? v->info->evtchn_upcall_mask : 0);
	log_err("  rip %016lx  rsp %016lx  rflags %lx", r->rip, r->rsp, r->rflags);
	log_err("  rax %016lx  rbx %016lx  rcx %016lx", r->rax, r->rbx, r->rcx);
	log_err("  rdx %016lx  rsi %016lx  rdi %016lx", r->rdx, r->rsi, r->rdi);
	log_err("  rbp %016lx  r8  %016lx  r9  %016lx", r->rbp, r->r8, r->r9);
	log_err("  r10 %016lx  r11 %016lx  r12 %016lx", r->r10, r->r11, r->r12);
	log_err("  r13 %016lx  r14 %016lx  r15 %016lx", r->r13, r->r14, r->r15);
	log_err("  cr3 %lx (kernel %lx, user %lx)  vector %u  error %x", read_cr3(),
		v->pv.cr3_kernel, v->pv.cr3_user, r->entry_vector, r->error_code);
}

/* The guest whose vCPU is loaded; its registers are at the stack's top. */
static void guest_print(void)
{
	struct vcpu *v = current;

	if (!v || vcpu_is_idle(v)) {
		log_err("No guest on this CPU");
		return;
	}
	guest_state_print(v);
}

static void __attribute__((noreturn)) finish(void)
{
	if (options.noreboot) {
		log_err("Halted (noreboot): reset the machine by hand");
		machine_halt_now();
	}
	log_err("Restarting");
	machine_restart();
}

/* Only one CPU reports; one that fails while reporting stops dead. */
static void begin(void)
{
	if (__atomic_fetch_add(&panic_depth, 1, __ATOMIC_SEQ_CST)) {
		machine_halt_now();
	}
	printk_force();
	printk_level = LOG_DEBUG;
	smp_stop_others();
}

static void headline(const char *fmt, va_list ap)
{
	log_err("******************************************");
	vprintk(LOG_ERR, fmt, ap);
	log_err("Fatal error on CPU %u, Argon %s", smp_processor_id(), argon_version);
}

void panic_regs(const struct cpu_user_regs *regs, const char *fmt, ...)
{
	va_list ap;

	begin();
	va_start(ap, fmt);
	headline(fmt, ap);
	va_end(ap);
	regs_print(regs);
	if ((regs->cs & 3) == 0) {
		backtrace_print(regs->rip, regs->rbp, regs->rsp);
	}
	guest_print();
	finish();
}

/* The caller's registers, as far as the ABI of calls keeps them. */
static void capture(struct cpu_user_regs *r, void *return_address, void *frame)
{
	memset(r, 0, sizeof(*r));
	__asm__("mov %%rbx, %0; mov %%r12, %1; mov %%r13, %2; mov %%r14, %3; mov %%r15, %4"
		: "=m"(r->rbx), "=m"(r->r12), "=m"(r->r13), "=m"(r->r14), "=m"(r->r15));
	__asm__("pushfq; pop %0" : "=r"(r->rflags));
	__asm__("mov %%cs, %0; mov %%ss, %1" : "=r"(r->cs), "=r"(r->ss));
	r->rip = (uint64_t)return_address;
	r->rbp = *(uint64_t *)frame;
	r->rsp = (uint64_t)frame + 16;
}

void panic(const char *fmt, ...)
{
	struct cpu_user_regs regs;
	va_list ap;

	capture(&regs, __builtin_return_address(0), __builtin_frame_address(0));
	begin();
	va_start(ap, fmt);
	headline(fmt, ap);
	va_end(ap);
	regs_print(&regs);
	backtrace_print(regs.rip, regs.rbp, regs.rsp);
	guest_print();
	finish();
}
