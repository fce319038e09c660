/* SPDX-License-Identifier: MIT */
/*
 * Claim: descriptor tables hold nothing that leads into ring 0: no gates, no system segments, no
 * code or data of a more privileged ring, and no page of them stays writable.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "hostile-descriptors: gates and segments of higher privilege";

#define PTE_OF(page, flags) (va_to_mfn(page) << 12 | (flags))

/* Access byte, limit and flags as in the AMD64 manual, volume 2, 4.7 and 4.8. */
#define DESC_P (1UL << 47)
#define DESC_DPL(n) ((uint64_t)(n) << 45)
#define DESC_S (1UL << 44)
#define DESC_TYPE(n) ((uint64_t)(n) << 40)
#define DESC_FLAT 0x00cf00000000ffffUL
#define DESC_L (1UL << 53)
#define DESC_D (1UL << 54)

#define DATA3 (DESC_FLAT | DESC_P | DESC_S | DESC_DPL(3) | DESC_TYPE(3))
#define CODE3 ((DESC_FLAT & ~DESC_D) | DESC_L | DESC_P | DESC_S | DESC_DPL(3) | DESC_TYPE(11))

/* a gate's selector and offset: the hypervisor's code segment lies behind the guest's GDT */
#define XEN_GATE_TARGET (0xe008UL << 16 | 0x1000)

static uint64_t *gdt;

static long set_gdt(const void *page, unsigned int entries)
{
	uint64_t frame = va_to_mfn(page);

	return hypercall2(__HYPERVISOR_set_gdt, ptr_arg(&frame), entries);
}

static long update(unsigned int slot, uint64_t descriptor)
{
	return hypercall2(__HYPERVISOR_update_descriptor, va_to_maddr(&gdt[slot]), descriptor);
}

/* System descriptors of every type, and gates: none may enter the table present. */
static void check_system(void)
{
	/* type 0 is none to the processor: loading it faults */
	for (unsigned int type = 1; type < 16; type++) {
		for (unsigned int dpl = 0; dpl < 4; dpl++) {
			uint64_t d = DESC_P | DESC_DPL(dpl) | DESC_TYPE(type) | XEN_GATE_TARGET;

			if (update(3, d) == 0 && (gdt[3] & DESC_P)) {
				FAIL("system descriptor %lx is accepted as %lx", d, gdt[3]);
			}
		}
	}
	CHECK_EQ(update(3, 0), 0);
}

/* Code and data of ring 0 to 2: refused, or made ring 3's. */
static void check_privilege(void)
{
	for (unsigned int type = 0; type < 16; type++) {
		for (unsigned int dpl = 0; dpl < 3; dpl++) {
			uint64_t d = (DATA3 & ~(DESC_DPL(3) | DESC_TYPE(15))) | DESC_DPL(dpl) |
				     DESC_TYPE(type);

			if (update(3, d) != 0 || !(gdt[3] & DESC_P)) {
				continue;
			}
			if ((gdt[3] & DESC_DPL(3)) != DESC_DPL(3)) {
				FAIL("descriptor %lx of ring %u stays as %lx", d, dpl, gdt[3]);
			}
		}
	}
	CHECK_EQ(update(3, 0), 0);
}

static void check_good(void)
{
	uint16_t selector = 3 << 3 | 3, seen = 0;

	CHECK_EQ(update(3, DATA3), 0);
	CHECK_EQ(TRY("mov %w0, %%es", : : "r"(selector)), -1);
	CHECK_EQ(TRY("mov %%es, %w0", : "=r"(seen)), -1);
	CHECK_EQ(seen, selector);
	CHECK_EQ(TRY("mov %w0, %%es", : : "r"(0)), -1);
	CHECK_EQ(update(4, CODE3), 0);
	/* outside the table, not aligned, not a table at all */
	CHECK_EQ(hypercall2(__HYPERVISOR_update_descriptor, va_to_maddr(&gdt[3]) + 4, DATA3),
		 -EINVAL);
	CHECK(hypercall2(__HYPERVISOR_update_descriptor, 0x7ffffffffff8UL, DATA3) < 0);
	CHECK(hypercall2(__HYPERVISOR_update_descriptor, va_to_maddr(pt_kernel_l4()), DATA3) < 0);
}

static void check_pages(void)
{
	uint64_t *page = page_alloc();
	uint64_t frames[2];

	/* in use: read-only */
	CHECK(pt_remap(gdt, PTE_OF(gdt, PTE_KERNEL)) < 0);
	CHECK_EQ(TRY("movq $0, (%0)", : : "r"(gdt) : "memory"), VECTOR_PF);
	/* nor is it plain memory for who updates page tables */
	CHECK(pt_write(&gdt[5], DESC_P | DESC_DPL(3) | DESC_TYPE(12) | XEN_GATE_TARGET) < 0);
	CHECK_EQ(gdt[5], 0);
	/* a page that is mapped writable, a page table, frames of others */
	CHECK(set_gdt(page, 512) < 0);
	CHECK(set_gdt(pt_kernel_l4(), 512) < 0);
	frames[0] = 0x7fffffffffffUL;
	CHECK_EQ(hypercall2(__HYPERVISOR_set_gdt, ptr_arg(frames), 512), -EINVAL);
	frames[0] = ~0UL;
	CHECK_EQ(hypercall2(__HYPERVISOR_set_gdt, ptr_arg(frames), 512), -EINVAL);
	/* more than the guest's part of the table */
	CHECK_EQ(hypercall2(__HYPERVISOR_set_gdt, ptr_arg(frames), 7169), -EINVAL);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_gdt, ptr_arg(frames), 0xffffffff), -EINVAL);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_gdt, 0xffff82d040200000UL, 512), -EFAULT);
	/* a gate inside a page that is to become a table */
	page[5] = DESC_P | DESC_DPL(3) | DESC_TYPE(12) | XEN_GATE_TARGET;
	pt_make_readonly(page);
	if (set_gdt(page, 512) == 0) {
		CHECK_EQ(page[5] & DESC_P, 0);
	}
	/* the failures left the table in use alone, or none: back to ours */
	CHECK_EQ(set_gdt(gdt, 512), 0);
	pt_make_writable(page);
	page[5] = 0;
	page_free(page);
}

/* The same for the LDT, whose pages are looked at when first used. */
static void check_ldt(void)
{
	uint64_t *ldt = page_alloc();
	uint16_t gate = 1 << 3 | 4 | 3, data = 2 << 3 | 4 | 3, ring0 = 3 << 3 | 4 | 3;

	ldt[1] = DESC_P | DESC_DPL(3) | DESC_TYPE(12) | XEN_GATE_TARGET;
	ldt[2] = DATA3;
	pt_make_readonly(ldt);
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, ptr_arg(ldt), 4), 0);
	/* a page with a gate is no LDT page: the load faults */
	CHECK(TRY("mov %w0, %%es", : : "r"(data)) >= 0);
	CHECK(TRY("mov %w0, %%es", : : "r"(gate)) >= 0);
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, 0, 0), 0);
	pt_make_writable(ldt);
	ldt[1] = 0;
	ldt[3] = DATA3 & ~DESC_DPL(3);
	pt_make_readonly(ldt);
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, ptr_arg(ldt), 4), 0);
	CHECK_EQ(TRY("mov %w0, %%es", : : "r"(data)), -1);
	CHECK_EQ(TRY("mov %w0, %%es", : : "r"(0)), -1);
	/* in use now: not writable, and ring 0's data was made ring 3's or can't be loaded */
	CHECK(pt_remap(ldt, PTE_OF(ldt, PTE_KERNEL)) < 0);
	if (TRY("mov %w0, %%es", : : "r"(ring0)) == -1) {
		CHECK_EQ(ldt[3] & DESC_DPL(3), DESC_DPL(3));
		CHECK_EQ(TRY("mov %w0, %%es", : : "r"(0)), -1);
	}
	/* past its end, and an LDT in the hypervisor's range */
	CHECK(TRY("mov %w0, %%es", : : "r"(4 << 3 | 4 | 3)) >= 0);
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, 0, 0), 0);
	pt_make_writable(ldt);
	if (pt_ext(MMUEXT_SET_LDT, 0xffff82d040200000UL, 512) == 0) {
		CHECK(TRY("mov %w0, %%es", : : "r"(data)) >= 0);
	}
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, 0, 0), 0);
	page_free(ldt);
}

void test_main(void)
{
	traps_init();
	gdt = page_alloc();
	pt_make_readonly(gdt);
	CHECK_EQ(set_gdt(gdt, 512), 0);
	check_good();
	check_system();
	check_privilege();
	check_pages();
	check_ldt();
	CHECK_EQ(hypercall2(__HYPERVISOR_set_gdt, 0, 0), 0);
	pt_make_writable(gdt);
}
