/* SPDX-License-Identifier: MIT */
/*
 * What runs in user mode, position-independent: it is mapped at another address than the one it
 * is linked for.
 */
	.section .user, "ax"
	.balign 4096
	.globl user_syscall_twice
user_syscall_twice:
	mov	$0x1111, %eax
	mov	$0x2222, %ebx
	syscall
	mov	$0x3333, %eax
	syscall
	.globl user_read_rdi
user_read_rdi:
	mov	(%rdi), %rax
	syscall
	.globl user_write_rdi
user_write_rdi:
	movq	$1, (%rdi)
	syscall
	.globl user_jump_rdi
user_jump_rdi:
	jmp	*%rdi
	.globl user_int80
user_int80:
	int	$0x80
	syscall
	.globl user_int3
user_int3:
	int3
	syscall
	.globl user_ud2
user_ud2:
	ud2
	.globl user_sysenter
user_sysenter:
	sysenter
	.globl user_cli
user_cli:
	cli
	.globl user_in
user_in:
	in	$0x80, %al
	.globl user_hlt
user_hlt:
	hlt
	.globl user_read_gs
user_read_gs:
	mov	%gs:0, %rax
	syscall
	.globl user_fep
user_fep:
	mov	$0x40000000, %eax
	.byte	0x0f, 0x0b, 0x78, 0x65, 0x6e
	cpuid
	syscall
	.globl user_push
user_push:
	push	$7
	pop	%rax
	pushfq
	pop	%rdx
	syscall
	.section .note.GNU-stack, "", @progbits
