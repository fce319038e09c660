/* SPDX-License-Identifier: MIT */
/* CPU policies as tools read them: lists of CPUID leaves and MSRs. */
#ifndef ARGON_CORE_POLICY_COPY_H
#define ARGON_CORE_POLICY_COPY_H

#include "lib/types.h"
#include "pv/cpuid.h"

/*
 * Copies the leaves of p to an array of *nr entries, *nr becomes their
 * number; a null array only asks for the largest number.  -ENOBUFS, -EFAULT.
 */
int policy_leaves_out(const struct cpu_policy *p, gptr_t array, uint32_t *nr);
/* The same for the MSRs, which are the same few for every policy. */
int policy_msrs_out(gptr_t array, uint32_t *nr);
/* Checks MSRs given by tools; -EINVAL and *bad names the first refused. */
int policy_msrs_check(gptr_t array, uint32_t nr, uint32_t *bad);

#endif
