/* SPDX-License-Identifier: MIT */
/* Page tables of the per-domain area: one L3, one L2, an L1 for 16 vCPUs each. */
#include "mm/perdomain.h"

#include <asm/directmap.h>

#include "core/domain.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/table.h"

#define VCPUS_PER_L1 (PTES_PER_TABLE / PERDOMAIN_PAGES)
#define GUEST_GDT_PAGES 14
#define HV_PTE (PTE_PRESENT | PTE_RW | PTE_ACCESSED | PTE_DIRTY)

_Static_assert(PERDOMAIN_PAGES << PAGE_SHIFT == 1 << PERDOMAIN_VCPU_SHIFT, "layout.h");
_Static_assert(MAX_VCPUS / VCPUS_PER_L1 <= PTES_PER_TABLE, "one L2 is enough");

static void *zero_frame; /* what an unset GDT page shows */

uint64_t perdomain_pte(mfn_t m)
{
	return mfn_to_maddr(m) | HV_PTE | PTE_NX;
}

static pte_t *table_below(const pte_t *entry)
{
	return mfn_to_virt(pte_mfn(*entry));
}

static pte_t *slot(const struct vcpu *v, unsigned int n)
{
	pte_t *l2 = table_below(v->domain->pv.perdomain_l3);
	pte_t *l1 = table_below(&l2[v->id / VCPUS_PER_L1]);

	return &l1[v->id % VCPUS_PER_L1 * PERDOMAIN_PAGES + n];
}

void perdomain_set_pte(struct vcpu *v, unsigned int n, uint64_t pte)
{
	__atomic_store_n(slot(v, n), pte, __ATOMIC_RELAXED);
}

uint64_t perdomain_get_pte(const struct vcpu *v, unsigned int n)
{
	return __atomic_load_n(slot(v, n), __ATOMIC_RELAXED);
}

static pte_t zero_pte(void)
{
	/* Read-only: nothing sets a descriptor's accessed bit in it. */
	return mfn_to_maddr(virt_to_mfn(zero_frame)) | PTE_PRESENT | PTE_ACCESSED | PTE_NX;
}

void perdomain_clear_gdt(struct vcpu *v, unsigned int n)
{
	perdomain_set_pte(v, PERDOMAIN_GDT_PAGE + n, zero_pte());
}

static pte_t *table_add(pte_t *entry)
{
	pte_t *t = frames_alloc(0);

	if (t) {
		*entry = mfn_to_maddr(virt_to_mfn(t)) | HV_PTE;
	}
	return t;
}

int perdomain_create(struct domain *d)
{
	pte_t *l2, *l1;

	if (!zero_frame) {
		zero_frame = frames_alloc(0);
	}
	d->pv.perdomain_l3 = frames_alloc(0);
	if (!zero_frame || !d->pv.perdomain_l3 || !(l2 = table_add(d->pv.perdomain_l3))) {
		goto err;
	}
	for (unsigned int v = 0; v < d->max_vcpus; v++) {
		if (v % VCPUS_PER_L1 == 0 && !table_add(&l2[v / VCPUS_PER_L1])) {
			goto err;
		}
		l1 = table_below(&l2[v / VCPUS_PER_L1]);
		for (unsigned int i = 0; i < GUEST_GDT_PAGES; i++) {
			l1[v % VCPUS_PER_L1 * PERDOMAIN_PAGES + i] = zero_pte();
		}
	}
	return 0;

err:
	perdomain_destroy(d);
	return -ENOMEM;
}

void perdomain_destroy(struct domain *d)
{
	pte_t *l3 = d->pv.perdomain_l3;

	if (l3 && *l3) {
		pte_t *l2 = table_below(l3);

		for (unsigned int i = 0; i < PTES_PER_TABLE && l2[i]; i++) {
			frames_free(table_below(&l2[i]), 0);
		}
		frames_free(l2, 0);
	}
	frames_free(l3, 0);
	d->pv.perdomain_l3 = NULL;
}
