/* SPDX-License-Identifier: MIT */
/*
 * Where an application processor starts: real mode, CS = page << 8.  The code
 * is copied to a page below 1 MiB, with the words at its end filled in.
 * Straight from real to long mode (AMD64 manual, volume 2, 14.6.1).
 */
	.section .rodata, "a"
	.balign 16
	.globl trampoline_start, trampoline_end
	.globl trampoline_cr3, trampoline_stack, trampoline_entry, trampoline_gdtr
	.globl trampoline_far, trampoline_long, trampoline_gdt, trampoline_cr4

	.code16
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	trampoline_gdtr - trampoline_start
	movl	trampoline_cr4 - trampoline_start, %eax
	movl	%eax, %cr4
	movl	trampoline_cr3 - trampoline_start, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER: LME, NXE, SCE */
	rdmsr
	orl	$0x901, %eax
	wrmsr
	movl	$0x80010033, %eax	/* PG, WP, NE, ET, MP, PE */
	movl	%eax, %cr0
	ljmpl	*(trampoline_far - trampoline_start)

	.code64
trampoline_long:
	movl	$0x10, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movq	trampoline_stack(%rip), %rsp
	xorl	%ebp, %ebp
	pushq	$0
	jmp	*trampoline_entry(%rip)

	.balign 16
trampoline_gdt:
	.quad 0
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
trampoline_gdtr:
	.short 23
	.long 0			/* address of trampoline_gdt in the page */
	.balign 8
trampoline_far:
	.long 0			/* address of trampoline_long in the page */
	.short 8
	.balign 8
trampoline_cr3:
	.long 0
trampoline_cr4:
	.long 0
trampoline_stack:
	.quad 0
trampoline_entry:
	.quad 0
trampoline_end:

	.section .note.GNU-stack, "", @progbits
