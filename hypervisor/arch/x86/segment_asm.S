/* SPDX-License-Identifier: MIT */
/* Selector loads that may fault on what a guest put into its tables. */

	.text

.macro LOAD_SELECTOR seg
	.globl load_\seg
load_\seg:
1:	mov %edi, %\seg
2:	ret
3:	xor %eax, %eax
	mov %eax, %\seg
	ret
	.pushsection .ex_table, "a"
	.quad 1b, 2b, 3b
	.popsection
.endm

	LOAD_SELECTOR ds
	LOAD_SELECTOR es
	LOAD_SELECTOR fs
	LOAD_SELECTOR gs

	.section .note.GNU-stack, "", @progbits
