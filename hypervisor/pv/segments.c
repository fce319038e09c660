/* SPDX-License-Identifier: MIT */
/* Stack, segment bases, FPU switch and debug registers of a PV kernel. */
#include "arch/context.h"
#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "pv/pv.h"
#include "xen/arch.h"

#include <asm/pvcpu.h>
#include <asm/layout.h>
#include <asm/segment.h>

/* The largest frame a delivery pushes, generously. */
#define BOUNCE_FRAME_MAX 128

uint64_t pv_sane_kernel_sp(uint64_t sp)
{
	/* 0 faults when used, as a stack in the hole would have to. */
	return guest_range_ok(gptr(sp - BOUNCE_FRAME_MAX), BOUNCE_FRAME_MAX) ? sp : 0;
}

long do_stack_switch(uint64_t ss, uint64_t sp)
{
	current->pv.kernel_ss = ss | 3;
	current->pv.kernel_sp = pv_sane_kernel_sp(sp);
	return 0;
}

long do_set_segment_base(uint32_t which, uint64_t base)
{
	/* The guest kernel runs: the user's GS base is the inactive one. */
	static const uint32_t msr[] = {
		[SEGBASE_FS] = MSR_FS_BASE,
		[SEGBASE_GS_USER] = MSR_KERNEL_GS_BASE,
		[SEGBASE_GS_KERNEL] = MSR_GS_BASE,
	};

	if (which == SEGBASE_GS_USER_SEL) {
		/* A bad selector leaves null; Linux does not expect an error. */
		swapgs();
		load_gs((uint16_t)base);
		swapgs();
		return 0;
	}
	if (which >= ARRAY_SIZE(msr) || !is_canonical(base)) {
		return -EINVAL;
	}
	wrmsr(msr[which], base);
	return 0;
}

long do_fpu_taskswitch(uint32_t set)
{
	current->pv.ts = set != 0;
	if (set) {
		stts();
	} else {
		clts();
	}
	return 0;
}

/* Architectural reads-as-one and reads-as-zero bits (AMD64 APM 2, 13.1.1). */
#define DR6_FIXED1 0xffff0ff0UL
#define DR6_FIXED0 0x00001000UL
#define DR7_FIXED1 0x00000400UL
#define DR7_FIXED0 0x0000d800UL
#define DR7_GD (1UL << 13)

void pv_load_debug_registers(struct vcpu *v)
{
	write_breakpoints(v->pv.dr);
	write_dr7(v->pv.dr[7]);
}

/* Breakpoints on I/O (type 2) need CR4.DE, which Argon keeps off for itself. */
static bool dr7_is_acceptable(uint64_t val)
{
	unsigned int i;

	if (val & DR7_GD) {
		return false;
	}
	for (i = 0; i < 4; i++) {
		unsigned int type = (val >> (16 + 4 * i)) & 3;

		if (((val >> (2 * i)) & 3) && type == 2) {
			return false;
		}
	}
	return true;
}

int pv_set_debugreg(struct vcpu *v, unsigned int n, uint64_t val)
{
	switch (n) {
	case 0 ... 3:
		if (!is_canonical(val) || (val >= HOLE_START && val < HOLE_END)) {
			return -EPERM;
		}
		v->pv.dr[n] = val;
		if (v == current) {
			write_breakpoints(v->pv.dr);
		}
		return 0;
	case 4:
		if (v->pv.cr4 & CR4_DE) {
			return -ENODEV;
		}
		__attribute__((fallthrough));
	case 6:
		if (val >> 32) {
			return -EINVAL;
		}
		v->pv.dr[6] = (val & ~DR6_FIXED0) | DR6_FIXED1;
		return 0;
	case 5:
		if (v->pv.cr4 & CR4_DE) {
			return -ENODEV;
		}
		__attribute__((fallthrough));
	case 7:
		if (val >> 32) {
			return -EINVAL;
		}
		val = (val & ~DR7_FIXED0) | DR7_FIXED1;
		if (!dr7_is_acceptable(val)) {
			return -EPERM;
		}
		v->pv.dr[7] = val;
		if (v == current) {
			pv_load_debug_registers(v);
		}
		return 0;
	default:
		return -ENODEV;
	}
}

long do_set_debugreg(uint32_t reg, uint64_t value)
{
	return pv_set_debugreg(current, reg, value);
}

long do_get_debugreg(uint32_t reg)
{
	const struct vcpu *v = current;

	if (reg == 4 || reg == 5) {
		return v->pv.cr4 & CR4_DE ? -ENODEV : (long)v->pv.dr[reg + 2];
	}
	return reg < 8 ? (long)v->pv.dr[reg] : -ENODEV;
}
