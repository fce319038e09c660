/* SPDX-License-Identifier: MIT */
/* FPU and vector state (AMD64 APM volume 2, chapter 11; XSAVE in volume 4). */
#include "arch/x86/fpu.h"

#include "core/domain.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/page.h"

#include <asm/features.h>
#include <asm/pvcpu.h>

/* Components Argon knows how to hand to guests: x87, SSE, AVX, AVX-512. */
#define XCR0_KNOWN 0xe7UL

#define LEGACY_BYTES 512
#define MXCSR_DEFAULT 0x1f80U
#define FCW_DEFAULT 0x37fU
#define FSW_ES 0x80U

/* Processor-defined image: legacy area, then header, then the components. */
struct xsave_area {
	uint16_t fcw, fsw;
	uint8_t ftw, reserved0;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t registers[LEGACY_BYTES - 32];
	uint64_t xstate_bv, xcomp_bv;
	uint64_t header_reserved[6];
	uint8_t extended[];
};

uint64_t host_xcr0;
unsigned int xsave_bytes = sizeof(struct xsave_area);
static uint32_t mxcsr_mask = 0xffbf;

/*
 * AMD processors restore the last instruction and operand addresses only with
 * an exception pending: load some of our own first, so that those of the
 * vCPU before do not show (AMD64 APM volume 5, FXRSTOR).
 */
static void clear_x87_pointers(const struct vcpu *v)
{
	static const uint32_t zero;

	if (cpu_features.amd && !(v->xsave->fsw & FSW_ES)) {
		__asm__ volatile("fnclex; ffree %%st(7); fildl %0" : : "m"(zero));
	}
}

static void read_mxcsr_mask(void)
{
	struct xsave_area *x = frames_alloc(0);

	if (x) {
		__asm__ volatile("fxsave64 (%0)" : : "r"(x) : "memory");
		if (x->mxcsr_mask) {
			mxcsr_mask = x->mxcsr_mask;
		}
		frames_free(x, 0);
	}
}

static void find_components(void)
{
	struct cpuid_regs r = cpuid(1, 0);

	if (!(r.ecx & (1U << 26))) {
		return;
	}
	write_cr4(read_cr4() | CR4_OSXSAVE);
	r = cpuid(0xd, 0);
	host_xcr0 = (((uint64_t)r.edx << 32) | r.eax) & XCR0_KNOWN;
	/* AVX-512's three components only make sense together. */
	if ((host_xcr0 & 0xe0) != 0xe0) {
		host_xcr0 &= ~0xe0UL;
	}
	xsetbv(0, host_xcr0);
	r = cpuid(0xd, 0);
	xsave_bytes = MAX(r.ebx, (unsigned int)sizeof(struct xsave_area));
}

void fpu_init_cpu(void)
{
	write_cr0((read_cr0() & ~(CR0_TS | CR0_EM)) | CR0_MP | CR0_NE);
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	if (!host_xcr0) {
		find_components();
		read_mxcsr_mask();
	} else {
		write_cr4(read_cr4() | CR4_OSXSAVE);
		xsetbv(0, host_xcr0);
	}
}

int fpu_vcpu_init(struct vcpu *v)
{
	struct xsave_area *x = frames_alloc(xsave_bytes > PAGE_SIZE ? 1 : 0);

	if (!x) {
		return -ENOMEM;
	}
	x->fcw = FCW_DEFAULT;
	x->mxcsr = MXCSR_DEFAULT;
	v->xsave = x;
	v->xcr0 = XCR0_X87;
	return 0;
}

void fpu_vcpu_free(struct vcpu *v)
{
	if (v->xsave) {
		frames_free(v->xsave, xsave_bytes > PAGE_SIZE ? 1 : 0);
		v->xsave = NULL;
	}
}

void fpu_save(struct vcpu *v)
{
	clts();
	if (!host_xcr0) {
		__asm__ volatile("fxsave64 (%0)" : : "r"(v->xsave) : "memory");
		return;
	}
	if (v->xcr0 != host_xcr0) {
		xsetbv(0, host_xcr0);
	}
	__asm__ volatile("xsave64 (%0)"
			 :
			 : "r"(v->xsave), "a"((uint32_t)~0U), "d"((uint32_t)~0U)
			 : "memory");
}

void fpu_restore(struct vcpu *v)
{
	clts();
	clear_x87_pointers(v);
	if (!host_xcr0) {
		__asm__ volatile("fxrstor64 (%0)" : : "r"(v->xsave) : "memory");
	} else {
		__asm__ volatile("xrstor64 (%0)"
				 :
				 : "r"(v->xsave), "a"((uint32_t)~0U), "d"((uint32_t)~0U)
				 : "memory");
		if (v->xcr0 != host_xcr0) {
			xsetbv(0, v->xcr0);
		}
	}
	if (v->pv.ts) {
		stts();
	}
}

void fpu_set_legacy(struct vcpu *v, const void *fxsave)
{
	memcpy(v->xsave, fxsave, LEGACY_BYTES);
	/* Reserved MXCSR bits would fault on restore. */
	v->xsave->mxcsr &= mxcsr_mask;
	if (host_xcr0) {
		v->xsave->xstate_bv |= XCR0_X87 | XCR0_SSE;
	}
}

void fpu_get_legacy(struct vcpu *v, void *fxsave)
{
	memcpy(fxsave, v->xsave, LEGACY_BYTES);
}

void fpu_get_xsave(struct vcpu *v, void *area)
{
	memcpy(area, v->xsave, xsave_bytes);
}

int fpu_set_xsave(struct vcpu *v, const void *area, unsigned int bytes, uint64_t xcr0)
{
	const struct xsave_area *in = area;

	if (bytes < sizeof(*in) || bytes > xsave_bytes || !(xcr0 & XCR0_X87) ||
	    (xcr0 & ~host_xcr0) || (in->xstate_bv & ~host_xcr0) || in->xcomp_bv) {
		return -EINVAL;
	}
	memset(v->xsave, 0, xsave_bytes);
	memcpy(v->xsave, in, bytes);
	memset(v->xsave->header_reserved, 0, sizeof(v->xsave->header_reserved));
	v->xsave->mxcsr &= mxcsr_mask;
	v->xcr0 = xcr0;
	return 0;
}
