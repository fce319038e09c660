/* SPDX-License-Identifier: MIT */
/* Single page-table entries: what is acceptable, what they hold. */
#include "arch/pagetable.h"
#include "mm/l1e.h"

int l1e_check_flags(const struct domain *d, pte_t *pte)
{
	pte_t e = *pte;

	if (!(e & PTE_PRESENT)) {
		return 0;
	}
	if (unlikely(e & ~(PTE_COMMON | PTE_GLOBAL)) &&
	    ((e & ~(PTE_COMMON | PTE_GLOBAL | PTE_CACHE_BITS)) || !d->pv.dom0_device_access)) {
		return -EINVAL;
	}
	*pte = l1e_correct(e);
	return 0;
}

/* Device memory is never cached, whatever the guest thinks; write combining stays. */
static pte_t mmio_attributes(pte_t e)
{
	switch (e & PTE_CACHE_BITS) {
	case 0: /* write back */
		return e | PTE_PWT | PTE_PCD;
	case PTE_PWT: /* write through */
		return e | PTE_PCD;
	case PTE_PWT | PTE_PAT: /* write protect */
		return (e | PTE_PCD) & ~PTE_PAT;
	default:
		return e;
	}
}

/* Address bits that every processor's L1 cache compares (Intel's have 44 or 46). */
#define L1_TAG_BITS 44

int absent_entry_check(const struct domain *d, pte_t e)
{
	if ((e & PTE_FRAME_MASK & ((1ULL << L1_TAG_BITS) - 1)) >> PAGE_SHIFT >= max_page) {
		return 0;
	}
	domain_crash((struct domain *)d,
		     "absent page-table entry %lx names RAM, which this CPU could read (L1TF); "
		     "use a kernel of 2018 or later, or pv-l1tf=no",
		     e);
	return -EINVAL;
}

static int mmio_get(const struct domain *d, xen_domid_t owner, pte_t *pte)
{
	mfn_t m = pte_mfn(*pte);

	if (owner != d->id && owner != DOMID_IO) {
		return -EINVAL;
	}
	if (!d->pv.dom0_device_access || mmio_is_private(m)) {
		return -EPERM;
	}
	*pte = mmio_attributes(*pte);
	return 0;
}

int l1e_get(const struct domain *d, xen_domid_t owner, pte_t *pte)
{
	int rc = l1e_check_flags(d, pte);
	mfn_t m = pte_mfn(*pte);

	if (rc || !(*pte & PTE_PRESENT)) {
		return rc;
	}
	if (unlikely(!mfn_is_ram(m))) {
		return mmio_get(d, owner, pte);
	}
	if (*pte & PTE_RW) {
		rc = page_get_writable(mfn_to_page(m), owner);
		if (!rc && owner != d->id) {
			page_set_foreign(mfn_to_page(m));
		}
		return rc;
	}
	return page_get_id(mfn_to_page(m), owner) ? 0 : -EINVAL;
}

void l1e_put(pte_t e)
{
	mfn_t m = pte_mfn(e);

	if (!(e & PTE_PRESENT) || !mfn_is_ram(m)) {
		return;
	}
	if (e & PTE_RW) {
		page_put_writable(mfn_to_page(m));
	} else {
		page_put(mfn_to_page(m));
	}
}

int lne_check_flags(pte_t *pte)
{
	if (*pte & PTE_PRESENT) {
		if (*pte & ~PTE_COMMON) {
			return -EINVAL;
		}
		*pte |= PTE_USER;
	}
	return 0;
}

int lne_get(const struct domain *d, unsigned int level, pte_t *pte, bool preemptible)
{
	int rc = lne_check_flags(pte);
	mfn_t m = pte_mfn(*pte);
	struct page_info *p;

	if (!(*pte & PTE_PRESENT)) {
		return *pte & d->pv.absent_watch ? absent_entry_check(d, *pte) : 0;
	}
	if (rc || !mfn_is_ram(m)) {
		return -EINVAL;
	}
	p = mfn_to_page(m);
	if (!page_get_id(p, d->id)) {
		return -EINVAL;
	}
	rc = preemptible ? page_get_type(p, (enum page_type)(level - 1))
			 : page_get_type_now(p, (enum page_type)(level - 1));
	if (rc) {
		page_put(p);
	}
	return rc;
}

int lne_put_preemptible(pte_t e)
{
	struct page_info *p = mfn_to_page(pte_mfn(e));
	int rc;

	if (!(e & PTE_PRESENT)) {
		return 0;
	}
	rc = page_put_type_preemptible(p);
	page_put(p);
	return rc;
}

void lne_put(pte_t e)
{
	if (e & PTE_PRESENT) {
		page_put_and_type(mfn_to_page(pte_mfn(e)));
	}
}
