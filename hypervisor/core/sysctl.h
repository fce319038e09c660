/* SPDX-License-Identifier: MIT */
/* The toolstack's operations on the host: what the files sysctl*.c share. */
#ifndef ARGON_CORE_SYSCTL_H
#define ARGON_CORE_SYSCTL_H

#include "lib/types.h"
#include "xen/sysctl.h"

/*
 * One operation on a copy of the caller's structure, alone as in domctl.h:
 * 0, -errno, or -ERESTART to be called again.
 */
typedef long (*sysctl_fn)(struct xen_sysctl *op);

#define SYSCTL_OUT (1U << 0)        /* the structure goes back on success */
#define SYSCTL_OUT_ALWAYS (1U << 1) /* and on failure */

#define SYSCTL(name, flags) long sysctl_##name(struct xen_sysctl *);
#include "core/sysctl.def"
#undef SYSCTL

#endif
