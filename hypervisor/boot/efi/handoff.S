/* SPDX-License-Identifier: MIT */
/*
 * From the firmware's long mode to the image's 32-bit entry.  Copied to a
 * page below 4 GiB, mapped one to one: void (UINTN entry, void *info), called
 * by the System V convention.
 */
	.section .text, "ax"
	.globl handoff_start, handoff_end
	.code64
handoff_start:
	cli
	leaq	gdt(%rip), %rax
	movq	%rax, gdtr + 2(%rip)
	lgdt	gdtr(%rip)
	movl	%esi, %ebx
	leaq	mode32(%rip), %rax
	pushq	$0x08
	pushq	%rax
	lretq

	.code32
mode32:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	%cr0, %eax
	andl	$0x7fffffff, %eax	/* paging off: out of long mode */
	movl	%eax, %cr0
	movl	$0xc0000080, %ecx
	rdmsr
	andl	$~0x100, %eax		/* EFER.LME */
	wrmsr
	xorl	%eax, %eax
	movl	%eax, %cr4
	movl	$0x36d76289, %eax	/* a Multiboot2 loader was here */
	jmp	*%edi

	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9b000000ffff	/* 0x08: 32-bit code */
	.quad 0x00cf93000000ffff	/* 0x10: data */
gdtr:
	.short 23
	.quad 0
handoff_end:

	.section .note.GNU-stack, "", @progbits
