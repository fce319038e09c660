/* SPDX-License-Identifier: MIT */
/* What hosted files of pv/ take from the header of the same name: flags, no instructions. */
#ifndef ARGON_ASM_PVCPU_H
#define ARGON_ASM_PVCPU_H

#include "arch/x86/asm/regs.h"

#define FLAG_FIXED1 (1UL << 1)
#define FLAG_IF (1UL << 9)
#define FLAG_IOPL (3UL << 12)
#define FLAG_NT (1UL << 14)
#define FLAG_VM (1UL << 17)
#define FLAG_VIF (1UL << 19)
#define FLAG_VIP (1UL << 20)

static inline bool is_canonical(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

#endif
