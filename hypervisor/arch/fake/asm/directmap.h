/* SPDX-License-Identifier: MIT */
/* RAM of the fake machine, mapped at a fixed place of the process. */
#ifndef ARGON_ASM_DIRECTMAP_H
#define ARGON_ASM_DIRECTMAP_H

#include <asm/layout.h>

#include "lib/types.h"

static inline void *maddr_to_virt(maddr_t a)
{
	return (void *)(DIRECTMAP_VIRT + a);
}

static inline void *mfn_to_virt(mfn_t m)
{
	return maddr_to_virt(mfn_to_maddr(m));
}

static inline maddr_t virt_to_maddr(const void *p)
{
	return (maddr_t)((uint64_t)p - DIRECTMAP_VIRT);
}

static inline mfn_t virt_to_mfn(const void *p)
{
	return maddr_to_mfn(virt_to_maddr(p));
}

#endif
