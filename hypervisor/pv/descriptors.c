/* SPDX-License-Identifier: MIT */
/*
 * The guest's GDT and LDT.  Their frames are checked once (PT_SEGDESC) and
 * mapped into the per-domain area; the LDT's only when the processor first
 * touches a page of it.
 */
#include "pv/mmu.h"

#include <asm/directmap.h>

#include "arch/context.h"
#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "mm/perdomain.h"
#include "pv/pv.h"

#define ENTRIES_PER_PAGE 512
#define GDT_PAGES_MAX 14
#define GDT_ENTRIES_MAX (GDT_PAGES_MAX * ENTRIES_PER_PAGE)
#define LDT_PAGES_MAX 16

static void mappings_changed(const struct vcpu *v)
{
	/* Elsewhere v is entered by a CR3 load, which flushes. */
	if (v == current) {
		tlb_flush_local();
	}
}

void pv_destroy_gdt(struct vcpu *v)
{
	for (unsigned int i = 0; i < GDT_PAGES_MAX; i++) {
		if (v->pv.gdt_frames[i]) {
			perdomain_clear_gdt(v, i);
			page_put_and_type(mfn_to_page(mfn(v->pv.gdt_frames[i])));
			v->pv.gdt_frames[i] = 0;
		}
	}
	v->pv.gdt_ents = 0;
	mappings_changed(v);
}

int pv_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int entries)
{
	unsigned int count = DIV_ROUND_UP(entries, ENTRIES_PER_PAGE);
	unsigned int i;

	if (entries > GDT_ENTRIES_MAX) {
		return -EINVAL;
	}
	for (i = 0; i < count; i++) {
		if (!mfn_is_ram(mfn(frames[i])) ||
		    page_get_and_type(mfn_to_page(mfn(frames[i])), v->domain, PT_SEGDESC)) {
			goto err_put;
		}
	}
	pv_destroy_gdt(v);
	v->pv.gdt_ents = entries;
	for (i = 0; i < count; i++) {
		v->pv.gdt_frames[i] = frames[i];
		perdomain_set_pte(v, PERDOMAIN_GDT_PAGE + i, perdomain_pte(mfn(frames[i])));
	}
	mappings_changed(v);
	return 0;

err_put:
	while (i-- > 0) {
		page_put_and_type(mfn_to_page(mfn(frames[i])));
	}
	return -EINVAL;
}

long do_set_gdt(gptr_t list, uint32_t entries)
{
	uint64_t frames[GDT_PAGES_MAX];

	if (entries > GDT_ENTRIES_MAX) {
		return -EINVAL;
	}
	if (copy_from_guest(frames, list,
			    DIV_ROUND_UP(entries, ENTRIES_PER_PAGE) * sizeof(frames[0]))) {
		return -EFAULT;
	}
	return pv_set_gdt(current, frames, entries);
}

long do_update_descriptor(uint64_t at, uint64_t descriptor)
{
	mfn_t m = maddr_to_mfn(at);
	struct page_info *p;
	enum page_type type;
	int rc = -EINVAL;

	if (at % sizeof(descriptor) || !mfn_is_ram(m) || !segdesc_check(&descriptor)) {
		return -EINVAL;
	}
	p = mfn_to_page(m);
	if (!page_get(p, current->domain)) {
		return -EINVAL;
	}
	/* Tables nobody uses yet are plain memory. */
	type = page_type(p) == PT_SEGDESC ? PT_SEGDESC : PT_WRITABLE;
	if (!page_get_type_now(p, type)) {
		__atomic_store_n((uint64_t *)maddr_to_virt(at), descriptor, __ATOMIC_RELEASE);
		page_put_type(p);
		rc = 0;
	}
	page_put(p);
	return rc;
}

void pv_destroy_ldt(struct vcpu *v)
{
	uint32_t mapped = v->pv.ldt_mapped;

	v->pv.ldt_mapped = 0;
	for (unsigned int i = 0; i < LDT_PAGES_MAX; i++) {
		if (mapped & 1U << i) {
			pte_t e = perdomain_get_pte(v, PERDOMAIN_LDT_PAGE + i);

			perdomain_set_pte(v, PERDOMAIN_LDT_PAGE + i, 0);
			page_put_and_type(mfn_to_page(pte_mfn(e)));
		}
	}
	if (mapped) {
		mappings_changed(v);
	}
}

/*
 * The processor touched byte `offset` of the current vCPU's LDT, whose page
 * is not mapped: maps it if the guest has acceptable descriptors there.
 */
bool pv_handle_ldt_fault(uint64_t offset)
{
	struct vcpu *v = current;
	unsigned int n = (unsigned int)(offset >> PAGE_SHIFT);
	struct page_info *p;
	pte_t e;

	if (n >= LDT_PAGES_MAX || offset / sizeof(uint64_t) >= v->pv.ldt_ents ||
	    (v->pv.ldt_mapped & 1U << n)) {
		return false;
	}
	e = pte_lookup(v, v->pv.ldt_base + ((uint64_t)n << PAGE_SHIFT));
	if (!(e & PTE_PRESENT) || !mfn_is_ram(pte_mfn(e))) {
		return false;
	}
	p = mfn_to_page(pte_mfn(e));
	if (page_get_and_type(p, v->domain, PT_SEGDESC)) {
		return false;
	}
	perdomain_set_pte(v, PERDOMAIN_LDT_PAGE + n, perdomain_pte(page_to_mfn(p)));
	v->pv.ldt_mapped |= 1U << n;
	return true;
}
