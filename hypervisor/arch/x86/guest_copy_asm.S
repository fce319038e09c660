/* SPDX-License-Identifier: MIT */
/* Copies that survive a fault on the guest's side: return bytes not done. */

	.text

.macro EX_RANGE start, end, fixup
	.pushsection .ex_table, "a"
	.quad \start, \end, \fixup
	.popsection
.endm

/* size_t guest_copy_raw(void *dst, const void *src, size_t n) */
	.globl guest_copy_raw
	.align 16
guest_copy_raw:
	mov %rdx, %rcx
	mov %edx, %eax
	shr $3, %rcx
	and $7, %eax
1:	rep movsq
	mov %eax, %ecx
2:	rep movsb
3:	xor %eax, %eax
	ret
4:	/* rcx words left, and the tail */
	lea (%rax, %rcx, 8), %rax
	ret
5:	mov %rcx, %rax
	ret
	EX_RANGE 1b, 2b, 4b
	EX_RANGE 2b, 3b, 5b

/* size_t guest_clear_raw(void *dst, size_t n) */
	.globl guest_clear_raw
	.align 16
guest_clear_raw:
	mov %rsi, %rcx
	xor %eax, %eax
1:	rep stosb
2:	ret
3:	mov %rcx, %rax
	ret
	EX_RANGE 1b, 2b, 3b


	.section .note.GNU-stack, "", @progbits
