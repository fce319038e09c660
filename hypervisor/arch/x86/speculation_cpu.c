/* SPDX-License-Identifier: MIT */
/* Doing what speculation.c has chosen: patching at boot, MSRs of each CPU and vCPU. */
#include <asm/features.h>
#include <asm/insn.h>
#include <asm/percpu.h>

#include "arch/isolation.h"
#include "arch/x86/patch.h"
#include "arch/x86/speculation.h"
#include "core/domain.h"
#include "lib/bug.h"
#include "lib/printk.h"

#define MSR_ARCH_CAPABILITIES 0x10a

extern const struct patch __patches_start[], __patches_end[];

struct spec_choice spec_choice __ro_after_init;
char mitigations_text[256] __ro_after_init;

static void __init read_cpu(struct spec_cpu *c)
{
	uint32_t max = cpuid(0, 0).eax, max_ext = cpuid(0x80000000, 0).eax;
	struct cpuid_regs r7 = max >= 7 ? cpuid(7, 0) : (struct cpuid_regs){0};

	*c = (struct spec_cpu){
		.amd = cpu_features.amd,
		.intel = cpu_features.intel,
		.family = cpu_features.family,
		.model = cpu_features.model,
		.smep = cpu_features.smep,
		.leaf7_ebx = r7.ebx,
		.leaf7_edx = r7.edx,
		.ext8_ebx = max_ext >= 0x80000008 ? cpuid(0x80000008, 0).ebx : 0,
		.ext21_eax = max_ext >= 0x80000021 ? cpuid(0x80000021, 0).eax : 0,
		.arch_caps = r7.edx & (1U << 29) ? rdmsr(MSR_ARCH_CAPABILITIES) : 0,
	};
}

void __init speculation_init(void)
{
	unsigned int count[PATCH_FEATURES] = {0};
	struct spec_cpu cpu;

	read_cpu(&cpu);
	speculation_choose(&cpu, &options, &spec_choice);
	if (!patch_apply(__patches_start, __patches_end, spec_choice.patches, count)) {
		panic("speculation_init: a patch does not fit its place");
	}
	cpuid(0, 0); /* serialises: the code just written is what runs */
	speculation_describe(&cpu, &spec_choice, mitigations_text, sizeof(mitigations_text));
	log_info("Mitigations: %s", mitigations_text);
	log_info("Patch points: %lu; applied: %u hooks, %u lfence, %u jmp",
		 (unsigned long)(__patches_end - __patches_start), count[PATCH_HOOKS],
		 count[PATCH_THUNK_LFENCE], count[PATCH_THUNK_JMP]);
}

void speculation_init_cpu(void)
{
	cpu_info()->spec_hv = spec_choice.spec_ctrl;
	if (spec_choice.spec_ctrl) {
		wrmsr(MSR_SPEC_CTRL, spec_choice.spec_ctrl);
	}
}

void speculation_load(const struct vcpu *v)
{
	const struct spec_choice *c = &spec_choice;
	struct cpu_info *ci = cpu_info();
	bool guest = !v->domain->is_privileged;

	/* IBRS of old is for Argon alone; all else may stay on while the guest runs. */
	ci->spec_guest = v->pv.spec_ctrl | (c->rewrite ? 0 : c->spec_ctrl);
	ci->spec_flags = (c->rewrite || ci->spec_guest != ci->spec_hv ? SPEC_SWITCH_CTRL : 0) |
			 (c->on[SPEC_IBPB_ENTRY][guest] ? SPEC_IBPB_AT_ENTRY : 0) |
			 (c->on[SPEC_RSB][guest] ? SPEC_FILL_RSB : 0) |
			 (c->on[SPEC_MD_CLEAR][guest] ? SPEC_VERW : 0);
}

void speculation_switch(const struct vcpu *next)
{
	static DEFINE_PER_CPU(uint32_t, last); /* domain and vCPU that ran here last */
	uint32_t id = (uint32_t)next->domain->id << 16 | next->id;

	if (spec_choice.on[SPEC_IBPB][1] && this_cpu(last) != id) {
		wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
	}
	this_cpu(last) = id;
	speculation_load(next);
}
