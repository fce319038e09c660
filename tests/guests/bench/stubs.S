/* SPDX-License-Identifier: MIT */
/*
 * The shortest honest kernel entries, and the user loops that are timed. A user loop leaves the
 * best of its rounds in R12, five rounds of 256 turns each, by RDTSC in user mode itself.
 */
#include <argon/bench_marks.h>

	.text
	/* user syscall: RCX R11 RIP CS RFLAGS RSP SS, and straight back */
	.globl stub_syscall
stub_syscall:
	cmp	$0, %eax
	jne	stub_done
	pop	%rcx
	pop	%r11
	push	$0x100			/* VGCF_in_syscall */
	push	%rcx
	push	%r11
	push	%rax
	mov	$23, %eax
	syscall
	ud2
stub_done:
	pop	%rcx
	pop	%r11
	mov	bench_return_rsp(%rip), %rsp
	mov	%r12, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	/* user page fault: RCX R11 error RIP …; step over the three-byte load */
	.balign 16
	.globl stub_page_fault
stub_page_fault:
	pop	%rcx
	pop	%r11
	add	$8, %rsp
	addq	$3, (%rsp)
	push	$0
	push	%rcx
	push	%r11
	push	%rax
	mov	$23, %eax
	syscall
	ud2

	/* uint64_t bench_user(struct iret_context *to, uint64_t rbx): returns the loop's R12 */
	.globl bench_user
bench_user:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, bench_return_rsp(%rip)
	mov	%rdi, %rsp
	mov	%rsi, %rbx
	mov	$23, %eax
	syscall
	ud2

	.bss
	.balign 8
bench_return_rsp:
	.skip 8

	.section .user, "ax"
	.balign 4096
	.macro USER_LOOP name, body
	.globl \name
\name:
	mov	$-1, %r12
	mov	$5, %r13d
1:	mov	$256, %r14d
	BENCH_MARK MARK_BEGIN
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, %r15
2:	\body
	dec	%r14d
	jnz	2b
	rdtsc
	BENCH_MARK MARK_END
	shl	$32, %rdx
	or	%rdx, %rax
	sub	%r15, %rax
	cmp	%r12, %rax
	cmovb	%rax, %r12
	dec	%r13d
	jnz	1b
	mov	$1, %eax
	syscall
	.endm

	USER_LOOP user_empty, "xor %eax, %eax"
	USER_LOOP user_syscall, "xor %eax, %eax; syscall"
	/* RBX holds an address where nothing is mapped; "mov (%rbx), %rax" has three bytes */
	USER_LOOP user_fault, "xor %eax, %eax; mov (%rbx), %rax"
	.section .note.GNU-stack, "", @progbits
