/* SPDX-License-Identifier: MIT */
/*
 * The toolstack's operations on domains: what the files domctl*.c share.
 * Operations run one at a time, on behalf of dom0 only.
 */
#ifndef ARGON_CORE_DOMCTL_H
#define ARGON_CORE_DOMCTL_H

#include "core/domain.h"
#include "xen/domctl.h"

/*
 * One operation: d is the domain meant (a reference is held), op the copy of
 * the caller's structure.  0, -errno, or -ERESTART to be called again with
 * the structure as the caller gave it.
 */
typedef long (*domctl_fn)(struct domain *d, struct xen_domctl *op);

#define DOMCTL_OUT (1U << 0)        /* the structure goes back on success */
#define DOMCTL_OUT_ALWAYS (1U << 1) /* and on failure */
#define DOMCTL_NOT_SELF (1U << 2)   /* a domain cannot do it to itself: -EINVAL */
#define DOMCTL_OR_NEXT (1U << 4)    /* without that id, the next higher one is meant */
#define DOMCTL_NO_DOMAIN (1U << 3)  /* names no existing domain: d is NULL */

/* domctl_domain.c: life and properties of a domain. */
long domctl_createdomain(struct domain *d, struct xen_domctl *op);
long domctl_destroydomain(struct domain *d, struct xen_domctl *op);
long domctl_pausedomain(struct domain *d, struct xen_domctl *op);
long domctl_unpausedomain(struct domain *d, struct xen_domctl *op);
long domctl_resumedomain(struct domain *d, struct xen_domctl *op);
long domctl_getdomaininfo(struct domain *d, struct xen_domctl *op);
long domctl_max_vcpus(struct domain *d, struct xen_domctl *op);
long domctl_max_mem(struct domain *d, struct xen_domctl *op);
long domctl_setdomainhandle(struct domain *d, struct xen_domctl *op);
long domctl_settimeoffset(struct domain *d, struct xen_domctl *op);
long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op);
long domctl_scheduler_op(struct domain *d, struct xen_domctl *op);
long domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op);
long domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op);

/* domctl_vcpu.c: state of a vCPU. */
long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op);
long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op);
long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op);
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op);
long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op);

/* domctl_guest.c: what the guest sees of machine and time, and its frames. */
long domctl_set_address_size(struct domain *d, struct xen_domctl *op);
long domctl_get_address_size(struct domain *d, struct xen_domctl *op);
long domctl_settscinfo(struct domain *d, struct xen_domctl *op);
long domctl_gettscinfo(struct domain *d, struct xen_domctl *op);
long domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op);
long domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op);
long domctl_hypercall_init(struct domain *d, struct xen_domctl *op);
long domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op);
long domctl_shadow_op(struct domain *d, struct xen_domctl *op);
long domctl_irq_permission(struct domain *d, struct xen_domctl *op);
long domctl_iomem_permission(struct domain *d, struct xen_domctl *op);
long domctl_ioport_permission(struct domain *d, struct xen_domctl *op);
/* Device assignment needs an IOMMU: -ENODEV. */
long domctl_device(struct domain *d, struct xen_domctl *op);

/* Fills the answer of getdomaininfo and of one entry of getdomaininfolist. */
void domain_info_get(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* Limits of a new domain when the toolstack leaves the choice to us; set at boot. */
struct domain_defaults {
	unsigned int max_grant_frames, max_maptrack_frames;
	unsigned int grant_version_max;
};
extern struct domain_defaults domain_defaults;

#endif
