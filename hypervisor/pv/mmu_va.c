/* SPDX-License-Identifier: MIT */
/* update_va_mapping: one L1 entry by virtual address, and the flush that goes with it. */
#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "pv/mmu.h"

int vcpumask_to_cpus(const struct domain *d, gptr_t bitmap, cpumask_t *cpus)
{
	uint64_t map[BITS_TO_WORDS(MAX_VCPUS)] = {0};
	const struct vcpu *v;
	unsigned int i;

	if (copy_from_guest(map, bitmap, DIV_ROUND_UP(d->max_vcpus, 8))) {
		return -EFAULT;
	}
	*cpus = 0;
	for_each_vcpu(d, v, i) {
		if (bit_test(map, i)) {
			*cpus |= cpumask_of(__atomic_load_n(&v->cpu, __ATOMIC_RELAXED));
		}
	}
	/* A vCPU that moves meanwhile loads CR3, which flushes. */
	*cpus &= __atomic_load_n(&d->dirty_cpus, __ATOMIC_SEQ_CST);
	return 0;
}

static __attribute__((noinline)) int flush_by_flags(const struct domain *d, uint64_t va,
						    uint64_t flags)
{
	uint64_t where = flags & ~UVMF_FLUSHTYPE_MASK;
	uint64_t what;
	cpumask_t cpus;
	int rc;

	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_TLB_FLUSH:
		what = TLB_FLUSH_ALL_VA;
		break;
	case UVMF_INVLPG:
		what = va & PAGE_MASK;
		break;
	default:
		return 0;
	}
	if (where == UVMF_LOCAL) {
		if (what == TLB_FLUSH_ALL_VA) {
			tlb_flush_local();
		} else {
			tlb_flush_local_va(what);
		}
		return 0;
	}
	if (where == UVMF_ALL) {
		cpus = __atomic_load_n(&d->dirty_cpus, __ATOMIC_SEQ_CST);
	} else {
		rc = vcpumask_to_cpus(d, gptr(where), &cpus);
		if (rc) {
			return rc;
		}
	}
	tlb_flush_mask(cpus, what);
	return 0;
}

static inline long update_va(struct vcpu *v, uint64_t va, uint64_t pte, uint64_t flags,
			     xen_domid_t frames)
{
	long rc = pte_store_va(v, va, frames, pte);
	int flushed;

	if (likely(!(flags & UVMF_FLUSHTYPE_MASK))) {
		return rc;
	}
	flushed = flush_by_flags(v->domain, va, flags);
	return rc ? rc : flushed;
}

long do_update_va_mapping(uint64_t va, uint64_t pte, uint64_t flags)
{
	struct vcpu *v = current;

	return update_va(v, va, pte, flags, v->domain->id);
}

long do_update_va_mapping_otherdomain(uint64_t va, uint64_t pte, uint64_t flags, uint32_t domid)
{
	struct mmu_subject s;
	long rc = mmu_subject_get(&s, domid & 0xffff);

	if (rc) {
		return rc;
	}
	rc = update_va(current, va, pte, flags, s.frames);
	mmu_subject_put(&s);
	return rc;
}
