/* SPDX-License-Identifier: MIT */
/* The slow part of fetching a guest's instruction, and its registers. */
#include "pv/insn.h"

#include "lib/guest_copy.h"

#include <asm/layout.h>

unsigned int insn_fetch_near_end(struct insn *i, uint64_t rip)
{
	unsigned int n = (unsigned int)(PAGE_SIZE - (rip & ~PAGE_MASK));

	return n <= INSN_MAX && !copy_from_guest(i->bytes, gptr(rip), n) ? n : 0;
}

uint64_t *insn_register(struct cpu_user_regs *r, unsigned int n)
{
	static const uint8_t offset[16] = {
		offsetof(struct cpu_user_regs, rax), offsetof(struct cpu_user_regs, rcx),
		offsetof(struct cpu_user_regs, rdx), offsetof(struct cpu_user_regs, rbx),
		offsetof(struct cpu_user_regs, rsp), offsetof(struct cpu_user_regs, rbp),
		offsetof(struct cpu_user_regs, rsi), offsetof(struct cpu_user_regs, rdi),
		offsetof(struct cpu_user_regs, r8),  offsetof(struct cpu_user_regs, r9),
		offsetof(struct cpu_user_regs, r10), offsetof(struct cpu_user_regs, r11),
		offsetof(struct cpu_user_regs, r12), offsetof(struct cpu_user_regs, r13),
		offsetof(struct cpu_user_regs, r14), offsetof(struct cpu_user_regs, r15),
	};

	return (uint64_t *)((char *)r + offset[n & 15]);
}
