/* SPDX-License-Identifier: MIT */
/*
 * Which weaknesses of speculative execution this processor has, what is done
 * about them, and doing it.  The table of mitigations is in speculation.c.
 * Sources: Intel, "Speculative Execution Side Channel Mitigations" (336996)
 * and SDM volume 4 (ARCH_CAPABILITIES); AMD APM volume 3, appendix E, and
 * "Technical guidance for mitigating branch type confusion".
 */
#ifndef ARGON_X86_SPECULATION_H
#define ARGON_X86_SPECULATION_H

#define MSR_SPEC_CTRL 0x48
#define MSR_PRED_CMD 0x49
#define PRED_CMD_IBPB 1
#define SPEC_CTRL_IBRS 1
#define SPEC_CTRL_STIBP 2
#define SPEC_CTRL_SSBD 4

/* cpu_info.spec_flags: what the hooks of entry.S do for the vCPU on this CPU. */
#define SPEC_SWITCH_CTRL 1
#define SPEC_IBPB_AT_ENTRY 2
#define SPEC_FILL_RSB 4
#define SPEC_VERW 8
#define SPEC_ON_ENTRY 7 /* any of those before VERW */

#ifndef __ASSEMBLY__

#include "lib/options.h"
#include "lib/types.h"

struct vcpu;

/* What the choice depends on. */
struct spec_cpu {
	bool amd, intel; /* AMD: or Hygon */
	uint32_t family, model;
	bool smep;
	uint32_t leaf7_ebx, leaf7_edx, ext8_ebx, ext21_eax; /* CPUID words */
	uint64_t arch_caps;                                 /* 0: no such MSR */
};

/* What is done; on[][0] for dom0, on[][1] for guests. */
struct spec_choice {
	enum branch_thunk thunk;
	bool on[SPEC_COUNT][2];
	bool guest_msrs;    /* guests have SPEC_CTRL */
	bool rewrite;       /* SPEC_CTRL is to be written at every entry (IBRS of old) */
	uint32_t spec_ctrl; /* Argon's own value */
	uint32_t patches;   /* bits by PATCH_* */
};
extern struct spec_choice spec_choice;

/* The choice for a CPU and a command line: no side effects. */
void speculation_choose(const struct spec_cpu *cpu, const struct options *opt,
			struct spec_choice *out);
/* What it amounts to, in words; also what the CPU would need and lacks. */
void speculation_describe(const struct spec_cpu *cpu, const struct spec_choice *c, char *text,
			  size_t size);
/* Name of a mitigation in spec-ctrl=; NULL past SPEC_COUNT. */
const char *speculation_option_name(unsigned int i);

/* Chooses for this machine, patches the code, says what is in force. Once, early. */
void speculation_init(void);
/* SPEC_CTRL of a CPU that starts, on its final stack. */
void speculation_init_cpu(void);
/* v is loaded on this CPU, or its guest's SPEC_CTRL changed. */
void speculation_load(const struct vcpu *v);
/* The same, after another vCPU ran here: what that one trained is forgotten. */
void speculation_switch(const struct vcpu *next);

#endif
#endif
