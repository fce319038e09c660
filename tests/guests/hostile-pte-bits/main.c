/* SPDX-License-Identifier: MIT */
/*
 * Claim: whatever flag bits an entry carries, it is refused or stands for a mapping the guest was
 * entitled to: every single bit and every pair of bits, at every level.
 */
#include <errno.h>
#include <stdio.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "hostile-pte-bits: every pair of flag bits at every level";

#define PTE_OF(page, flags) (va_to_mfn(page) << 12 | (flags))

/* Bits that are no part of the frame number. */
static const unsigned int bits[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};
#define BIT_COUNT (sizeof(bits) / sizeof(bits[0]))

/* What entry level tests write to, and what it may lead to. */
struct place {
	unsigned int level;
	uint64_t *entry;
	void *target;
};

/* An accepted entry must not have the large-page bit nor another frame, nor lack the user bit. */
static void judge(const struct place *p, uint64_t wrote)
{
	uint64_t reads = *p->entry;

	if (pte_frame(reads) != va_to_mfn(p->target)) {
		FAIL("level %u: %lx became %lx", p->level, wrote, reads);
	}
	if (p->level > 1 && (reads & PTE_PSE)) {
		FAIL("level %u: %lx is accepted with the large-page bit: %lx", p->level, wrote,
		     reads);
	}
	if ((reads & PTE_PRESENT) && !(reads & PTE_USER)) {
		FAIL("level %u: %lx is of use to the hypervisor alone: %lx", p->level, wrote,
		     reads);
	}
	if (p->level == 1 && !(wrote & PTE_RW) && (reads & PTE_RW)) {
		FAIL("level 1: %lx became writable: %lx", wrote, reads);
	}
}

static void try_all(const struct place *p)
{
	unsigned int accepted = 0, refused = 0;

	for (unsigned int i = 0; i < BIT_COUNT; i++) {
		for (unsigned int j = i; j < BIT_COUNT; j++) {
			uint64_t value = PTE_OF(p->target, PTE_PRESENT) | 1UL << bits[i] |
					 1UL << bits[j];

			if (pt_write(p->entry, value) == 0) {
				accepted++;
				judge(p, value);
				/* a second time, over itself: the shortest of fast paths */
				CHECK_EQ(pt_write(p->entry, value), 0);
				judge(p, value);
			} else {
				refused++;
			}
			if (pt_write(p->entry, 0) != 0) {
				FAIL("level %u: can't clear the entry", p->level);
			}
		}
	}
	printf("level %u: %u accepted, %u refused\n", p->level, accepted, refused);
	CHECK(accepted > 0);
}

/* From each accepted value to each other one by flags alone. */
static void try_changes(uint64_t *entry, const void *page, const void *table)
{
	for (unsigned int i = 0; i < BIT_COUNT; i++) {
		CHECK_EQ(pt_write(entry, PTE_OF(page, PTE_KERNEL)), 0);
		if (pt_write(entry, PTE_OF(page, PTE_KERNEL) ^ 1UL << bits[i]) == 0) {
			CHECK_EQ(pte_frame(*entry), va_to_mfn(page));
		}
		/* a table, read-only, and with the bit changed: never writable */
		CHECK_EQ(pt_write(entry, PTE_OF(table, PTE_KERNEL_RO)), 0);
		pt_write(entry, PTE_OF(table, PTE_KERNEL_RO) ^ 1UL << bits[i]);
		CHECK_EQ(*entry & PTE_PRESENT ? *entry & PTE_RW : 0, 0);
	}
	CHECK_EQ(pt_write(entry, 0), 0);
}

/* Frame numbers with each of their bits set. */
static void try_frames(uint64_t *entry, const void *page)
{
	for (unsigned int bit = 24; bit < 52; bit++) {
		uint64_t value = PTE_OF(page, PTE_KERNEL) | 1UL << bit;

		if (pte_frame(value) != va_to_mfn(page) && pt_write(entry, value) == 0) {
			uint64_t pfn = 0;

			/* it may be ours by chance: the bit leads to another own frame */
			TRY("mov (%1), %0",
			    : "+r"(pfn)
			    : "r"(MACH2PHYS_VIRT_START + pte_frame(value) * 8));
			if (pfn >= start_info->nr_pages || pfn_to_mfn(pfn) != pte_frame(value)) {
				FAIL("frame %lx is mapped", pte_frame(value));
			}
		}
	}
	CHECK_EQ(pt_write(entry, 0), 0);
}

void test_main(void)
{
	uint64_t *window, *l1, *l2, *l3;
	char *page;

	traps_init();
	window = window_alloc(1);
	page = page_alloc();
	l1 = pt_page_alloc();
	l2 = pt_page_alloc();
	l3 = pt_page_alloc();
	try_all(&(struct place){1, window_entry(window), page});
	try_all(&(struct place){2, pt_entry(pt_kernel_l4(), ptr_arg(window) + (64UL << 20), 2),
				l1});
	try_all(&(struct place){3, pt_entry(pt_kernel_l4(), ptr_arg(window) + (1UL << 30), 3), l2});
	try_all(&(struct place){4, &pt_kernel_l4()[300], l3});
	try_changes(window_entry(window), page, pt_kernel_l4());
	if (!runtime_is_dom0()) {
		/* dom0 may map whatever is no RAM */
		try_frames(window_entry(window), page);
	}
}
