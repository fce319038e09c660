/* SPDX-License-Identifier: MIT */
/*
 * Claim: guest user mode runs on its own page table, every way out of it reaches the kernel with
 * the right frame and stack, and iret leads back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/mmu.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "usermode: user page table, system calls, faults, iret";

#define USER_TEXT 0x400000UL
#define USER_STACK 0x600000UL /* one page */
#define USER_STACK_END (USER_STACK + 4096)
#define USER_READONLY 0x700000UL
#define USER_NX 0x701000UL
#define USER_ABSENT 0x800000UL

#define PFEC_PRESENT 1
#define PFEC_WRITE 2
#define PFEC_USER 4
#define PFEC_FETCH 16

extern char user_start[], user_end[];
extern char user_syscall_twice[], user_read_rdi[], user_write_rdi[], user_jump_rdi[], user_int80[],
	user_int3[], user_ud2[], user_cli[], user_in[], user_hlt[], user_read_gs[], user_fep[],
	user_push[], user_sysenter[];

static uint64_t *user_l4;

static uint64_t user_address(const char *code)
{
	return USER_TEXT + (uint64_t)(code - user_start);
}

static void build_user_space(void)
{
	char *readonly = page_alloc();

	user_l4 = pt_user_create();
	for (char *p = user_start; p < user_end; p += 4096) {
		pt_map(user_l4, USER_TEXT + (uint64_t)(p - user_start),
		       va_to_mfn(p) << 12 | PTE_KERNEL_RO);
	}
	pt_map(user_l4, USER_STACK, va_to_mfn(page_alloc()) << 12 | PTE_KERNEL | PTE_NX);
	pt_map(user_l4, USER_READONLY, va_to_mfn(readonly) << 12 | PTE_KERNEL_RO);
	pt_map(user_l4, USER_NX, va_to_mfn(page_alloc()) << 12 | PTE_KERNEL_RO | PTE_NX);
	pt_user_set(user_l4);
}

/* Runs user code with RDI given; returns the trap. */
static int run(const char *code, uint64_t rdi)
{
	struct trap_frame frame;

	user_frame_init(&frame, user_address(code), USER_STACK_END);
	frame.rdi = rdi;
	return user_run(&frame);
}

static void check_user_frame(uint64_t rip, uint64_t error)
{
	const struct trap_frame *f = &last_fault.frame;

	CHECK_EQ(f->cs, FLAT_USER_CS);
	CHECK_EQ(f->ss, FLAT_USER_SS);
	CHECK_EQ(f->rip, rip);
	CHECK_EQ(f->rsp, USER_STACK_END);
	CHECK_EQ(f->error, error);
	CHECK_EQ(f->saved_mask, 1);
	CHECK_EQ(f->rflags & 0x3200, 0);
}

static void check_syscall(void)
{
	struct trap_frame frame;

	CHECK_EQ(run(user_syscall_twice, 0x5555), TRAP_SYSCALL);
	/* after two 5-byte moves and the 2-byte syscall */
	check_user_frame(user_address(user_syscall_twice) + 12, 0);
	frame = last_fault.frame;
	CHECK_EQ(frame.rax, 0x1111);
	CHECK_EQ(frame.rbx, 0x2222);
	CHECK_EQ(frame.rdi, 0x5555);
	CHECK_EQ(frame.rcx, frame.rip);
	/* and on */
	CHECK_EQ(user_run(&frame), TRAP_SYSCALL);
	CHECK_EQ(last_fault.frame.rax, 0x3333);
	CHECK_EQ(last_fault.frame.rbx, 0x2222);
}

/* All registers arrive in user mode as iret had them, RCX and R11 too. */
static void check_iret_registers(void)
{
	struct trap_frame frame, *f = &last_fault.frame;

	user_frame_init(&frame, user_address(user_ud2), USER_STACK_END);
	frame.rax = 1;
	frame.rbx = 2;
	frame.rcx = 3;
	frame.rdx = 4;
	frame.rsi = 5;
	frame.rbp = 6;
	frame.r8 = 7;
	frame.r11 = 8;
	frame.r15 = 9;
	CHECK_EQ(user_run(&frame), VECTOR_UD);
	check_user_frame(user_address(user_ud2), 0);
	CHECK_EQ(f->rax, 1);
	CHECK_EQ(f->rbx, 2);
	CHECK_EQ(f->rcx, 3);
	CHECK_EQ(f->rdx, 4);
	CHECK_EQ(f->rsi, 5);
	CHECK_EQ(f->rbp, 6);
	CHECK_EQ(f->r8, 7);
	CHECK_EQ(f->r11, 8);
	CHECK_EQ(f->r15, 9);
}

static void check_faults(void)
{
	CHECK_EQ(run(user_read_rdi, USER_ABSENT), VECTOR_PF);
	check_user_frame(user_address(user_read_rdi), PFEC_USER);
	CHECK_EQ(last_fault.cr2, USER_ABSENT);
	CHECK_EQ(run(user_write_rdi, USER_ABSENT), VECTOR_PF);
	check_user_frame(user_address(user_write_rdi), PFEC_USER | PFEC_WRITE);
	CHECK_EQ(run(user_write_rdi, USER_READONLY), VECTOR_PF);
	check_user_frame(user_address(user_write_rdi), PFEC_USER | PFEC_WRITE | PFEC_PRESENT);
	CHECK_EQ(run(user_jump_rdi, USER_NX), VECTOR_PF);
	check_user_frame(USER_NX, PFEC_USER | PFEC_FETCH | PFEC_PRESENT);
	/* nothing of the kernel is mapped here */
	CHECK_EQ(run(user_read_rdi, VIRT_BASE + 0x1000), VECTOR_PF);
	check_user_frame(user_address(user_read_rdi), PFEC_USER);
	/* the hypervisor is not for reading */
	CHECK_EQ(run(user_read_rdi, 0xffff82d040200000UL), VECTOR_PF);
	CHECK_EQ(last_fault.frame.error & PFEC_USER, PFEC_USER);
	CHECK_EQ(run(user_read_rdi, 1UL << 63), VECTOR_GP);
	check_user_frame(user_address(user_read_rdi), 0);
}

static void check_interrupt_instructions(void)
{
	CHECK_EQ(run(user_int80, 0), 0x80);
	check_user_frame(user_address(user_int80) + 2, 0);
	CHECK_EQ(run(user_int3, 0), VECTOR_BP);
	check_user_frame(user_address(user_int3) + 1, 0);
}

static void check_privileged(void)
{
	CHECK_EQ(run(user_cli, 0), VECTOR_GP);
	check_user_frame(user_address(user_cli), 0);
	CHECK_EQ(run(user_in, 0), VECTOR_GP);
	check_user_frame(user_address(user_in), 0);
	CHECK_EQ(run(user_hlt, 0), VECTOR_GP);
	check_user_frame(user_address(user_hlt), 0);
	CHECK_EQ(run(user_fep, 0), TRAP_SYSCALL);
	CHECK_EQ(last_fault.frame.rbx, 0x566e6558);
}

/*
 * SYSENTER without a handler, with flags that it leaves as they were: #GP, or #UD on processors
 * that do not have it in 64-bit code.
 */
static void check_sysenter(void)
{
	static const uint32_t flags[] = {0, 1U << 14 /* NT */, 1U << 8 /* TF */, 1U << 18 /* AC */};
	struct trap_frame frame;
	int trap;

	for (unsigned int i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		user_frame_init(&frame, user_address(user_sysenter), USER_STACK_END);
		frame.rflags |= flags[i];
		trap = user_run(&frame);
		if (trap != VECTOR_GP && trap != VECTOR_UD) {
			FAIL("sysenter with flags %x: trap %d", flags[i], trap);
		}
	}
	CHECK_EQ(run(user_syscall_twice, 0), TRAP_SYSCALL);
}

static void check_gs(void)
{
	uint64_t in_kernel;

	static const uint64_t kernel_word = 0xabcdef;

	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_KERNEL,
			    ptr_arg(&kernel_word)),
		 0);
	/* the user's GS leads to its text: the first instruction's bytes */
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER, USER_TEXT), 0);
	CHECK_EQ(run(user_read_gs, 0), TRAP_SYSCALL);
	CHECK_EQ(last_fault.frame.rax, *(const uint64_t *)user_start);
	__asm__ volatile("mov %%gs:0, %0" : "=r"(in_kernel));
	CHECK_EQ(in_kernel, kernel_word);
}

static void check_stack(void)
{
	CHECK_EQ(run(user_push, 0), TRAP_SYSCALL);
	CHECK_EQ(last_fault.frame.rax, 7);
	/* IF is always set for the processor, IOPL never */
	CHECK_EQ(last_fault.frame.rdx & 0x3200, 0x200);
}

static uint64_t frame_address;

static bool note_frame(struct trap_frame *frame)
{
	frame_address = (uint64_t)frame;
	return false;
}

/* Traps from user mode start at the stack that stack_switch named. */
static void check_kernel_stack(void)
{
	static char other[8192] __attribute__((aligned(16)));

	trap_handle(VECTOR_UD, note_frame);
	CHECK_EQ(run(user_ud2, 0), VECTOR_UD);
	CHECK_EQ(frame_address, ptr_arg(trap_stack_end) - sizeof(struct trap_frame));
	/* an odd stack pointer is aligned down to 16; ring 0 selectors become ring 3 */
	CHECK_EQ(hypercall2(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS & ~3,
			    ptr_arg(other + 8192 - 5)),
		 0);
	CHECK_EQ(run(user_ud2, 0), VECTOR_UD);
	CHECK_EQ(frame_address, ptr_arg(other + 8192 - 16) - sizeof(struct trap_frame));
	CHECK_EQ(hypercall2(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, ptr_arg(trap_stack_end)), 0);
	trap_handle(VECTOR_UD, NULL);
}

/* No page table, no user mode; with one again it goes on. A change shows without any flush. */
static void check_switch(void)
{
	uint64_t *second = pt_user_create();
	uint64_t *stack_entry = pt_entry(user_l4, USER_STACK, 1);
	uint64_t old = *stack_entry;

	pt_map(second, USER_TEXT, va_to_mfn(user_start) << 12 | PTE_KERNEL_RO);
	pt_user_set(second);
	CHECK_EQ(run(user_read_rdi, USER_READONLY), VECTOR_PF);
	CHECK_EQ(run(user_read_rdi, USER_TEXT), TRAP_SYSCALL);
	pt_user_set(user_l4);
	CHECK_EQ(run(user_read_rdi, USER_READONLY), TRAP_SYSCALL);
	CHECK_EQ(pt_write(stack_entry, 0), 0);
	CHECK_EQ(pt_ext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
	CHECK_EQ(run(user_push, 0), VECTOR_PF);
	CHECK_EQ(last_fault.cr2, USER_STACK_END - 8);
	CHECK_EQ(pt_write(stack_entry, old), 0);
	CHECK_EQ(run(user_push, 0), TRAP_SYSCALL);
	/* not an L4 */
	CHECK_EQ(pt_ext(MMUEXT_NEW_USER_BASEPTR, va_to_mfn(user_start), 0), -EINVAL);
	CHECK_EQ(pt_ext(MMUEXT_NEW_USER_BASEPTR, 0x7fffffffffff, 0), -EINVAL);
	CHECK_EQ(run(user_push, 0), TRAP_SYSCALL);
	CHECK_EQ(pt_unpin(second), 0);
}

void test_main(void)
{
	traps_init();
	build_user_space();
	check_syscall();
	check_iret_registers();
	check_faults();
	check_interrupt_instructions();
	check_privileged();
	check_gs();
	check_sysenter();
	check_stack();
	check_kernel_stack();
	check_switch();
}
