/* SPDX-License-Identifier: MIT */
/*
 * Processor features and control registers.
 * Source: AMD64 manual, volume 3, appendix E (CPUID); volume 2, chapter 3.
 */
#include <asm/features.h>
#include <asm/insn.h>
#include <asm/regs.h>

#include "lib/bug.h"
#include "lib/printk.h"
#include "lib/string.h"

struct cpu_features cpu_features __ro_after_init;
uint64_t hv_cr4 __ro_after_init;

static bool bit(uint32_t reg, unsigned int n)
{
	return (reg >> n) & 1;
}

static void read_names(struct cpu_features *f)
{
	struct cpuid_regs r = cpuid(0, 0);
	size_t skip = 0;

	memcpy(f->vendor, &r.ebx, 4);
	memcpy(f->vendor + 4, &r.edx, 4);
	memcpy(f->vendor + 8, &r.ecx, 4);
	f->amd = !strcmp(f->vendor, "AuthenticAMD") || !strcmp(f->vendor, "HygonGenuine");
	f->intel = !strcmp(f->vendor, "GenuineIntel");
	if (cpuid(0x80000000, 0).eax < 0x80000004) {
		return;
	}
	for (uint32_t i = 0; i < 3; i++) {
		r = cpuid(0x80000002 + i, 0);
		memcpy(f->brand + i * 16, &r, 16);
	}
	while (f->brand[skip] == ' ') {
		skip++;
	}
	memmove(f->brand, f->brand + skip, sizeof(f->brand) - skip);
}

static void read_version(struct cpu_features *f, uint32_t eax)
{
	f->stepping = eax & 15;
	f->model = (eax >> 4) & 15;
	f->family = (eax >> 8) & 15;
	if (f->family == 15) {
		f->model |= (eax >> 12) & 0xf0;
		f->family += (eax >> 20) & 0xff;
	} else if (f->family == 6) {
		f->model |= (eax >> 12) & 0xf0;
	}
}

void cpu_features_init(void)
{
	struct cpu_features *f = &cpu_features;
	struct cpuid_regs r1 = cpuid(1, 0), ext = cpuid(0x80000001, 0), r;
	uint32_t max = cpuid(0, 0).eax, max_ext = cpuid(0x80000000, 0).eax;

	read_names(f);
	read_version(f, r1.eax);
	f->x2apic = bit(r1.ecx, 21);
	f->tsc_deadline = bit(r1.ecx, 24);
	f->xsave = bit(r1.ecx, 26);
	f->nx = bit(ext.edx, 20);
	f->page_1g = bit(ext.edx, 26);
	f->svm = bit(ext.ecx, 2);
	f->arat = max >= 6 && bit(cpuid(6, 0).eax, 2);
	if (max >= 7) {
		r = cpuid(7, 0);
		f->fsgsbase = bit(r.ebx, 0);
		f->smep = bit(r.ebx, 7);
		f->smap = bit(r.ebx, 20);
		f->umip = bit(r.ecx, 2);
	}
	f->tsc_invariant = max_ext >= 0x80000007 && bit(cpuid(0x80000007, 0).edx, 8);
	f->phys_bits = 36;
	f->virt_bits = 48;
	if (max_ext >= 0x80000008) {
		r = cpuid(0x80000008, 0);
		f->phys_bits = (uint8_t)r.eax;
		f->virt_bits = (uint8_t)(r.eax >> 8);
	}
	if (!f->nx || !bit(r1.edx, 16) || !bit(r1.edx, 26)) {
		panic("cpu_features_init: %s lacks %s, which Argon needs", f->brand,
		      !f->nx ? "NX (enable it in the firmware)" : "PAT or SSE2");
	}
	hv_cr4 = CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT | (f->xsave ? CR4_OSXSAVE : 0) |
		 (f->smep ? CR4_SMEP : 0);
	log_info("CPU: %s, family %#x model %#x stepping %u, %u address bits", f->brand, f->family,
		 f->model, f->stepping, f->phys_bits);
}

void cpu_control_init(void)
{
	write_cr0(CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE | EFER_SCE);
	wrmsr(MSR_PAT, PAT_VALUE);
	write_cr4(hv_cr4);
}
