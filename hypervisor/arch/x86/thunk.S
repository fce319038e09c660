/* SPDX-License-Identifier: MIT */
/*
 * Indirect branches of C code (-mindirect-branch=thunk-extern): as a return
 * whose prediction spins in place, or the simpler forms where those suffice.
 */
#include "arch/x86/patch.h"

	.text
.irp reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	.align 32
	.globl __x86_indirect_thunk_\reg
__x86_indirect_thunk_\reg:
	call 2f
1:	pause
	lfence
	jmp 1b
2:	mov %\reg, (%rsp)
	ret
3:
	PATCH_FOR __x86_indirect_thunk_\reg, 3b, PATCH_THUNK_LFENCE, "lfence; jmp *%\reg"
	PATCH_FOR __x86_indirect_thunk_\reg, 3b, PATCH_THUNK_JMP, "jmp *%\reg"
.endr

	.section .note.GNU-stack, "", @progbits
