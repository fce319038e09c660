/* SPDX-License-Identifier: MIT */
/* What the boot CPU can do, and what control registers hold on every CPU. */
#ifndef ARGON_ASM_FEATURES_H
#define ARGON_ASM_FEATURES_H

#include "lib/types.h"

struct cpu_features {
	char vendor[13], brand[49];
	uint32_t family, model, stepping;
	bool amd; /* AMD or Hygon */
	bool intel;
	bool x2apic, tsc_deadline, tsc_invariant, arat;
	bool xsave, fsgsbase, smep, smap, umip;
	bool page_1g, nx;
	bool svm;
	uint8_t phys_bits, virt_bits;
};
extern struct cpu_features cpu_features;

/* CR4 bits that are set on every CPU at all times. */
extern uint64_t hv_cr4;

/* Reads CPUID; panics if the processor lacks what Argon needs (NX, PAT, SSE2). */
void cpu_features_init(void);
/* CR0, CR4, EFER, PAT of this CPU. */
void cpu_control_init(void);

#endif
