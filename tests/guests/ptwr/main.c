/* SPDX-License-Identifier: MIT */
/*
 * Claim: with the writable_pagetables assist, writes to read-only L1 tables are checked and
 * carried out, in all the forms Linux uses; without it the guest gets its fault.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/mmu.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "ptwr: writes to read-only page tables";

#define PTE_OF(page, flags) (va_to_mfn(page) << 12 | (flags))
#define PFEC_PRESENT 1
#define PFEC_WRITE 2

/* entries of an L1 in use, and two pages to map */
static volatile uint64_t *entry;
static uint64_t *window;
static uint64_t pte_a, pte_b;

static long assist(unsigned int cmd, unsigned int type)
{
	return hypercall2(__HYPERVISOR_vm_assist, cmd, type);
}

/* Entry and mapping agree: 0, a or b (by the word at the page's start). */
static void expect_entry(const char *what, uint64_t pte, uint64_t word)
{
	uint64_t seen = 0;
	int trap;

	/* flags as the hypervisor keeps them: user and global bits, accessed and dirty aside */
	if ((*entry & (PTE_FRAME_MASK | PTE_PRESENT | PTE_RW)) !=
	    (pte & (PTE_FRAME_MASK | PTE_PRESENT | PTE_RW))) {
		FAIL("%s: entry is %lx, want %lx", what, *entry, pte);
	}
	pt_ext(MMUEXT_INVLPG_LOCAL, ptr_arg(window), 0);
	trap = TRY("mov (%1), %0", : "=r"(seen) : "r"(window));
	if (pte & PTE_PRESENT) {
		if (trap != -1 || seen != word) {
			FAIL("%s: page shows %lx, want %lx", what, seen, word);
		}
	} else if (trap != VECTOR_PF) {
		FAIL("%s: an absent page can be read", what);
	}
}

#define DO(what, text, ...)                                                           \
	do {                                                                          \
		int trap_ = TRY(text, __VA_ARGS__);                                   \
		if (trap_ != -1) {                                                    \
			FAIL("%s: trap %d error %lx", what, trap_, last_fault.error); \
		}                                                                     \
	} while (0)

/* In a domU. Xen serves dom0 with or without the assist; nobody relies on that. */
static void check_without(void)
{
	if (runtime_is_dom0()) {
		return;
	}
	CHECK_EQ(TRY("movq %1, %0", : "=m"(*entry) : "r"(pte_a)), VECTOR_PF);
	CHECK_EQ(last_fault.error, PFEC_PRESENT | PFEC_WRITE);
	CHECK_EQ(last_fault.cr2, entry);
}

static void check_forms(void)
{
	uint64_t value, expected;

	DO("mov", "movq %1, %0", : "=m"(*entry) : "r"(pte_a));
	expect_entry("mov", pte_a, 0xa);
	DO("mov index", "movq %0, (%1,%2,8)", : : "r"(pte_b), "r"(entry - 4), "r"(4UL) : "memory");
	expect_entry("mov index", pte_b, 0xb);
	DO("mov immediate", "movq $0, %0", : "=m"(*entry));
	expect_entry("mov immediate", 0, 0);

	value = pte_a;
	DO("xchg", "xchg %0, %1", : "+r"(value), "+m"(*entry));
	CHECK_EQ(value, 0);
	expect_entry("xchg", pte_a, 0xa);
	value = pte_b;
	DO("xchg back", "xchg %0, %1", : "+r"(value), "+m"(*entry));
	CHECK_EQ(value & PTE_FRAME_MASK, pte_a & PTE_FRAME_MASK);
	expect_entry("xchg back", pte_b, 0xb);

	expected = *entry;
	DO("cmpxchg", "lock cmpxchg %2, %1", : "+a"(expected), "+m"(*entry) : "r"(pte_a));
	expect_entry("cmpxchg", pte_a, 0xa);
	expected = 0x1234;
	DO("cmpxchg fails", "lock cmpxchg %2, %1", : "+a"(expected), "+m"(*entry) : "r"(pte_b));
	expect_entry("cmpxchg fails", pte_a, 0xa);
	CHECK_EQ(expected, *entry);

	DO("lock andb", "lock andb $0xfd, %0", : "+m"(*entry));
	expect_entry("lock andb", pte_a & ~PTE_RW, 0xa);
	DO("lock orb", "lock orb $2, %0", : "+m"(*entry));
	expect_entry("lock orb", pte_a, 0xa);
	DO("lock btr", "lock btrq $1, %0", : "+m"(*entry) : : "cc");
	expect_entry("lock btr", pte_a & ~PTE_RW, 0xa);
	DO("lock bts", "lock btsq $1, %0", : "+m"(*entry) : : "cc");
	expect_entry("lock bts", pte_a, 0xa);
	DO("andq register", "lock andq %1, %0", : "+m"(*entry) : "r"(~PTE_RW));
	expect_entry("andq register", pte_a & ~PTE_RW, 0xa);
	DO("movb", "movb %b1, %0", : "=m"(*(volatile uint8_t *)entry) : "q"(*entry | PTE_RW));
	expect_entry("movb", pte_a, 0xa);
	DO("movl", "movl %k1, %0", : "=m"(*(volatile uint32_t *)entry) : "r"((uint32_t)pte_b));
	expect_entry("movl", pte_b, 0xb);
	DO("movl high", "movl %k1, %0", : "=m"(((volatile uint32_t *)entry)[1]) : "r"(0));
	expect_entry("movl high", pte_b, 0xb);
	DO("clear", "movq %1, %0", : "=m"(*entry) : "r"(0UL));
	expect_entry("clear", 0, 0);
}

/* The rules are those of mmu_update: what it refuses comes back as the guest's own fault. */
static void check_refused(void)
{
	uint64_t bad[] = {
		va_to_mfn(pt_kernel_l4()) << 12 | PTE_KERNEL,
		pte_a | 1UL << 50,
	};

	for (unsigned int i = 0; i < 2; i++) {
		CHECK_EQ(TRY("movq %1, %0", : "=m"(*entry) : "r"(bad[i])), VECTOR_PF);
		CHECK_EQ(last_fault.error, PFEC_PRESENT | PFEC_WRITE);
		CHECK_EQ(*entry, 0);
	}
	/* a table of a higher level is not emulated */
	CHECK_EQ(TRY("movq $0, (%0)",
		     :
		     : "r"(pt_entry(pt_kernel_l4(), ptr_arg(window), 2))
		     : "memory"),
		 VECTOR_PF);
	/* nor is a read-only page that is no table */
	CHECK_EQ(pt_remap(window, (pte_a & ~PTE_RW)), 0);
	CHECK_EQ(TRY("movq $0, (%0)", : : "r"(window) : "memory"), VECTOR_PF);
	CHECK_EQ(pt_remap(window, 0), 0);
}

void test_main(void)
{
	uint64_t *a = page_alloc(), *b = page_alloc();

	traps_init();
	*a = 0xa;
	*b = 0xb;
	pte_a = PTE_OF(a, PTE_KERNEL);
	pte_b = PTE_OF(b, PTE_KERNEL);
	window_alloc(4);
	window = window_alloc(1);
	entry = window_entry(window);
	check_without();
	CHECK_EQ(assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	check_forms();
	check_refused();
	CHECK_EQ(assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
	check_without();
	CHECK_EQ(assist(VMASST_CMD_enable, VMASST_TYPE_4gb_segments), 0);
	CHECK_EQ(assist(VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3), 0);
	CHECK_EQ(assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
	CHECK_EQ(assist(VMASST_CMD_enable, 63), -EINVAL);
	CHECK_EQ(assist(7, VMASST_TYPE_writable_pagetables), -ENOSYS);
}
