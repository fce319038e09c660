/* SPDX-License-Identifier: MIT */
/*
 * From a multiboot loader (32-bit protected mode, paging off) to the first C
 * function in long mode at the image's link address.  Runs wherever the
 * image was put: all addresses are taken relative to where it is.
 * Sources: Multiboot 0.6.96 and Multiboot2 2.0 specifications; Intel SDM
 * vol. 3, 10.8.5 (entering IA-32e mode).
 */
#include <asm/layout.h>

#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00000003 /* modules page aligned, memory map wanted */
#define MB2_MAGIC 0xe85250d6

#define STACK_SIZE 0x8000
#define CPU_INFO_SIZE 0x400 /* at least sizeof(struct cpu_info); checked in C */

#define PTE_TABLE 0x003 /* present, writable */
#define PTE_LARGE 0x083
#define CR4_PAE 0x20
#define EFER_NUMBER 0xc0000080
#define EFER_LME 0x100
#define EFER_NXE 0x800
#define CR0_PG_WP_PE 0x80010021 /* with NE */
#define IMAGE_TABLES 8		/* L1 tables: 16 MiB of image */

	.section .text.head, "ax"
	.balign 8
	.long MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)

	.balign 8
mb2_header:
	.long MB2_MAGIC, 0, mb2_header_end - mb2_header
	.long -(MB2_MAGIC + (mb2_header_end - mb2_header))
	/* Information request: command line, modules, memory map, base address. */
	.balign 8
	.short 1, 1
	.long 8 + 4 * 5
	.long 1, 3, 6, 14, 15
	/* Modules page aligned. */
	.balign 8
	.short 6, 1
	.long 8
	/* Relocatable: anywhere from 2 MiB on below 4 GiB, page aligned, low preferred. */
	.balign 8
	.short 10, 1
	.long 24
	.long 0x200000, 0xffffffff, 0x1000, 1
	.balign 8
	.short 0, 0
	.long 8
mb2_header_end:

	.code32
	.globl start32
start32:
	cli
	cld
	/*
	 * The only stack we know of is the loader's information structure:
	 * borrow its first word to learn our address.
	 */
	movl	%eax, %edi		/* loader's magic: first C argument */
	movl	(%ebx), %ecx
	leal	4(%ebx), %esp
	call	1f
1:	popl	%ebp
	movl	%ecx, (%ebx)
	subl	$(1b - IMAGE_VIRT), %ebp	/* ebp: physical load address */

#define PHYS(sym, reg) leal (sym - IMAGE_VIRT)(%ebp), reg
	PHYS(early_stack_end, %esp)
	movl	%ebx, %esi		/* information: second C argument */
	pushl	%edi
	pushl	%esi

	/* Without long mode there is nothing to run on. */
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	btl	$29, %edx
	jnc	no_long_mode

	/* Low 4 GiB by 2 MiB pages, seen at 0 and in the direct map. */
	PHYS(early_l2, %edi)
	movl	$PTE_LARGE, %eax
	xorl	%edx, %edx
	movl	$2048, %ecx
2:	movl	%eax, (%edi)
	movl	%edx, 4(%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	decl	%ecx
	jnz	2b

	PHYS(early_l2 + PTE_TABLE, %eax)
	PHYS(early_l3, %edi)
	movl	$4, %ecx
3:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	decl	%ecx
	jnz	3b

	/* The image at its link address, 4 KiB pages: it may lie anywhere. */
	leal	PTE_TABLE(%ebp), %eax
	PHYS(early_image_l1, %edi)
	movl	$(IMAGE_TABLES * 512), %ecx
4:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	decl	%ecx
	jnz	4b
	PHYS(early_image_l1 + PTE_TABLE, %eax)
	PHYS(early_image_l2, %edi)
	movl	$IMAGE_TABLES, %ecx
5:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	decl	%ecx
	jnz	5b

	PHYS(early_image_l2 + PTE_TABLE, %eax)
	PHYS(early_image_l3, %edi)
	movl	%eax, (%edi)
	PHYS(early_l4, %edi)
	PHYS(early_l3 + PTE_TABLE, %eax)
	movl	%eax, (%edi)
	movl	%eax, (262 * 8)(%edi)
	PHYS(early_image_l3 + PTE_TABLE, %eax)
	movl	%eax, (260 * 8)(%edi)

	movl	%edi, %cr3
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	/* NXE at once: C code checks for its support before using bit 63. */
	movl	$0x80000001, %eax
	cpuid
	movl	%edx, %esi
	movl	$EFER_NUMBER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	btl	$20, %esi
	jnc	6f
	orl	$EFER_NXE, %eax
6:	wrmsr
	movl	$CR0_PG_WP_PE, %eax
	movl	%eax, %cr0

	PHYS(early_gdt, %eax)
	PHYS(early_gdtr, %ecx)
	movl	%eax, 2(%ecx)
	lgdt	(%ecx)
	popl	%esi
	popl	%edi
	PHYS(start64, %eax)
	pushl	$8
	pushl	%eax
	lret

no_long_mode:
	PHYS(no_long_mode_text, %esi)
	movl	$0xb8000, %edi
	movb	$0x4f, %ah
7:	lodsb
	testb	%al, %al
	jz	8f
	movw	%ax, (%edi)
	addl	$2, %edi
	/* And on the first serial port, as it is. */
	movw	$0x3f8, %dx
	outb	%al, %dx
	jmp	7b
8:	hlt
	jmp	8b
no_long_mode_text:
	.asciz "Argon needs a processor with 64-bit long mode. "

	.balign 8
early_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 0x08: 64-bit code */
	.quad 0x00cf93000000ffff /* 0x10: data */
early_gdtr:
	.short 23
	.long 0

	.code64
start64:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	lldt	%ax
	movl	%ebp, %edx		/* load address: third C argument */
	movabs	$start64_high, %rax
	jmp	*%rax

start64_high:
	movl	%edi, %edi		/* upper halves are undefined so far */
	movl	%esi, %esi
	movl	%edx, %edx
	leaq	(early_stack_end - CPU_INFO_SIZE)(%rip), %rsp
	xorl	%ebp, %ebp
	/* The loader cleared the BSS (multiboot), but the tables are in use. */
	lgdt	early_gdtr_high(%rip)
	pushq	$0
	call	start_multiboot
9:	hlt
	jmp	9b

	.balign 8
early_gdtr_high:
	.short 23
	.quad early_gdt

	/* The first stack, in the shape of every CPU's: see asm/percpu.h. */
	.section .init.bss.stack, "aw", @nobits
	.balign STACK_SIZE
	.globl early_stack
early_stack:
	.skip STACK_SIZE
early_stack_end:

	.section .init.bss, "aw", @nobits
	.balign 4096
early_l4:
	.skip 4096
early_l3:
	.skip 4096
early_l2:
	.skip 4096 * 4
early_image_l3:
	.skip 4096
early_image_l2:
	.skip 4096
early_image_l1:
	.skip 4096 * IMAGE_TABLES

	.section .note.GNU-stack, "", @progbits
