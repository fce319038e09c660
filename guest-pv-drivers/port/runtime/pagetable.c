/* SPDX-License-Identifier: MIT */
/* Page-table helpers of the runtime. */
#include <stddef.h>
#include <string.h>

#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"

uint64_t *pt_entry(uint64_t *l4, uint64_t va, unsigned int level)
{
	uint64_t *table = l4;

	for (unsigned int l = 4; l > level; l--) {
		uint64_t entry = table[pt_index(va, l)];

		if (!(entry & PTE_PRESENT)) {
			return NULL;
		}
		table = mfn_to_va(pte_frame(entry));
	}
	return &table[pt_index(va, level)];
}

long pt_write_maddr(uint64_t maddr, uint64_t value)
{
	struct mmu_update req = {.ptr = maddr | MMU_NORMAL_PT_UPDATE, .val = value};

	return hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&req), 1, 0, DOMID_SELF);
}

long pt_remap(const volatile void *va, uint64_t pte)
{
	return hypercall3(__HYPERVISOR_update_va_mapping, ptr_arg(va), pte, UVMF_INVLPG);
}

static void remap_own(const void *va, uint64_t flags)
{
	long rc = pt_remap(va, va_to_mfn(va) << 12 | flags);

	if (rc != 0) {
		runtime_panic("mapping of %p to flags %lx refused: %ld", va, flags, rc);
	}
}

void pt_make_readonly(const void *va)
{
	remap_own(va, PTE_KERNEL_RO);
}

void pt_make_writable(const void *va)
{
	remap_own(va, PTE_KERNEL);
}

long pt_ext(uint32_t command, uint64_t arg1, uint64_t arg2)
{
	struct mmuext_op op = {.cmd = command, .arg1.mfn = arg1, .arg2.src_mfn = arg2};

	return hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(&op), 1, 0, DOMID_SELF);
}

long pt_pin(const void *table, unsigned int level)
{
	return pt_ext(MMUEXT_PIN_L1_TABLE + level - 1, va_to_mfn(table), 0);
}

long pt_unpin(const void *table)
{
	return pt_ext(MMUEXT_UNPIN_TABLE, va_to_mfn(table), 0);
}

uint64_t *pt_page_alloc(void)
{
	uint64_t *table = page_alloc();

	pt_make_readonly(table);
	return table;
}

void pt_page_free(uint64_t *table)
{
	pt_make_writable(table);
	page_free(table);
}

void pt_map(uint64_t *l4, uint64_t va, uint64_t pte)
{
	long rc = 0;

	for (unsigned int level = 4; level > 1 && rc == 0; level--) {
		uint64_t *entry = pt_entry(l4, va, level);

		if (!(*entry & PTE_PRESENT)) {
			rc = pt_write(entry, va_to_mfn(pt_page_alloc()) << 12 | PTE_TABLE);
		}
	}
	if (rc == 0) {
		rc = pt_write(pt_entry(l4, va, 1), pte);
	}
	if (rc != 0) {
		runtime_panic("mapping of %lx to %lx refused: %ld", va, pte, rc);
	}
}

uint64_t *pt_user_create(void)
{
	uint64_t *l4 = pt_page_alloc();
	long rc = pt_pin(l4, 4);

	if (rc != 0) {
		runtime_panic("pin of a user L4 refused: %ld", rc);
	}
	return l4;
}

void pt_user_set(const uint64_t *l4)
{
	long rc = pt_ext(MMUEXT_NEW_USER_BASEPTR, l4 != NULL ? va_to_mfn(l4) : 0, 0);

	if (rc != 0) {
		runtime_panic("user L4 refused: %ld", rc);
	}
}
