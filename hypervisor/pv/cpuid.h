/* SPDX-License-Identifier: MIT */
/*
 * CPUID as guests see it: a policy per domain, a list of leaves derived from
 * the machine's with what PV cannot offer taken away.  The toolstack reads
 * the defaults (XEN_SYSCTL_get_cpu_policy) and gives a domain an edited list.
 */
#ifndef ARGON_PV_CPUID_H
#define ARGON_PV_CPUID_H

#include "lib/types.h"
#include "xen/arch.h"

struct domain;
struct cpu_user_regs;

enum cpuid_reg { REG_EAX, REG_EBX, REG_ECX, REG_EDX };

#define POLICY_LEAVES_MAX 120
#define POLICY_MSRS_MAX 2

/* A domain's policy: what set_cpu_policy stored, as long as it needs to be. */
struct cpu_policy {
	unsigned int leaf_count;
	struct xen_cpuid_leaf leaf[POLICY_LEAVES_MAX];
};

enum policy_kind { POLICY_RAW, POLICY_HOST, POLICY_PV, POLICY_HVM };

/* Builds the machine's policies, once, on the boot CPU after fpu_init_cpu. */
void policy_init(void);
/* The built policy of that kind. */
const struct cpu_policy *policy_get(enum policy_kind kind);
/*
 * Replaces d's policy by these leaves, each checked against the PV default:
 * no feature may be added.  -EINVAL names the culprit in *bad; -ENOMEM.
 */
int policy_set(struct domain *d, const struct xen_cpuid_leaf *leaves, unsigned int count,
	       struct xen_cpuid_leaf *bad);
/* d's leaves, the default ones if none were set. */
const struct cpu_policy *policy_of(const struct domain *d);

/* Words of XEN_SYSCTL_get_cpu_featureset for a kind of policy. */
#define FEATURESET_WORDS 19
void policy_featureset(enum policy_kind kind, uint32_t words[FEATURESET_WORDS]);

/* Emulates CPUID for the current guest: EAX, ECX in, EAX..EDX out. */
void pv_cpuid(struct cpu_user_regs *regs);
/* True if d's policy has that feature bit. */
bool policy_has(const struct domain *d, uint32_t leaf, uint32_t subleaf, enum cpuid_reg reg,
		unsigned int bit);
/* XSETBV for the current guest; false raises #GP. */
bool pv_xsetbv(uint32_t reg, uint64_t val);

#endif
