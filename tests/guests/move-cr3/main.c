/* SPDX-License-Identifier: MIT */
/*
 * Claim: a PV kernel may change its root by MOV to CR3, to any L4 it has
 * pinned, and goes on.  (With isolated roots this once hung the processor.)
 */
#include <stdio.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"

const char test_title[] = "move-cr3: another root by MOV to CR3";

#define HOLE_FIRST 256
#define HOLE_LAST 271

void test_main(void)
{
	uint64_t *l4 = pt_page_alloc();
	uint64_t *old = pt_kernel_l4();
	int i;

	for (i = 0; i < 512; i++) {
		if ((i < HOLE_FIRST || i > HOLE_LAST) && old[i]) {
			CHECK_EQ(pt_write(&l4[i], old[i]), 0);
		}
	}
	CHECK_EQ(pt_pin(l4, 4), 0);
	__asm__ volatile("mov %0, %%cr3" : : "r"(va_to_mfn(l4) << 12) : "memory");
	printf("on the other root\n");
	__asm__ volatile("mov %0, %%cr3" : : "r"(va_to_mfn(old) << 12) : "memory");
	printf("and back\n");
}
