/* SPDX-License-Identifier: MIT */
/*
 * The tiny PV guest from its first instruction to its end: where the hypervisor put things, and
 * how the domain is given up.
 */
#ifndef RUNTIME_RUNTIME_H
#define RUNTIME_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/arch.h>
#include <xen/start_info.h>

#define VIRT_BASE 0xffffffff80000000UL

/* Registers at the first instruction, as entry.S saved them. */
struct entry_state {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint16_t cs, ss, ds, es, fs, gs;
	uint16_t pad[2];
	uint64_t rflags;
};
extern struct entry_state entry_state;

/* What RSI pointed to. */
extern struct start_info *start_info;

/* First and past-the-end address of the loaded image. */
extern char image_start[], image_end[];

/* Stack for traps from user mode (stack_switch takes its end). */
extern char trap_stack_end[];

/* The guest: supplied by each program. The domain powers off when it returns. */
void guest_main(void);

/* Called once when something unexpected ends the guest, to print a verdict; may be NULL. */
extern void (*runtime_on_panic)(void);

static inline bool runtime_is_dom0(void)
{
	return start_info->flags & SIF_INITDOMAIN;
}

/* Maps shared_info at its place on first use. Panics when the hypervisor refuses. */
struct shared_info *runtime_shared_info(void);

static inline struct vcpu_info *runtime_vcpu_info(void)
{
	return &runtime_shared_info()->vcpu_info[0];
}

/*
 * Ends the domain with a SHUTDOWN_* reason; a power-off becomes a reboot when the command line
 * says end=reboot (QEMU's -no-reboot then ends the machine, which a halted Xen does not).
 */
_Noreturn void runtime_exit(unsigned int reason);

/* Prints the message, runs runtime_on_panic, ends the domain as crashed. */
_Noreturn void runtime_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Looks up KEY=VALUE among the words of the command line. Returns VALUE cut at the next space in
 * a static buffer that the next call overwrites, "" for a bare KEY, NULL when absent.
 */
const char *runtime_argument(const char *key);

#endif /* RUNTIME_RUNTIME_H */
