/* SPDX-License-Identifier: MIT */
/*
 * Hooks: what the short paths leave out where the processor needs none of it
 * (see speculation.h).  They are jumped to from the patch points of entry.S.
 *
 * On the way in, first of all: the root that has all of the hypervisor, then
 * what keeps the guest from steering our branch prediction.  RCX is free;
 * ci: offset of cpu_info from RSP.
 */
#include <asm/layout.h>

#include "arch/x86/patch.h"
#include "arch/x86/speculation.h"
#include "asm-offsets.h"

	.section .text.entry, "ax", @progbits
	.globl syscall_hook, exception_hook, nested_hook, hypercall_leave_hook, exit_hook
	.globl user_syscall_root_hook, user_syscall_leave_hook, iret_root_hook, iret_leave_hook

.macro ENTER_HOOK ci=0
	mov CI_XEN_CR3 + \ci(%rsp), %rcx
	test %rcx, %rcx
	jz 1f
	mov %rcx, %cr3
1:	testb $SPEC_ON_ENTRY, CI_SPEC_FLAGS + \ci(%rsp)
	jz 7f
	push %rax
	push %rdx
	testb $SPEC_IBPB_AT_ENTRY, CI_SPEC_FLAGS + \ci + 16(%rsp)
	jz 2f
	mov $MSR_PRED_CMD, %ecx
	mov $PRED_CMD_IBPB, %eax
	xor %edx, %edx
	wrmsr
2:	testb $SPEC_SWITCH_CTRL, CI_SPEC_FLAGS + \ci + 16(%rsp)
	jz 3f
	mov $MSR_SPEC_CTRL, %ecx
	mov CI_SPEC_HV + \ci + 16(%rsp), %eax
	xor %edx, %edx
	wrmsr
3:	testb $SPEC_FILL_RSB, CI_SPEC_FLAGS + \ci + 16(%rsp)
	jz 6f
	mov $16, %ecx			/* 32 harmless return predictions */
4:	call 5f
8:	pause
	lfence
	jmp 8b
5:	call 5f
9:	pause
	lfence
	jmp 9b
5:	dec %ecx
	jnz 4b
	add $(32 * 8), %rsp
6:	pop %rdx
	pop %rax
7:	lfence				/* none of the branches above was mispredicted */
.endm

/*
 * On the way out, when all that is loaded afterwards is the guest's own: its
 * SPEC_CTRL, buffers cleared, its root.  RAX and RCX are free.
 */
.macro LEAVE_HOOK ci=0
	testb $SPEC_SWITCH_CTRL, CI_SPEC_FLAGS + \ci(%rsp)
	jz 1f
	push %rdx
	mov $MSR_SPEC_CTRL, %ecx
	mov CI_SPEC_GUEST + \ci + 8(%rsp), %eax
	xor %edx, %edx
	wrmsr
	pop %rdx
1:	cmpq $0, CI_XEN_CR3 + \ci(%rsp)
	je 2f
	mov CI_CURRENT + \ci(%rsp), %rcx
	mov VCPU_ROOT_KERNEL(%rcx), %rax
	cmpb $0, VCPU_KERNEL_MODE(%rcx)
	cmove VCPU_ROOT_USER(%rcx), %rax
	mov %rax, %cr3
2:	testb $SPEC_VERW, CI_SPEC_FLAGS + \ci(%rsp)
	jz 3f
	verw verw_selector(%rip)
3:
.endm

	.align 64
syscall_hook:
	ENTER_HOOK (-REGS_RIP)
	jmp syscall_hooked

/* The interrupted program's root is what C shall see. */
exception_hook:
	ENTER_HOOK
	cmpq $0, CI_XEN_CR3(%rsp)
	je exception_hooked
	mov CI_CURRENT(%rsp), %rcx
	cmpb $0, VCPU_KERNEL_MODE(%rcx)
	jne exception_hooked
	mov VCPU_CR3_USER(%rcx), %rcx
	mov %rcx, %cr3
	jmp exception_hooked

nested_hook:
	mov %rsp, %r13
	or $0x7fff, %r13
	mov CI_XEN_CR3 - CI_SIZE + 1(%r13), %rax
	test %rax, %rax
	jz 1f
	mov %cr3, %rbx
	mov %rax, %cr3
1:	testb $SPEC_SWITCH_CTRL, CI_SPEC_FLAGS - CI_SIZE + 1(%r13)
	jz 2f
	mov $MSR_SPEC_CTRL, %ecx
	rdmsr
	lea 1(%rax), %r12d
	mov CI_SPEC_HV - CI_SIZE + 1(%r13), %eax
	wrmsr
2:	lfence
	jmp nested_hooked

hypercall_leave_hook:
	LEAVE_HOOK
	jmp hypercall_leave_hooked

exit_hook:
	LEAVE_HOOK
	jmp exit_hooked

/* Entering loaded the kernel's root already if this vCPU is isolated. */
user_syscall_root_hook:
	cmpq $0, VCPU_ROOT_KERNEL(%rcx)
	jne user_syscall_root_loaded
	mov VCPU_CR3_KERNEL(%rcx), %rdx
	mov %rdx, %cr3
	jmp user_syscall_root_loaded

user_syscall_leave_hook:
	push %rcx
	LEAVE_HOOK (24-REGS_RIP)
	pop %rcx
	jmp user_syscall_leave_hooked

iret_root_hook:
	cmpq $0, VCPU_ROOT_USER(%rcx)
	jne iret_leave_hook
	mov VCPU_CR3_USER(%rcx), %rax
	mov %rax, %cr3
iret_leave_hook:
	LEAVE_HOOK (24-REGS_RIP)
	jmp iret_leave_hooked

verw_selector:
	.word SEL_HV_DATA

	.section .note.GNU-stack, "", @progbits
