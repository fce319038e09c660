/* SPDX-License-Identifier: MIT */
/* The PV part of a domain's life: its per-domain area, and giving back its tables. */
#include "arch/context.h"
#include "arch/isolation.h"
#include "core/grace.h"
#include "lib/errno.h"
#include "mm/oracle.h"
#include "mm/perdomain.h"
#include "pv/mmu.h"

int arch_domain_init(struct domain *d)
{
	d->pv.isolated = isolation_wanted(d->is_privileged);
	d->pv.absent_watch = absent_entries_leak(d->is_privileged) ? PTE_FRAME_MASK : 0;
	mmu_tables_changed(d); /* so that no vCPU's empty answer counts */
	return d->is_idle ? 0 : perdomain_create(d);
}

void arch_domain_free(struct domain *d)
{
	perdomain_destroy(d);
	hv_free(d->pv.e820);
	d->pv.e820 = NULL;
}

/* Takes *table off the vCPU and gives its references back. */
static int root_drop(struct vcpu *v, struct page_info **table)
{
	struct page_info *p = *table;

	if (!p) {
		return 0;
	}
	*table = NULL;
	if (page_put_type_preemptible(p) == -ERESTART) {
		v->pv.old_table = p;
		return -ERESTART;
	}
	page_put(p);
	return 0;
}

/* Events go to shared_info again, where nobody looks any more. */
static void info_page_drop(struct vcpu *v)
{
	struct page_info *p = v->info_page;
	unsigned int i = MIN(v->id, XEN_LEGACY_MAX_VCPUS - 1U);

	if (p) {
		__atomic_store_n(&v->info, &v->domain->shared->vcpu_info[i], __ATOMIC_SEQ_CST);
		grace_wait(); /* senders may still write to the old place */
		v->info_page = NULL;
		page_put_and_type(p);
	}
}

int arch_domain_relinquish(struct domain *d)
{
	struct vcpu *v;
	unsigned int i;

	for_each_vcpu(d, v, i) {
		if (mmu_finish_old_table(v)) {
			return -ERESTART;
		}
		/* No CPU runs it: CR3 is another's or the hypervisor's own. */
		v->pv.cr3_kernel = v->pv.cr3_user = 0;
		mmu_tables_changed(d);
		if (root_drop(v, &v->pv.guest_table) || root_drop(v, &v->pv.guest_table_user)) {
			return -ERESTART;
		}
		info_page_drop(v);
		pv_destroy_gdt(v);
		v->pv.ldt_ents = 0;
		pv_destroy_ldt(v);
	}
	return 0;
}

void oracle_visit_vcpus(const struct domain *d)
{
	const struct vcpu *v;
	unsigned int i, n;

	for_each_vcpu(d, v, i) {
		if (v->pv.guest_table) {
			oracle_hold(page_to_mfn(v->pv.guest_table), PT_L4);
		}
		if (v->pv.guest_table_user) {
			oracle_hold(page_to_mfn(v->pv.guest_table_user), PT_L4);
		}
		if (v->pv.old_table) {
			oracle_hold(page_to_mfn(v->pv.old_table), PT_NONE);
		}
		if (v->info_page) {
			oracle_hold(page_to_mfn(v->info_page), PT_WRITABLE);
		}
		for (n = 0; n < ARRAY_SIZE(v->pv.gdt_frames); n++) {
			if (v->pv.gdt_frames[n]) {
				oracle_hold(mfn(v->pv.gdt_frames[n]), PT_SEGDESC);
			}
		}
		for (n = 0; n < PERDOMAIN_LDT_PAGES; n++) {
			if (v->pv.ldt_mapped & 1U << n) {
				oracle_hold(pte_mfn(perdomain_get_pte(v, PERDOMAIN_LDT_PAGE + n)),
					    PT_SEGDESC);
			}
		}
	}
}
