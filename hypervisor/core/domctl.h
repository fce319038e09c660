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

/*
 * Toolstack operations run one at a time: false if another is under way, and
 * the caller is to be continued later.
 */
bool toolstack_begin(void);
void toolstack_end(void);

#define DOMCTL_BY(name, handler, flags) long domctl_##handler(struct domain *, struct xen_domctl *);
#define DOMCTL(name, flags) DOMCTL_BY(name, name, flags)
#include "core/domctl.def"
#undef DOMCTL_BY
#undef DOMCTL

/* Fills the answer of getdomaininfo and of one entry of getdomaininfolist. */
void domain_info_get(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* Bounds of what may be asked for, so that arrays stay small. */
#define GRANT_FRAMES_LIMIT 4096
#define MAPTRACK_FRAMES_LIMIT 65536

/* Limits of a new domain when the toolstack leaves the choice to us: the boot's, or hypfs's. */
struct domain_defaults {
	unsigned int max_grant_frames, max_maptrack_frames;
	unsigned int grant_version_max;
};
extern struct domain_defaults domain_defaults;

#endif
