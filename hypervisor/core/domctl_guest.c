/* SPDX-License-Identifier: MIT */
/* domctl: what the guest sees of CPU and time; its frames; access to hardware. */
#include "arch/cpu.h"
#include "arch/time.h"
#include "core/domctl.h"
#include "core/hypercall.h"
#include "core/policy_copy.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/page.h"
#include "pv/cpuid.h"
#include "pv/hypercall_page.h"

#include <asm/directmap.h>

#define GUEST_BITS 64

long domctl_set_address_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	switch (op->u.address_size.size) {
	case GUEST_BITS:
		return 0;
	case 32:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

long domctl_get_address_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	op->u.address_size.size = GUEST_BITS;
	return 0;
}

/* tsc_mode= of a domain's configuration. */
enum tsc_mode { TSC_DEFAULT, TSC_ALWAYS_EMULATE, TSC_NATIVE };

long domctl_settscinfo(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_tsc_info *t = &op->u.tsc_info;

	switch (t->tsc_mode) {
	case TSC_DEFAULT:
	case TSC_NATIVE:
		break;
	case TSC_ALWAYS_EMULATE:
		log_info("d%u: tsc_mode=always_emulate is not offered: use default or native\n",
			 d->id);
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
	d->tsc_mode = t->tsc_mode;
	d->tsc_khz = t->gtsc_khz;
	return 0;
}

long domctl_gettscinfo(struct domain *d, struct xen_domctl *op)
{
	op->u.tsc_info = (struct xen_domctl_tsc_info){
		.tsc_mode = d->tsc_mode,
		.gtsc_khz = cpu_khz,
		.elapsed_nsec = d->tsc_mode == TSC_NATIVE ? 0 : now_ns(),
	};
	return 0;
}

long domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;

	return policy_leaves_out(policy_of(d), gptr(p->leaves), &p->nr_leaves)
		       ?: policy_msrs_out(gptr(p->msrs), &p->nr_msrs);
}

#define NOTHING_REFUSED 0xffffffffU

static long set_policy(struct domain *d, struct xen_domctl_cpu_policy *p)
{
	struct xen_cpuid_leaf bad = {.leaf = NOTHING_REFUSED, .subleaf = NOTHING_REFUSED};
	struct xen_cpuid_leaf *leaves;
	size_t bytes = p->nr_leaves * sizeof(*leaves);
	long rc;

	if (p->nr_leaves > POLICY_LEAVES_MAX) {
		return -E2BIG;
	}
	rc = policy_msrs_check(gptr(p->msrs), p->nr_msrs, &p->err_msr);
	if (rc || !p->nr_leaves) {
		return rc;
	}
	leaves = hv_alloc(bytes);
	if (!leaves) {
		return -ENOMEM;
	}
	rc = copy_from_guest(leaves, gptr(p->leaves), bytes)
		     ? -EFAULT
		     : policy_set(d, leaves, p->nr_leaves, &bad);
	hv_free(leaves);
	p->err_leaf = bad.leaf;
	p->err_subleaf = bad.subleaf;
	return rc;
}

long domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;

	p->err_leaf = p->err_subleaf = p->err_msr = NOTHING_REFUSED;
	if (d->creation_finished) {
		return -EEXIST; /* what a running guest has seen stays */
	}
	return set_policy(d, p);
}

long domctl_hypercall_init(struct domain *d, struct xen_domctl *op)
{
	mfn_t m = mfn(op->u.hypercall_init.gmfn);

	if (!mfn_is_ram(m) || page_get_and_type(mfn_to_page(m), d, PT_WRITABLE)) {
		return -EACCES;
	}
	hypercall_page_fill(maddr_to_virt(mfn_to_maddr(m)));
	page_put_and_type(mfn_to_page(m));
	return 0;
}

static uint32_t frame_info(const struct domain *d, mfn_t m)
{
	static const uint32_t tables[] = {
		[PT_L1] = XEN_DOMCTL_PFINFO_L1TAB,
		[PT_L2] = XEN_DOMCTL_PFINFO_L2TAB,
		[PT_L3] = XEN_DOMCTL_PFINFO_L3TAB,
		[PT_L4] = XEN_DOMCTL_PFINFO_L4TAB,
	};
	uint32_t info = XEN_DOMCTL_PFINFO_XTAB;
	struct page_info *p;
	uint64_t word;

	if (!mfn_is_ram(m) || !page_get(mfn_to_page(m), d)) {
		return info;
	}
	p = mfn_to_page(m);
	word = __atomic_load_n(&p->word, __ATOMIC_RELAXED);
	if (!(word & PGW_HYPERVISOR)) {
		enum page_type t = page_type(p);

		info = t >= PT_L1 && t <= PT_L4 && word & PGW_TCOUNT_MASK ? tables[t] : 0;
		info |= word & PGW_PINNED ? XEN_DOMCTL_PFINFO_LPINTAB : 0;
	}
	page_put(p);
	return info;
}

#define FRAME_INFO_MAX 1024

long domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_getpageframeinfo3 *g = &op->u.getpageframeinfo3;
	uint64_t i, value;

	if (g->num > FRAME_INFO_MAX) {
		return -E2BIG;
	}
	for (i = 0; i < g->num; i++) {
		if (copy_from_guest_index(&value, gptr(g->array), i)) {
			return -EFAULT;
		}
		value = frame_info(d, mfn(value));
		if (copy_to_guest_index(gptr(g->array), i, &value)) {
			return -EFAULT;
		}
	}
	return 0;
}

/* 1 TiB of guest memory; keeps the loop below short of forever. */
#define DIRTY_BITS_MAX (1ULL << 28)

static long dirty_bitmap_fill(const struct xen_domctl_shadow_op *s)
{
	uint8_t ones[256];
	uint64_t bytes = DIV_ROUND_UP(s->pages, 8ULL), done, n;

	memset(ones, 0xff, sizeof(ones));
	for (done = 0; done < bytes; done += n) {
		n = MIN(bytes - done, sizeof(ones));
		if (copy_to_guest(gptr(s->dirty_bitmap + done), ones, n)) {
			return -EFAULT;
		}
		if (done % PAGE_SIZE == 0) {
			cpu_irq_window();
		}
	}
	return 0;
}

/*
 * Writes of a guest are not recorded: while the toolstack wants them logged,
 * every frame counts as written.  A live migration then copies all of memory
 * in each of its rounds; its result is right.
 */
long domctl_shadow_op(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_shadow_op *s = &op->u.shadow_op;

	switch (s->op) {
	case XEN_DOMCTL_SHADOW_OP_OFF:
		if (!d->log_dirty) {
			return -EINVAL;
		}
		d->log_dirty = false;
		return 0;
	case XEN_DOMCTL_SHADOW_OP_ENABLE:
		if (s->mode != XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY) {
			return -EINVAL;
		}
		/* fallthrough */
	case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
		if (d->log_dirty) {
			return -EINVAL;
		}
		d->log_dirty = true;
		return 0;
	case XEN_DOMCTL_SHADOW_OP_CLEAN:
	case XEN_DOMCTL_SHADOW_OP_PEEK:
		if (!d->log_dirty || s->pages > DIRTY_BITS_MAX) {
			return -EINVAL;
		}
		s->stats.fault_count = 0;
		s->stats.dirty_count = (uint32_t)d->tot_pages;
		return s->dirty_bitmap ? dirty_bitmap_fill(s) : 0;
	default:
		return -EINVAL;
	}
}

/*
 * Access to hardware belongs to dom0: without an IOMMU a device in another
 * domain could write to any memory.  Confirming what holds anyway succeeds.
 */
static long permission(const struct domain *d, bool allow)
{
	return d->is_privileged == allow ? 0 : -EOPNOTSUPP;
}

long domctl_irq_permission(struct domain *d, struct xen_domctl *op)
{
	return permission(d, op->u.irq_permission.allow_access);
}

long domctl_iomem_permission(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_iomem_permission *i = &op->u.iomem_permission;

	if (i->first_mfn + i->nr_mfns - 1 < i->first_mfn) {
		return -EINVAL;
	}
	return permission(d, i->allow_access);
}

#define IOPORTS 65536U

long domctl_ioport_permission(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_ioport_permission *i = &op->u.ioport_permission;

	if (!i->nr_ports || i->first_port >= IOPORTS || i->nr_ports > IOPORTS - i->first_port) {
		return -EINVAL;
	}
	return permission(d, i->allow_access);
}

long domctl_device(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	(void)op;
	return -ENODEV; /* no IOMMU */
}
