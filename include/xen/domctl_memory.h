/* SPDX-License-Identifier: MIT */
/* domctl: arguments about a domain's memory. */
#ifndef XEN_DOMCTL_MEMORY_H
#define XEN_DOMCTL_MEMORY_H

#include "types.h"

/* Page types of getpageframeinfo3 (and, shifted, of the save stream). */
#define XEN_DOMCTL_PFINFO_LTAB_SHIFT	28
#define XEN_DOMCTL_PFINFO_NOTAB		(0x0U << 28)
#define XEN_DOMCTL_PFINFO_L1TAB		(0x1U << 28)
#define XEN_DOMCTL_PFINFO_L2TAB		(0x2U << 28)
#define XEN_DOMCTL_PFINFO_L3TAB		(0x3U << 28)
#define XEN_DOMCTL_PFINFO_L4TAB		(0x4U << 28)
#define XEN_DOMCTL_PFINFO_LTABTYPE_MASK	(0x7U << 28)
#define XEN_DOMCTL_PFINFO_LPINTAB	(0x1U << 31)	/* pinned */
#define XEN_DOMCTL_PFINFO_XTAB		(0xfU << 28)	/* no such page */
#define XEN_DOMCTL_PFINFO_XALLOC	(0xeU << 28)	/* allocate, no data */
#define XEN_DOMCTL_PFINFO_BROKEN	(0xdU << 28)
#define XEN_DOMCTL_PFINFO_LTAB_MASK	(0xfU << 28)
struct xen_domctl_getpageframeinfo3 {
	uint64_aligned_t num;		/* at most 1024 */
	guest_handle_t array;		/* xen_pfn_t[num]: in frames, out types */
};
ABI_SIZE(struct xen_domctl_getpageframeinfo3, 16);

#define XEN_DOMCTL_SHADOW_OP_OFF		0
#define XEN_DOMCTL_SHADOW_OP_ENABLE_TEST	1
#define XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY	2
#define XEN_DOMCTL_SHADOW_OP_CLEAN		11	/* read and clear the dirty bitmap */
#define XEN_DOMCTL_SHADOW_OP_PEEK		12	/* read it */
#define XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION	30
#define XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION	31
#define XEN_DOMCTL_SHADOW_OP_ENABLE		32
#define XEN_DOMCTL_SHADOW_ENABLE_REFCOUNT	(1 << 1)
#define XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY	(1 << 2)
#define XEN_DOMCTL_SHADOW_ENABLE_TRANSLATE	(1 << 3)
#define XEN_DOMCTL_SHADOW_ENABLE_EXTERNAL	(1 << 4)
#define XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL	(1 << 0)
struct xen_domctl_shadow_op_stats {
	uint32_t fault_count;
	uint32_t dirty_count;
};
ABI_SIZE(struct xen_domctl_shadow_op_stats, 8);

struct xen_domctl_shadow_op {
	uint32_t op;			/* XEN_DOMCTL_SHADOW_OP_* */
	uint32_t mode;			/* XEN_DOMCTL_SHADOW_ENABLE_* or LOGDIRTY_FINAL */
	uint32_t mb;
	guest_handle_t dirty_bitmap;	/* bit n: pfn n */
	uint64_aligned_t pages;		/* in: bits wanted, out: bits written */
	struct xen_domctl_shadow_op_stats stats;
};
ABI_SIZE(struct xen_domctl_shadow_op, 40);
ABI_OFFSET(struct xen_domctl_shadow_op, dirty_bitmap, 16);

struct xen_domctl_max_mem {
	uint64_aligned_t max_memkb;
};
ABI_SIZE(struct xen_domctl_max_mem, 8);

struct xen_domctl_nodeaffinity {
	struct xenctl_bitmap nodemap;
};
ABI_SIZE(struct xen_domctl_nodeaffinity, 16);

struct xen_domctl_gdbsx_memio {
	uint64_aligned_t pgd3val;	/* 0 */
	uint64_aligned_t gva;		/* guest virtual */
	uint64_aligned_t uva;		/* caller's buffer */
	uint32_t len;
	uint8_t gwr;			/* 0: read from the guest, 1: write to it */
	uint32_t remain;		/* out: bytes not done */
};
ABI_SIZE(struct xen_domctl_gdbsx_memio, 40);

struct xen_domctl_audit_p2m {
	uint64_t orphans;
	uint64_t m2p_bad;
	uint64_t p2m_bad;
};
ABI_SIZE(struct xen_domctl_audit_p2m, 24);

struct xen_domctl_set_access_required {
	uint8_t access_required;
};
ABI_SIZE(struct xen_domctl_set_access_required, 1);

struct xen_domctl_set_broken_page_p2m {
	uint64_aligned_t pfn;
};
ABI_SIZE(struct xen_domctl_set_broken_page_p2m, 8);

struct xen_domctl_cacheflush {
	xen_pfn_t start_pfn;
	xen_pfn_t nr_pfns;
};
ABI_SIZE(struct xen_domctl_cacheflush, 16);

struct xen_domctl_paging_mempool {
	uint64_aligned_t size;		/* bytes */
};
ABI_SIZE(struct xen_domctl_paging_mempool, 8);

struct xen_domctl_vnuma {
	uint32_t nr_vnodes;
	uint32_t nr_vmemranges;
	uint32_t nr_vcpus;
	uint32_t pad;
	guest_handle_t vdistance;	/* uint32_t[nr_vnodes * nr_vnodes] */
	guest_handle_t vcpu_to_vnode;	/* uint32_t[nr_vcpus] */
	guest_handle_t vnode_to_pnode;	/* uint32_t[nr_vnodes] */
	guest_handle_t vmemrange;	/* struct xen_vmemrange[nr_vmemranges] */
};
ABI_SIZE(struct xen_domctl_vnuma, 48);

#endif /* XEN_DOMCTL_MEMORY_H */
