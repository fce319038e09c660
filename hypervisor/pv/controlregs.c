/* SPDX-License-Identifier: MIT */
/* Control registers and XCR0 as a PV kernel sees and sets them. */
#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/x86/fpu.h"
#include "core/domain.h"
#include "mm/page.h"
#include "pv/cpuid.h"
#include "pv/mmu.h"
#include "pv/pv.h"

#include <asm/pvcpu.h>

/* What a guest may switch in CR4, and what it always finds set. */
#define CR4_CHOSEN (CR4_TSD | CR4_DE | CR4_FSGSBASE | CR4_OSXSAVE)
#define CR4_VISIBLE (CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT)

static uint64_t visible_cr4(const struct vcpu *v)
{
	return (v->pv.cr4 & CR4_CHOSEN) | (read_cr4() & CR4_VISIBLE);
}

uint64_t pv_read_cr(unsigned int n, bool *ok)
{
	const struct vcpu *v = current;

	switch (n) {
	case 0:
		return (read_cr0() & ~CR0_TS) | (v->pv.ts ? CR0_TS : 0);
	case 2:
		return v->info->arch.cr2;
	case 3:
		return v->pv.cr3_kernel;
	case 4:
		return visible_cr4(v);
	default:
		*ok = false;
		return 0;
	}
}

static bool write_cr0_guest(struct vcpu *v, uint64_t val)
{
	if ((val ^ read_cr0()) & ~CR0_TS) {
		return false;
	}
	v->pv.ts = (val & CR0_TS) != 0;
	if (v->pv.ts) {
		stts();
	} else {
		clts();
	}
	return true;
}

uint32_t pv_sane_cr4(const struct domain *d, uint64_t cr4)
{
	uint64_t allowed = CR4_CHOSEN;

	if (!policy_has(d, 7, 0, REG_EBX, 0)) {
		allowed &= ~CR4_FSGSBASE;
	}
	if (!host_xcr0) {
		allowed &= ~CR4_OSXSAVE;
	}
	return (uint32_t)(cr4 & allowed);
}

static bool write_cr4_guest(struct vcpu *v, uint64_t val)
{
	uint32_t chosen = pv_sane_cr4(v->domain, val);

	if ((val & CR4_CHOSEN) != chosen || ((val ^ visible_cr4(v)) & ~CR4_CHOSEN)) {
		return false;
	}
	v->pv.cr4 = chosen;
	pv_load_cr4(v);
	return true;
}

bool pv_write_cr(unsigned int n, uint64_t val)
{
	struct vcpu *v = current;

	switch (n) {
	case 0:
		return write_cr0_guest(v, val);
	case 2:
		v->info->arch.cr2 = val;
		return true;
	case 3:
		return pv_new_baseptr(val >> PAGE_SHIFT) == 0;
	case 4:
		return write_cr4_guest(v, val);
	default:
		return false;
	}
}

bool pv_xsetbv(uint32_t reg, uint64_t val)
{
	struct vcpu *v = current;

	if (reg || !(v->pv.cr4 & CR4_OSXSAVE) || !(val & XCR0_X87) || (val & ~host_xcr0) ||
	    ((val & XCR0_AVX) && !(val & XCR0_SSE)) ||
	    ((val & 0xe0) && ((val & 0xe0) != 0xe0 || !(val & XCR0_AVX)))) {
		return false;
	}
	v->xcr0 = val;
	xsetbv(0, val);
	return true;
}
