/* SPDX-License-Identifier: MIT */
/*
 * A guest without a kernel: waits for an event that never comes. What creating it costs is the
 * hypervisor's and the toolstack's. With SPIN it computes for ever, and counts rounds in RBX.
 */
#define VIRT_BASE	0xffffffff80000000
#define HYPERCALL_SCHED_OP	29
#define SCHEDOP_POLL	3

	.macro note_head size, type
	.balign 4
	.long 4, \size, \type
	.asciz "Xen"
	.endm

	.section .note.Xen, "a", @note
	note_head 8, 1			/* ENTRY */
	.quad _start
	note_head 8, 3			/* VIRT_BASE */
	.quad VIRT_BASE
	note_head 8, 4			/* PADDR_OFFSET */
	.quad 0
	note_head 8, 5			/* XEN_VERSION */
	.asciz "xen-3.0"
	note_head 5, 6			/* GUEST_OS */
	.asciz "idle"
	note_head 8, 8			/* LOADER */
	.asciz "generic"
	note_head 4, 9			/* PAE_MODE */
	.asciz "yes"

	.text
	.globl _start
_start:
#ifdef SPIN
	xor	%ebx, %ebx
1:	mov	$1000, %ecx
2:	dec	%ecx
	jnz	2b
	inc	%rbx
	jmp	1b
#endif
	mov	$HYPERCALL_SCHED_OP, %eax
	mov	$SCHEDOP_POLL, %edi
	lea	poll(%rip), %rsi
	syscall
	jmp	_start

	.data
	.balign 8
poll:	.quad 0				/* of no port */
	.long 0, 0
	.quad 0				/* for ever; an event ends it, to begin again */
	.section .note.GNU-stack, "", @progbits
