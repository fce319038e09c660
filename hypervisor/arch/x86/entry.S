/* SPDX-License-Identifier: MIT */
/*
 * Ways into the hypervisor and back to the guest.
 *
 * Every way in ends with this frame at the top of the CPU's stack (struct
 * cpu_user_regs inside struct cpu_info, low addresses first):
 *
 *   r15 r14 r13 r12 rbp rbx | r11 r10 r9 r8 rax rcx rdx rsi rdi |
 *   error+vector | rip cs rflags rsp ss | es ds fs gs | current cpu work ...
 *
 * Hypercalls store only what C clobbers (the middle group); the rest stays
 * in registers, as C preserves it, and is stored when somebody needs the
 * whole frame (work pending).  cpu_info.full_frame then says: leave by IRET
 * with everything from the frame.
 */
#include <asm/layout.h>

#include "asm-offsets.h"

#define HYPERCALL_IRET 23
#define HYPERCALL_SLOTS 64

	.section .text.entry, "ax", @progbits

/* A range whose faults continue at a fixup address. */
.macro EX_RANGE start, end, fixup
	.pushsection .ex_table, "a"
	.quad \start, \end, \fixup
	.popsection
.endm

.macro SAVE_CLOBBERED
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
.endm

.macro SAVE_PRESERVED
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
.endm

.macro RESTORE_PRESERVED
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
.endm

.macro RESTORE_CLOBBERED
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
.endm

/*
 * SYSCALL does not switch stacks and no register is free, so each CPU has
 * its own entry, 48 bytes apart, that knows its stack.  syscall_stack[cpu]
 * is {scratch, address just above the frame's ss}.
 */
	.align 64
	.globl syscall_stubs, syscall32_stubs, syscall_stack
syscall_stubs:
.set stub, 0
.rept MAX_CPUS_ASM
	.align 64
	mov %rsp, syscall_stack + 16 * stub(%rip)
	mov syscall_stack + 16 * stub + 8(%rip), %rsp
	push $SEL_GUEST_DS
	push syscall_stack + 16 * stub(%rip)
	jmp syscall_entry
.set stub, stub + 1
.endr

syscall32_stubs:
.set stub, 0
.rept MAX_CPUS_ASM
	.align 64
	mov %rsp, syscall_stack + 16 * stub(%rip)
	mov syscall_stack + 16 * stub + 8(%rip), %rsp
	push $SEL_GUEST_DS
	push syscall_stack + 16 * stub(%rip)
	jmp syscall32_entry
.set stub, stub + 1
.endr

/* 64-bit SYSCALL: a hypercall from the guest kernel, a system call from user. */
	.align 64
syscall_entry:
	push %r11
	push $SEL_GUEST_CS64
	push %rcx
	push $0
	movl $0x100, 4(%rsp)
	SAVE_CLOBBERED
	sub $(6 * 8), %rsp
	mov CI_CURRENT(%rsp), %r11
	cmpb $0, VCPU_KERNEL_MODE(%r11)
	je syscall_from_user

hypercall:
	mov %eax, %eax
	cmp $HYPERCALL_SLOTS, %eax
	jae 9f
	mov %r10, %rcx
	lea hypercall_table(%rip), %r10
	mov (%r10, %rax, 8), %r10
	call *%r10
	mov %rax, REGS_RAX(%rsp)
hypercall_exit:
	cmpq $0, CI_WORK(%rsp)
	jne hypercall_exit_slow
	mov CI_CURRENT(%rsp), %r11
	mov VCPU_INFO(%r11), %rcx
	cmpb $0, 0(%rcx)
	jne hypercall_exit_event
hypercall_sysret:
	/* SYSRET to a non-canonical address faults in ring 0: use IRET for those. */
	mov REGS_RIP(%rsp), %rcx
	mov %rcx, %r11
	sar $47, %r11
	add $1, %r11
	cmp $1, %r11
	ja hypercall_exit_slow
	add $(6 * 8), %rsp
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	mov 8(%rsp), %rcx		/* rip */
	mov 24(%rsp), %r11		/* rflags */
	mov 32(%rsp), %rsp
	sysretq

hypercall_exit_event:
	cmpb $0, 1(%rcx)
	jne hypercall_sysret
hypercall_exit_slow:
	add $(6 * 8), %rsp
	SAVE_PRESERVED
	movl $1, CI_FULL_FRAME(%rsp)
	jmp exit_to_guest

9:	movq $-38, REGS_RAX(%rsp)	/* -ENOSYS */
	jmp hypercall_exit

syscall_from_user:
	add $(6 * 8), %rsp
	SAVE_PRESERVED
	movl $1, CI_FULL_FRAME(%rsp)
	mov %rsp, %rdi
	call pv_syscall_from_user
	jmp exit_to_guest

/* 32-bit SYSCALL from compatibility code (AMD). */
syscall32_entry:
	push %r11
	push $SEL_GUEST_CS32
	mov %ecx, %ecx
	push %rcx
	push $0
	movl $0x101, 4(%rsp)
	SAVE_CLOBBERED
	SAVE_PRESERVED
	movl $1, CI_FULL_FRAME(%rsp)
	mov %rsp, %rdi
	call pv_syscall32_from_user
	jmp exit_to_guest

/* SYSENTER (Intel): the processor saved nothing. RSP comes from an MSR. */
	.align 16
	.globl sysenter_entry
sysenter_entry:
	push $SEL_GUEST_DS
	push $0
	pushfq
	push $3
	push $0
	push $0
	movl $0x102, 4(%rsp)
	SAVE_CLOBBERED
	SAVE_PRESERVED
	movl $1, CI_FULL_FRAME(%rsp)
	mov %rsp, %rdi
	call pv_sysenter_from_user
	/* fall through */

/*
 * The one slow way out: all registers in the frame.  Work first, then events,
 * then IRET.  Interrupts are off from the last look at the work word on.
 */
	.globl exit_to_guest
exit_to_guest:
	cmpl $0, CI_WORK(%rsp)
	jne 2f
	mov CI_CURRENT(%rsp), %rbx
	mov VCPU_INFO(%rbx), %rax
	cmpb $0, 0(%rax)
	je 1f
	cmpb $0, 1(%rax)
	je 3f
1:	movl $0, CI_FULL_FRAME(%rsp)
	RESTORE_PRESERVED
	RESTORE_CLOBBERED
	add $8, %rsp
	.globl iret_to_guest
iret_to_guest:
	iretq
iret_to_guest_end:
	EX_RANGE iret_to_guest, iret_to_guest_end, iret_fault

2:	mov %rsp, %rdi
	call exit_work
	jmp exit_to_guest

3:	mov %rsp, %rdi
	call pv_deliver_event
	jmp exit_to_guest

/* The guest's frame could not be loaded: rebuild ours, tell the failsafe callback. */
iret_fault:
	push $0
	SAVE_CLOBBERED
	SAVE_PRESERVED
	movl $1, CI_FULL_FRAME(%rsp)
	mov %rsp, %rdi
	call pv_failsafe
	jmp exit_to_guest

/* Abandons the current stack contents and goes on with the current vCPU. */
	.globl arch_run_current
arch_run_current:
	or $0x7fff, %rsp
	sub $(CI_SIZE - 1), %rsp
	mov CI_CURRENT(%rsp), %rdi
	call vcpu_is_idle_asm
	test %al, %al
	je exit_to_guest
	xor %ebp, %ebp
	call idle_loop
	ud2

/* Exceptions and interrupts: 256 stubs, 16 bytes apart. */
	.align 16
	.globl exception_stubs
exception_stubs:
.set vector, 0
.rept 256
	.align 16
	/* vectors whose error code the processor pushes */
	.if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
	.else
	push $0
	.endif
	movl $vector, 4(%rsp)
	.if vector == 1 || vector == 2 || vector == 8 || vector == 18
	jmp ist_common
	.else
	jmp exception_common
	.endif
.set vector, vector + 1
.endr

exception_common:
	cld
	SAVE_CLOBBERED
	SAVE_PRESERVED
	testb $3, REGS_CS(%rsp)
	jz exception_in_hypervisor
exception_from_guest:
	movl $1, CI_FULL_FRAME(%rsp)
	mov %rsp, %rdi
	call trap_from_guest
	jmp exit_to_guest

exception_in_hypervisor:
	mov %rsp, %rdi
	call trap_in_hypervisor
	RESTORE_PRESERVED
	RESTORE_CLOBBERED
	add $8, %rsp
	iretq

/*
 * #DB, NMI, #DF, #MC run on stacks of their own.  What came from the guest
 * (except #DF) is moved to the CPU's normal stack and treated as usual.
 */
ist_common:
	cld
	SAVE_CLOBBERED
	SAVE_PRESERVED
	testb $3, REGS_CS(%rsp)
	jz exception_in_hypervisor
	mov %rsp, %rsi
	or $0x7fff, %rsp
	sub $(CI_SIZE - 1), %rsp
	mov %rsp, %rdi
	mov $(REGS_ES / 8), %ecx
	rep movsq
	jmp exception_from_guest

	.section .bss, "aw", @nobits
	.align 16
syscall_stack:
	.skip 16 * MAX_CPUS_ASM

	.section .note.GNU-stack, "", @progbits
