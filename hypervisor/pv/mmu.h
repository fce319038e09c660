/* SPDX-License-Identifier: MIT */
/*
 * Page tables and descriptor tables of PV guests: what the hypercalls of this
 * room share, and what the entry code, context calls and grants use.
 */
#ifndef ARGON_PV_MMU_H
#define ARGON_PV_MMU_H

#include "core/domain.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "mm/table.h"
#include "xen/mmu.h"

/* Assists a guest may switch on. */
#define PV_VM_ASSIST_VALID                                                            \
	(1ULL << VMASST_TYPE_4gb_segments | 1ULL << VMASST_TYPE_writable_pagetables | \
	 1ULL << VMASST_TYPE_pae_extended_cr3 | 1ULL << VMASST_TYPE_runstate_update_flag)

/* In the count argument of mmu_update and mmuext_op: this is a continuation. */
#define MMU_UPDATE_PREEMPTED 0x80000000U

/* Frames and tables a page-table call works on. */
struct mmu_subject {
	struct domain *d;   /* whose tables (mmu_update) or frames (mmuext_op) are meant */
	xen_domid_t frames; /* whose frames new entries may name; DOMID_IO, DOMID_XEN too */
};

/*
 * Finds out from the domid argument of mmu_update whom the current domain
 * means.  -EPERM: not privileged, -ESRCH.  mmu_subject_put afterwards.
 */
int mmu_subject_get(struct mmu_subject *s, uint32_t foreign);
void mmu_subject_put(struct mmu_subject *s);

/* How an L1 entry is stored. */
enum pte_store {
	PTE_STORE,         /* as it is */
	PTE_STORE_KEEP_AD, /* with the accessed and dirty bits of the old one */
	PTE_STORE_IF_SAME, /* only if the entry still is *expected: else -EAGAIN */
};

/*
 * Replaces an entry of an L1 table (locked by the caller) of d by one that
 * names a frame of `frames`.  -EINVAL, -EPERM, -EAGAIN.
 */
int l1e_update(const struct domain *d, xen_domid_t frames, pte_t *slot, pte_t pte,
	       enum pte_store how, pte_t expected);

/* The same with PTE_STORE, the short way. */
int l1e_store(const struct domain *d, xen_domid_t frames, pte_t *slot, pte_t pte);
/* The entry of v's kernel tables that maps va. -EINVAL also if there is no L1 table. */
int pte_store_va(struct vcpu *v, uint64_t va, xen_domid_t frames, pte_t pte);

/*
 * Finds the L1 entry that maps va in v's kernel tables and locks its table.
 * NULL if there is no such table; page_table_unlock(*table) afterwards.
 */
pte_t *pte_lock_va(struct vcpu *v, uint64_t va, struct page_info **table);
/* The same for an entry given by its machine address; only L1 tables of d. */
pte_t *pte_lock_maddr(const struct domain *d, maddr_t at, struct page_info **table);
/* The L1 entry that maps va in v's kernel tables, 0 if none: no lock, may be stale. */
pte_t pte_lookup(struct vcpu *v, uint64_t va);

/* An entry above level 1 of d's tables, or a base pointer of its vCPUs, is another now. */
void mmu_tables_changed(struct domain *d);

/* Goes on with devalidating v's old_table: 0 or -ERESTART. */
int mmu_finish_old_table(struct vcpu *v);

/*
 * The frame of mmu_update and mmuext_op, which can be preempted anywhere in
 * their list: *before is what earlier parts of the call have done, the
 * MMU_UPDATE_PREEMPTED of *count goes.  -EFAULT; -ERESTART: nothing but
 * mmu_list_end now, with what is left to do.
 */
static inline long mmu_list_begin(struct vcpu *v, uint32_t *count, gptr_t pdone, uint32_t *before)
{
	*before = 0;
	if (unlikely(*count & MMU_UPDATE_PREEMPTED)) {
		*count &= ~MMU_UPDATE_PREEMPTED;
		if (!gptr_is_null(pdone) && copy_from_guest(before, pdone, sizeof(*before))) {
			return -EFAULT;
		}
	}
	return unlikely(v->pv.old_table) ? mmu_finish_old_table(v) : 0;
}

static inline long mmu_list_end(unsigned int op, long rc, gptr_t rest, uint32_t count, gptr_t pdone,
				uint32_t done, uint32_t foreign)
{
	if (!gptr_is_null(pdone) && copy_to_guest(pdone, &done, sizeof(done))) {
		return -EFAULT;
	}
	return rc == -ERESTART ? hypercall_continue(op, 4, rest.addr, count | MMU_UPDATE_PREEMPTED,
						    pdone.addr, foreign)
			       : rc;
}

/* Physical CPUs on which the vCPUs of a guest bitmap may have TLB entries. -EFAULT. */
int vcpumask_to_cpus(const struct domain *d, gptr_t bitmap, cpumask_t *cpus);

/*
 * Replaces the guest's part of v's GDT: 0..7168 entries, in frames given by
 * machine frame number.  v is current or does not run.  -EINVAL; unchanged then.
 */
int pv_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int entries);
void pv_destroy_gdt(struct vcpu *v);
/* MMUEXT_NEW_BASEPTR for the current vCPU, as its MOV to CR3 asks; 0 or -errno. */
int pv_new_baseptr(uint64_t frame);
/* Unmaps v's LDT frames; v is current (which flushes) or does not run. */
void pv_destroy_ldt(struct vcpu *v);

#endif
