/* SPDX-License-Identifier: MIT */
/*
 * Claim: page tables change only by the rules: pinning, mmu_update, update_va_mapping, mmuext_op,
 * and each refusal has Xen 4.17's error.
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

const char test_title[] = "mmu: pinning, updates, refusals";

#define PTE_OF(page, flags) (va_to_mfn(page) << 12 | (flags))

/* A table page still mapped writable, for tests that write entries by hand before pinning. */
static uint64_t *raw_table(void)
{
	return page_alloc();
}

static void check_pin(void)
{
	uint64_t *l1 = raw_table();

	/* a writable mapping exists: cannot become a table */
	CHECK_EQ(pt_pin(l1, 1), -EINVAL);
	pt_make_readonly(l1);
	CHECK_EQ(pt_unpin(l1), -EINVAL);
	CHECK_EQ(pt_pin(l1, 1), 0);
	CHECK_EQ(pt_pin(l1, 1), -EINVAL);
	/* pinned as L1: no other type, no writable mapping */
	CHECK_EQ(pt_pin(l1, 2), -EINVAL);
	CHECK_EQ(pt_remap(l1, PTE_OF(l1, PTE_KERNEL)), -EBUSY);
	CHECK_EQ(*l1, 0);
	CHECK_EQ(pt_unpin(l1), 0);
	CHECK_EQ(pt_unpin(l1), -EINVAL);
	/* and after the unpin it may be anything again */
	CHECK_EQ(pt_pin(l1, 2), 0);
	CHECK_EQ(pt_unpin(l1), 0);
	CHECK_EQ(pt_pin(l1, 4), 0);
	CHECK_EQ(pt_unpin(l1), 0);
	pt_make_writable(l1);
	memset(l1, 0, 4096);
	page_free(l1);
}

/* Tries to pin a table with one entry as given. */
static long pin_with(unsigned int level, unsigned int slot, uint64_t entry)
{
	uint64_t *table = raw_table();
	long rc;

	table[slot] = entry;
	pt_make_readonly(table);
	rc = pt_pin(table, level);
	if (rc == 0) {
		CHECK_EQ(pt_unpin(table), 0);
	}
	pt_make_writable(table);
	page_free(table);
	return rc;
}

static void check_validation(void)
{
	char *page = page_alloc();
	uint64_t *l1 = pt_page_alloc();
	uint64_t *l2 = pt_page_alloc();

	CHECK_EQ(pin_with(1, 0, PTE_OF(page, PTE_KERNEL)), 0);
	CHECK_EQ(pin_with(1, 511, PTE_OF(page, PTE_KERNEL_RO)), 0);
	/* not present: anything goes */
	CHECK_EQ(pin_with(1, 3, ~1UL), 0);
	/* a frame beyond all memory, a writable page table, a read-only one */
	CHECK_EQ(pin_with(1, 0, PTE_OF(page, PTE_KERNEL) | 1UL << 51), -EPERM);
	CHECK_EQ(pin_with(1, 0, PTE_OF(pt_kernel_l4(), PTE_KERNEL)), -EBUSY);
	CHECK_EQ(pin_with(1, 0, PTE_OF(pt_kernel_l4(), PTE_KERNEL_RO)), 0);
	/* an L2 wants L1s; large pages are refused; so is a plain page */
	CHECK_EQ(pin_with(2, 7, PTE_OF(l1, PTE_TABLE)), 0);
	CHECK_EQ(pin_with(2, 7, PTE_OF(l1, PTE_TABLE | PTE_PSE)), -EINVAL);
	CHECK_EQ(pin_with(2, 7, PTE_OF(page, PTE_TABLE)), -EINVAL);
	CHECK_EQ(pin_with(2, 7, PTE_OF(l1, PTE_TABLE | PTE_GLOBAL)), -EINVAL);
	CHECK_EQ(pin_with(3, 7, PTE_OF(l2, PTE_TABLE)), 0);
	CHECK_EQ(pin_with(3, 7, PTE_OF(page, PTE_TABLE)), -EINVAL);
	CHECK_EQ(pin_with(4, 7, PTE_OF(page, PTE_TABLE)), -EINVAL);
	/* the hypervisor's slots of an L4 are filled in, whatever they held */
	CHECK_EQ(pin_with(4, HYPERVISOR_L4_FIRST + 1, PTE_OF(page, PTE_TABLE)), 0);
	/* not a level */
	CHECK_EQ(pt_ext(MMUEXT_PIN_L1_TABLE, 0x7fffffffffff, 0), -EINVAL);
	pt_page_free(l1);
	pt_page_free(l2);
	page_free(page);
}

static void check_update(void)
{
	uint64_t *window = window_alloc(2);
	uint64_t *entry = window_entry(window);
	uint64_t *page = page_alloc();
	uint64_t *other = page_alloc();

	*page = 0xaaaa;
	*other = 0xbbbb;
	CHECK_EQ(pt_write(entry, PTE_OF(page, PTE_KERNEL)), 0);
	CHECK_EQ(*(volatile uint64_t *)window, 0xaaaa);
	CHECK_EQ(pt_write(entry, PTE_OF(other, PTE_KERNEL_RO)), 0);
	CHECK_EQ(pt_ext(MMUEXT_INVLPG_LOCAL, ptr_arg(window), 0), 0);
	CHECK_EQ(*(volatile uint64_t *)window, 0xbbbb);
	CHECK_EQ(TRY("movb $1, (%0)", : : "r"(window)), VECTOR_PF);
	CHECK_EQ(pte_frame(*entry), va_to_mfn(other));
	CHECK_EQ(*entry & (PTE_PRESENT | PTE_RW), PTE_PRESENT);
	CHECK_EQ(pt_write(entry, 0), 0);
	CHECK_EQ(pt_ext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
	CHECK_EQ(TRY("movb $1, (%0)", : : "r"(window)), VECTOR_PF);
	/* by address, with and without flush; the second page of the window has the same table */
	CHECK_EQ(pt_remap(window + 512, PTE_OF(page, PTE_KERNEL)), 0);
	CHECK_EQ(window[512], 0xaaaa);
	CHECK_EQ(pt_remap(window + 512, 0), 0);
	CHECK_EQ(pt_remap((void *)0x123456789000UL, PTE_OF(page, PTE_KERNEL)), -EINVAL);
	CHECK_EQ(pt_remap((void *)HYPERVISOR_VIRT_START, PTE_OF(page, PTE_KERNEL)), -EINVAL);
	/* refused, and the entry keeps its value */
	CHECK_EQ(pt_write(entry, PTE_OF(page, PTE_KERNEL)), 0);
	CHECK_EQ(pt_write(entry, PTE_OF(pt_kernel_l4(), PTE_KERNEL)), -EBUSY);
	CHECK_EQ(pt_write(entry, PTE_OF(page, PTE_KERNEL) | 1UL << 51), -EPERM);
	CHECK_EQ(pte_frame(*entry), va_to_mfn(page));
	CHECK_EQ(pt_write(entry, 0), 0);
	/* on a page that is no table the update is a plain store, one quadword and aligned */
	CHECK_EQ(pt_write(page + 3, 0x1234567), 0);
	CHECK_EQ(page[3], 0x1234567);
	CHECK_EQ(pt_write_maddr(0x7ffffffffffff000UL, 0), -EINVAL);
	page_free(page);
	page_free(other);
}

static void check_batch(void)
{
	uint64_t *window = window_alloc(4);
	uint64_t *entry = window_entry(window);
	uint64_t *page = page_alloc();
	struct mmu_update req[4];
	uint32_t done = 99;

	for (unsigned int i = 0; i < 4; i++) {
		req[i].ptr = va_to_maddr(entry + i);
		req[i].val = PTE_OF(page, PTE_KERNEL);
	}
	CHECK_EQ(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(req), 4, ptr_arg(&done), DOMID_SELF),
		 0);
	CHECK_EQ(done, 4);
	for (unsigned int i = 0; i < 4; i++) {
		req[i].val = 0;
	}
	req[2].val = PTE_OF(pt_kernel_l4(), PTE_KERNEL);
	done = 99;
	CHECK_EQ(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(req), 4, ptr_arg(&done), DOMID_SELF),
		 -EBUSY);
	CHECK_EQ(done, 2);
	CHECK_EQ(entry[1], 0);
	CHECK(entry[2] & PTE_PRESENT);
	CHECK(entry[3] & PTE_PRESENT);
	req[2].val = 0;
	CHECK_EQ(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(req + 2), 2, 0, DOMID_SELF), 0);
	CHECK_EQ(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(req), 0, ptr_arg(&done), DOMID_SELF),
		 0);
	CHECK_EQ(done, 0);
	page_free(page);
}

/* Accessed and dirty survive when asked for; the M2P changes for one's own frames only. */
static void check_commands(void)
{
	uint64_t *window = window_alloc(1);
	uint64_t *entry = window_entry(window);
	uint64_t *page = page_alloc();
	struct mmu_update req;
	uint64_t mfn = va_to_mfn(page), pfn = mfn_to_pfn(mfn);

	CHECK_EQ(pt_write(entry, PTE_OF(page, PTE_KERNEL)), 0);
	*(volatile uint64_t *)window = 1;
	req.ptr = va_to_maddr(entry) | MMU_PT_UPDATE_PRESERVE_AD;
	req.val = PTE_OF(page, PTE_PRESENT | PTE_USER | PTE_RW);
	CHECK_EQ(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&req), 1, 0, DOMID_SELF), 0);
	CHECK_EQ(*entry & (PTE_ACCESSED | PTE_DIRTY), PTE_ACCESSED | PTE_DIRTY);
	CHECK_EQ(pt_write(entry, PTE_OF(page, PTE_PRESENT | PTE_USER | PTE_RW)), 0);
	CHECK_EQ(*entry & (PTE_ACCESSED | PTE_DIRTY), 0);
	CHECK_EQ(pt_write(entry, 0), 0);
	req.ptr = mfn << 12 | MMU_MACHPHYS_UPDATE;
	req.val = 0x12345;
	CHECK_EQ(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&req), 1, 0, DOMID_SELF), 0);
	CHECK_EQ(mfn_to_pfn(mfn), 0x12345);
	req.val = pfn;
	CHECK_EQ(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&req), 1, 0, DOMID_SELF), 0);
	CHECK_EQ(mfn_to_pfn(mfn), pfn);
	req.ptr = 0x7ffffffff000UL | MMU_MACHPHYS_UPDATE;
	CHECK_EQ(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&req), 1, 0, DOMID_SELF), -EINVAL);
	page_free(page);
}

static void check_top_level(void)
{
	uint64_t *l4 = pt_kernel_l4();
	char *page = page_alloc();

	CHECK_EQ(pt_write(&l4[HYPERVISOR_L4_FIRST], 0), -EINVAL);
	CHECK_EQ(pt_write(&l4[HYPERVISOR_L4_LAST], PTE_OF(page, PTE_TABLE)), -EINVAL);
	CHECK_EQ(pt_write(&l4[300], PTE_OF(page, PTE_TABLE)), -EINVAL);
	CHECK_EQ(pt_ext(MMUEXT_NEW_BASEPTR, va_to_mfn(l4), 0), 0);
	CHECK_EQ(pt_ext(MMUEXT_NEW_BASEPTR, va_to_mfn(page), 0), -EINVAL);
	CHECK_EQ(pt_ext(MMUEXT_NEW_BASEPTR, 0x7fffffffffff, 0), -EINVAL);
	page_free(page);
}

static void check_ext(void)
{
	uint64_t *page = page_alloc();
	uint64_t *other = page_alloc();
	struct mmuext_op ops[2] = {
		{.cmd = MMUEXT_TLB_FLUSH_LOCAL},
		{.cmd = 77},
	};
	uint32_t done = 99;

	page[5] = 7;
	CHECK_EQ(pt_ext(MMUEXT_COPY_PAGE, va_to_mfn(other), va_to_mfn(page)), 0);
	CHECK_EQ(other[5], 7);
	CHECK_EQ(pt_ext(MMUEXT_CLEAR_PAGE, va_to_mfn(page), 0), 0);
	CHECK_EQ(page[5], 0);
	CHECK_EQ(pt_ext(MMUEXT_CLEAR_PAGE, va_to_mfn(pt_kernel_l4()), 0), -EINVAL);
	CHECK_EQ(pt_ext(MMUEXT_COPY_PAGE, va_to_mfn(pt_kernel_l4()), va_to_mfn(page)), -EINVAL);
	CHECK_EQ(pt_ext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
	CHECK_EQ(pt_ext(MMUEXT_INVLPG_ALL, ptr_arg(page), 0), 0);
	CHECK_EQ(pt_ext(MMUEXT_MARK_SUPER, 0, 0), -EOPNOTSUPP);
	CHECK_EQ(hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(ops), 2, ptr_arg(&done), DOMID_SELF),
		 -ENOSYS);
	CHECK_EQ(done, 1);
	/* LDT: page aligned, at most 8192 entries */
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, ptr_arg(page), 8), 0);
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, 0, 0), 0);
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, ptr_arg(page) + 8, 8), -EINVAL);
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, ptr_arg(page), 8193), -EINVAL);
	page_free(page);
	page_free(other);
}

/* A table in use through several levels: type references follow the links. */
static void check_references(void)
{
	uint64_t *window = window_alloc(1);
	uint64_t *l2_entry = pt_entry(pt_kernel_l4(), ptr_arg(window) + (64UL << 20), 2);
	uint64_t *l1 = pt_page_alloc();
	uint64_t *page = page_alloc();

	CHECK_EQ(pt_write(l2_entry, PTE_OF(l1, PTE_TABLE)), 0);
	CHECK_EQ(pt_remap(l1, PTE_OF(l1, PTE_KERNEL)), -EBUSY);
	/* two uses of one L1 */
	CHECK_EQ(pt_pin(l1, 1), 0);
	CHECK_EQ(pt_unpin(l1), 0);
	CHECK_EQ(pt_remap(l1, PTE_OF(l1, PTE_KERNEL)), -EBUSY);
	/* a page mapped writable through it can't become a table */
	CHECK_EQ(pt_write(l1, PTE_OF(page, PTE_KERNEL)), 0);
	pt_make_readonly(page);
	CHECK_EQ(pt_pin(page, 1), -EINVAL);
	/* until the whole L1 goes: the drop of the link releases what it mapped */
	CHECK_EQ(pt_write(l2_entry, 0), 0);
	CHECK_EQ(pt_pin(page, 1), 0);
	CHECK_EQ(pt_unpin(page), 0);
	pt_make_writable(page);
	pt_make_writable(l1);
	l1[0] = 0;
	page_free(l1);
	page_free(page);
}

void test_main(void)
{
	traps_init();
	check_pin();
	check_validation();
	check_update();
	check_batch();
	check_commands();
	check_top_level();
	check_ext();
	check_references();
}
