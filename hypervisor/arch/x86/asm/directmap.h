/* SPDX-License-Identifier: MIT */
/* RAM through the direct map. */
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

/* Only for direct-map addresses (frames_alloc, hv_alloc, mfn_to_virt). */
static inline maddr_t virt_to_maddr(const void *p)
{
	return (maddr_t)((uint64_t)p - DIRECTMAP_VIRT);
}

static inline mfn_t virt_to_mfn(const void *p)
{
	return maddr_to_mfn(virt_to_maddr(p));
}

#endif
