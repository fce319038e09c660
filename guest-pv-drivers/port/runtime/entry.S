/* SPDX-License-Identifier: MIT */
/*
 * First instruction, trap and callback entries, the way back by the iret hypercall, and the
 * excursion to user mode.
 *
 * What a trap finds at RSP (lowest first):
 *	RCX R11 [error] RIP CS RFLAGS RSP SS
 * What C gets is struct trap_frame (traps.h):
 *	R15 … RDI vector error RIP CS RFLAGS RSP SS
 * What iret wants:
 *	RAX R11 RCX flags RIP CS RFLAGS RSP SS
 */
#define HYPERCALL_IRET	23

	.section .text.entry, "ax", @progbits
	.globl _start
_start:
	/* keep the entry state for who wants to judge it: struct entry_state */
	mov	%rax, entry_state+0(%rip)
	mov	%rbx, entry_state+8(%rip)
	mov	%rcx, entry_state+16(%rip)
	mov	%rdx, entry_state+24(%rip)
	mov	%rsi, entry_state+32(%rip)
	mov	%rdi, entry_state+40(%rip)
	mov	%rbp, entry_state+48(%rip)
	mov	%rsp, entry_state+56(%rip)
	mov	%r8, entry_state+64(%rip)
	mov	%r9, entry_state+72(%rip)
	mov	%r10, entry_state+80(%rip)
	mov	%r11, entry_state+88(%rip)
	mov	%r12, entry_state+96(%rip)
	mov	%r13, entry_state+104(%rip)
	mov	%r14, entry_state+112(%rip)
	mov	%r15, entry_state+120(%rip)
	mov	%cs, entry_state+128(%rip)
	mov	%ss, entry_state+130(%rip)
	mov	%ds, entry_state+132(%rip)
	mov	%es, entry_state+134(%rip)
	mov	%fs, entry_state+136(%rip)
	mov	%gs, entry_state+138(%rip)
	pushfq
	pop	entry_state+144(%rip)
	cld
	lea	boot_stack_end(%rip), %rsp
	mov	%rsi, %rdi
	xor	%ebp, %ebp
	call	runtime_start
	ud2

	.macro TRAP vector, has_error
	.balign 16
trap_\vector:
	pop	%rcx
	pop	%r11
	.if \has_error == 0
	push	$0
	.endif
	push	$\vector
	jmp	trap_common
	.endm

	.text
	TRAP 0, 0
	TRAP 1, 0
	TRAP 2, 0
	TRAP 3, 0
	TRAP 4, 0
	TRAP 5, 0
	TRAP 6, 0
	TRAP 7, 0
	TRAP 8, 1
	TRAP 9, 0
	TRAP 10, 1
	TRAP 11, 1
	TRAP 12, 1
	TRAP 13, 1
	TRAP 14, 1
	TRAP 15, 0
	TRAP 16, 0
	TRAP 17, 1
	TRAP 18, 0
	TRAP 19, 0
	TRAP 20, 0
	TRAP 21, 1
	TRAP 0x80, 0
	TRAP 0x81, 0

	/* not hardware vectors: see enum trap_source in traps.h */
	TRAP 0x100, 0		/* event upcall */
	TRAP 0x102, 0		/* 64-bit syscall */
	TRAP 0x103, 0		/* 32-bit syscall */
	TRAP 0x104, 0		/* sysenter */

	/* failsafe: RCX R11 DS ES FS GS RIP … */
	.balign 16
trap_0x101:
	pop	%rcx
	pop	%r11
	pop	failsafe_selectors+0(%rip)
	pop	failsafe_selectors+8(%rip)
	pop	failsafe_selectors+16(%rip)
	pop	failsafe_selectors+24(%rip)
	push	$0
	push	$0x101
	jmp	trap_common

trap_common:
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	cld
	call	trap_dispatch
	/* also the way into a frame made by hand: RSP = struct trap_frame */
frame_resume:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	add	$16, %rsp
	push	$0
	push	%rcx
	push	%r11
	push	%rax
	mov	$HYPERCALL_IRET, %eax
	syscall
	ud2

	/*
	 * void user_enter(struct trap_frame *frame): leave by iret into the frame; comes back
	 * when user_leave() is called from a trap handler.
	 */
	.globl user_enter
user_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, user_return_rsp(%rip)
	/* copy the frame below this stack so that popping it destroys nothing */
	sub	$176, %rsp
	mov	%rdi, %rsi
	mov	%rsp, %rdi
	mov	$22, %ecx
	rep movsq
	jmp	frame_resume

	/* void user_leave(void): on any stack, continue after user_enter() */
	.globl user_leave
user_leave:
	mov	user_return_rsp(%rip), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.section .rodata
	.balign 8
	.globl trap_entries
trap_entries:		/* { vector, address }, ended by address 0 */
	.irp v, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,0x80,0x81
	.quad \v, trap_\v
	.endr
	.quad 0, 0
	.globl callback_entries
callback_entries:	/* indexed by enum trap_source - 0x100 */
	.quad trap_0x100, trap_0x101, trap_0x102, trap_0x103, trap_0x104

	.bss
	.balign 16
	.globl boot_stack, boot_stack_end, trap_stack, trap_stack_end
boot_stack:
	.skip 16384
boot_stack_end:
trap_stack:
	.skip 16384
trap_stack_end:
	.globl user_return_rsp
user_return_rsp:
	.skip 8
	.globl entry_state
entry_state:
	.skip 152
	.globl failsafe_selectors
failsafe_selectors:
	.skip 32
	.section .note.GNU-stack, "", @progbits
