/* SPDX-License-Identifier: MIT */
/* Instructions and flags that only running a ring-3 kernel needs. */
#ifndef ARGON_ASM_PVCPU_H
#define ARGON_ASM_PVCPU_H

#include <asm/insn.h>
#include <asm/regs.h>

#define FLAG_FIXED1 (1UL << 1)
#define FLAG_TF (1UL << 8)
#define FLAG_IF (1UL << 9)
#define FLAG_DF (1UL << 10)
#define FLAG_IOPL (3UL << 12)
#define FLAG_NT (1UL << 14)
#define FLAG_RF (1UL << 16)
#define FLAG_VM (1UL << 17)
#define FLAG_AC (1UL << 18)
#define FLAG_VIF (1UL << 19)
#define FLAG_VIP (1UL << 20)

#define MSR_TSC 0x10
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176

static inline void clts(void)
{
	__asm__ volatile("clts" ::: "memory");
}

static inline void stts(void)
{
	write_cr0(read_cr0() | CR0_TS);
}

/* FS and GS bases without MSRs: #UD unless CR4.FSGSBASE. */
#define BASE_ACCESS(name)                                         \
	static inline uint64_t rd##name(void)                     \
	{                                                         \
		uint64_t base;                                    \
                                                                  \
		__asm__ volatile("rd" #name " %0" : "=r"(base));  \
		return base;                                      \
	}                                                         \
	static inline void wr##name(uint64_t base)                \
	{                                                         \
		__asm__ volatile("wr" #name " %0" : : "r"(base)); \
	}
BASE_ACCESS(fsbase)
BASE_ACCESS(gsbase)
#undef BASE_ACCESS

static inline void swapgs(void)
{
	__asm__ volatile("swapgs" ::: "memory");
}

static inline uint64_t read_dr6(void)
{
	uint64_t v;

	__asm__ volatile("mov %%dr6, %0" : "=r"(v));
	return v;
}

static inline void write_dr6(uint64_t v)
{
	__asm__ volatile("mov %0, %%dr6" : : "r"(v));
}

static inline void write_dr7(uint64_t v)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"(v));
}

/* DR0..DR3 */
static inline void write_breakpoints(const uint64_t dr[4])
{
	__asm__ volatile("mov %0, %%dr0" : : "r"(dr[0]));
	__asm__ volatile("mov %0, %%dr1" : : "r"(dr[1]));
	__asm__ volatile("mov %0, %%dr2" : : "r"(dr[2]));
	__asm__ volatile("mov %0, %%dr3" : : "r"(dr[3]));
}

struct desc_ptr {
	uint16_t limit;
	uint64_t base;
} __packed;

static inline void load_gdtr(uint64_t base, uint16_t limit)
{
	struct desc_ptr p = {limit, base};

	__asm__ volatile("lgdt %0" : : "m"(p));
}

static inline void load_idtr(uint64_t base, uint16_t limit)
{
	struct desc_ptr p = {limit, base};

	__asm__ volatile("lidt %0" : : "m"(p));
}

static inline void load_ldtr(uint16_t sel)
{
	__asm__ volatile("lldt %w0" : : "r"(sel));
}

static inline void load_tr(uint16_t sel)
{
	__asm__ volatile("ltr %w0" : : "r"(sel));
}

/* True if a 64-bit address sign-extends from bit 47. */
static inline bool is_canonical(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

#endif
