/* SPDX-License-Identifier: MIT */
/*
 * The ELF notes by which the hypervisor or the domain builder recognises a PV kernel
 * (numbers: include/xen/elfnote.h, checked there against the public interface).
 */
	.macro note_string type, text
	.balign 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	.asciz "\text"
2:	.balign 4
	.endm

	.macro note_quad type, value
	.balign 4
	.long 4, 8, \type
	.asciz "Xen"
	.quad \value
	.endm

	.section .note.Xen, "a", @note
	note_quad	1, _start		/* ENTRY */
	note_quad	2, hypercall_page	/* HYPERCALL_PAGE */
	note_quad	3, VIRT_BASE		/* VIRT_BASE */
	note_quad	4, 0			/* PADDR_OFFSET */
	note_string	5, "xen-3.0"		/* XEN_VERSION */
	note_string	6, "argon-test"		/* GUEST_OS */
	note_string	7, "1"			/* GUEST_VERSION */
	note_string	8, "generic"		/* LOADER */
	note_string	9, "yes"		/* PAE_MODE */
	note_quad	15, 0x8000000000	/* INIT_P2M */
	note_quad	16, 1			/* MOD_START_PFN */
	.balign 4
	.long 4, 4, 17				/* SUPPORTED_FEATURES: writable tables, dom0 */
	.asciz "Xen"
	.long 0x801

	.text
	.balign 4096
	.globl hypercall_page
hypercall_page:
	.skip 4096, 0x90
	.section .note.GNU-stack, "", @progbits
