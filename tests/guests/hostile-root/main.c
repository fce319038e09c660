/* SPDX-License-Identifier: MIT */
/*
 * Claim: roots and the tables under them can't be pulled away, mistaken for other levels, or
 * freed while in use.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/memory.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "hostile-root: roots, levels, tables in use";

#define PTE_OF(page, flags) (va_to_mfn(page) << 12 | (flags))

static void check_levels(void)
{
	uint64_t *tables[5];

	for (unsigned int level = 1; level <= 4; level++) {
		tables[level] = pt_page_alloc();
		CHECK_EQ(pt_pin(tables[level], level), 0);
	}
	for (unsigned int level = 1; level <= 4; level++) {
		for (unsigned int below = 1; below <= 4; below++) {
			/* slot 5 of a level takes the level beneath and none else */
			uint64_t flags = level == 1 ? PTE_KERNEL : PTE_TABLE;
			long rc = pt_write(&tables[level][5], PTE_OF(tables[below], flags));

			if ((rc == 0) != (below == level - 1)) {
				FAIL("level %u with a level %u table: %ld", level, below, rc);
			}
			CHECK_EQ(pt_write(&tables[level][5], 0), 0);
		}
		for (unsigned int other = 1; other <= 4; other++) {
			CHECK(pt_pin(tables[level], other) < 0);
		}
	}
	for (unsigned int level = 1; level < 4; level++) {
		CHECK_EQ(pt_ext(MMUEXT_NEW_BASEPTR, va_to_mfn(tables[level]), 0), -EINVAL);
		CHECK_EQ(pt_ext(MMUEXT_NEW_USER_BASEPTR, va_to_mfn(tables[level]), 0), -EINVAL);
	}
	for (unsigned int level = 1; level <= 4; level++) {
		CHECK_EQ(pt_unpin(tables[level]), 0);
		pt_page_free(tables[level]);
	}
}

/* A chain in use: each table stays what it is until the one above lets go. */
static void check_chain(void)
{
	uint64_t *l1 = pt_page_alloc(), *l2 = pt_page_alloc(), *l3 = pt_page_alloc();
	uint64_t *l4 = pt_kernel_l4();
	char *page = page_alloc();

	CHECK_EQ(pt_write(&l4[300], PTE_OF(l3, PTE_TABLE)), 0);
	CHECK_EQ(pt_write(&l3[0], PTE_OF(l2, PTE_TABLE)), 0);
	CHECK_EQ(pt_write(&l2[0], PTE_OF(l1, PTE_TABLE)), 0);
	CHECK_EQ(pt_write(&l1[0], PTE_OF(page, PTE_KERNEL)), 0);
	CHECK_EQ(*(volatile char *)(0xffff800000000000UL + (44UL << 39)), 0);
	CHECK(pt_remap(l1, PTE_OF(l1, PTE_KERNEL)) < 0);
	CHECK(pt_remap(l2, PTE_OF(l2, PTE_KERNEL)) < 0);
	CHECK(pt_remap(l3, PTE_OF(l3, PTE_KERNEL)) < 0);
	/* unlink at the top: all of it is released, and nothing is reachable */
	CHECK_EQ(pt_write(&l4[300], 0), 0);
	CHECK_EQ(TRY("mov (%0), %%al",
		     :
		     : "r"(0xffff800000000000UL + (44UL << 39))
		     : "al"),
		 VECTOR_PF);
	/* still well-formed tables: as such they may be used again, or as plain pages */
	pt_make_writable(l1);
	CHECK_EQ(l1[0] & PTE_FRAME_MASK, va_to_mfn(page) << 12);
	l1[0] = PTE_OF(l4, PTE_KERNEL);
	pt_make_readonly(l1);
	/* what was validated once is looked at again: the entry is a forgery now */
	CHECK(pt_write(&l4[300], PTE_OF(l3, PTE_TABLE)) < 0);
	CHECK_EQ(l4[300], 0);
	pt_make_writable(l1);
	l1[0] = 0;
	pt_make_writable(l2);
	pt_make_writable(l3);
	l2[0] = 0;
	l3[0] = 0;
}

/* The active root unpinned, and then given away: it stays a root. */
static void check_active_root(void)
{
	uint64_t *l4 = pt_kernel_l4();
	xen_pfn_t list[1] = {va_to_mfn(l4)};
	struct xen_memory_reservation r = {
		.extent_start = ptr_arg(list),
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};

	CHECK_EQ(pt_unpin(l4), 0);
	CHECK(pt_remap(l4, PTE_OF(l4, PTE_KERNEL)) < 0);
	CHECK(pt_write(&l4[256], 0) < 0);
	/* twice unpinned is refused, not counted */
	CHECK_EQ(pt_unpin(l4), -EINVAL);
	CHECK_EQ(pt_unpin(l4), -EINVAL);
	hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, ptr_arg(&r));
	CHECK(pt_remap(l4, PTE_OF(l4, PTE_KERNEL)) < 0);
	CHECK(pt_write(&l4[256], 0) < 0);
	CHECK_EQ(*(volatile uint64_t *)&l4[300], 0);
}

/* Entries of the same table in two places at once, and cycles. */
static void check_cycles(void)
{
	uint64_t *a = page_alloc(), *b = page_alloc();

	/* an L3 that is its own L2 (by way of another) */
	a[0] = PTE_OF(b, PTE_TABLE);
	b[0] = PTE_OF(a, PTE_TABLE);
	pt_make_readonly(a);
	pt_make_readonly(b);
	for (unsigned int level = 2; level <= 4; level++) {
		CHECK(pt_pin(a, level) < 0);
		CHECK(pt_pin(b, level) < 0);
	}
	pt_make_writable(a);
	pt_make_writable(b);
	a[0] = PTE_OF(a, PTE_TABLE);
	pt_make_readonly(a);
	for (unsigned int level = 2; level <= 4; level++) {
		/* a read-only self reference may be allowed, a writable one not */
		CHECK(pt_pin(a, level) < 0);
	}
	pt_make_writable(a);
	a[0] = 0;
	b[0] = 0;
	page_free(a);
	page_free(b);
}

void test_main(void)
{
	traps_init();
	check_levels();
	check_cycles();
	check_chain();
	check_active_root();
}
