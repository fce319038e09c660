/* SPDX-License-Identifier: MIT */
/* Model-specific registers as a PV kernel sees them: a table, else #GP. */
#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/x86/speculation.h"
#include "core/domain.h"
#include "pv/cpuid.h"
#include "pv/pv.h"

#include <asm/pvcpu.h>

#define MSR_MCG_CAP 0x179
#define MSR_MCG_STATUS 0x17a
#define MSR_MCG_CTL 0x17b
#define MSR_MISC_ENABLE 0x1a0
#define MSR_UCODE_REV 0x8b
#define MSR_PLATFORM_INFO 0xce
#define MSR_MISC_FEATURES 0x140
#define MSR_MC0_CTL 0x400
#define MSR_MC_LAST 0x47f
#define MSR_AMD_PERF_FIRST 0xc0010000
#define MSR_AMD_PERF_LAST 0xc0010007
#define MSR_AMD_SYSCFG 0xc0010010
#define MSR_AMD_HWCR 0xc0010015
#define MSR_AMD_PATCH_LEVEL 0x8b
#define MSR_HYPERCALL_PAGE 0x40000000

#define HWCR_TSC_FREQ_SEL (1UL << 24)

/* CPUID 7 EDX: a bit of SPEC_CTRL each. */
static const struct {
	uint32_t value;
	unsigned int feature;
} spec_ctrl_bits[] = {{SPEC_CTRL_IBRS, 26}, {SPEC_CTRL_STIBP, 27}, {SPEC_CTRL_SSBD, 31}};

static bool leaf7_has(const struct vcpu *v, unsigned int bit)
{
	return policy_has(v->domain, 7, 0, REG_EDX, bit);
}

static bool spec_ctrl_write(struct vcpu *v, uint64_t val)
{
	uint64_t allowed = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(spec_ctrl_bits); i++) {
		allowed |= leaf7_has(v, spec_ctrl_bits[i].feature) ? spec_ctrl_bits[i].value : 0;
	}
	if (!allowed || (val & ~allowed)) {
		return false;
	}
	v->pv.spec_ctrl = (uint32_t)val;
	speculation_load(v);
	return true;
}

static bool pred_cmd_write(const struct vcpu *v, uint64_t val)
{
	if (val > PRED_CMD_IBPB ||
	    (!leaf7_has(v, 26) &&
	     !policy_has(v->domain, 0x80000008, XEN_CPUID_NO_SUBLEAF, REG_EBX, 12))) {
		return false;
	}
	if (val) {
		wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
	}
	return true;
}

bool pv_msr_read(uint32_t msr, uint64_t *val)
{
	struct vcpu *v = current;

	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE: /* the guest kernel runs, so these are live */
		*val = rdmsr(msr);
		return true;
	case MSR_TSC:
		*val = rdtsc();
		return true;
	case MSR_EFER:
		*val = rdmsr(MSR_EFER) & ~EFER_SVME;
		return true;
	case MSR_PAT:
		*val = PAT_VALUE;
		return true;
	case MSR_APIC_BASE:
		*val = 0xfee00000UL | APIC_BASE_ENABLE | (v->id == 0 ? APIC_BASE_BSP : 0);
		return true;
	case MSR_MCG_CAP: /* no banks */
	case MSR_MCG_STATUS:
	case MSR_MCG_CTL:
	case MSR_MC0_CTL ... MSR_MC_LAST:
	case MSR_AMD_PERF_FIRST ... MSR_AMD_PERF_LAST:
	case MSR_AMD_SYSCFG:
	case MSR_UCODE_REV:
	case MSR_PLATFORM_INFO:
	case MSR_MISC_FEATURES:
		*val = 0;
		return true;
	case MSR_MISC_ENABLE: /* Linux tries to clear bits it finds set */
		*val = 0;
		return true;
	case MSR_AMD_HWCR:
		*val = HWCR_TSC_FREQ_SEL;
		return true;
	case MSR_SPEC_CTRL:
		*val = v->pv.spec_ctrl;
		return leaf7_has(v, 26);
	case MSR_TSC_AUX:
		*val = 0;
		return policy_has(v->domain, 0x80000001, XEN_CPUID_NO_SUBLEAF, REG_EDX, 27);
	default:
		return false;
	}
}

bool pv_msr_write(uint32_t msr, uint64_t val)
{
	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE:
		if (!is_canonical(val)) {
			return false;
		}
		wrmsr(msr, val);
		return true;
	case MSR_EFER:
		return val == (rdmsr(MSR_EFER) & ~EFER_SVME);
	case MSR_MCG_STATUS:
	case MSR_MCG_CTL:
	case MSR_MC0_CTL ... MSR_MC_LAST:
	case MSR_AMD_PERF_FIRST ... MSR_AMD_PERF_LAST:
	case MSR_AMD_SYSCFG:
	case MSR_AMD_HWCR:
	case MSR_MISC_ENABLE:
	case MSR_UCODE_REV:
	case MSR_TSC:
		return true; /* taken without effect */
	case MSR_SPEC_CTRL:
		return spec_ctrl_write(current, val);
	case MSR_PRED_CMD:
		return pred_cmd_write(current, val);
	default:
		return false;
	}
}
