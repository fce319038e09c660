/* SPDX-License-Identifier: MIT */
/* CPU policies as tools read them (see the header). */
#include "core/policy_copy.h"

#include "lib/errno.h"
#include "lib/guest_copy.h"

#define MSR_PLATFORM_INFO 0xceU
#define MSR_ARCH_CAPABILITIES 0x10aU

static const uint32_t policy_msr[POLICY_MSRS_MAX] = {MSR_PLATFORM_INFO, MSR_ARCH_CAPABILITIES};

#define SUB_NONE XEN_CPUID_NO_SUBLEAF

/*
 * The leaves that 4.17's libxc takes apart; it refuses a list with others in
 * it.  last_sub: highest subleaf it knows, or SUB_NONE for leaves without.
 */
static const struct {
	uint32_t first, last, last_sub;
} known_leaves[] = {
	{0x0, 0x3, SUB_NONE},	{0x4, 0x4, 5},	      {0x5, 0x6, SUB_NONE},
	{0x7, 0x7, 1},		{0x8, 0xa, SUB_NONE}, {0xb, 0xb, 1},
	{0xc, 0xc, SUB_NONE},	{0xd, 0xd, 62},	      {0x80000000, 0x80000021, SUB_NONE},
};

static bool is_known(const struct xen_cpuid_leaf *l)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known_leaves); i++) {
		if (l->leaf < known_leaves[i].first || l->leaf > known_leaves[i].last) {
			continue;
		}
		return known_leaves[i].last_sub == SUB_NONE
			       ? l->subleaf == SUB_NONE
			       : l->subleaf <= known_leaves[i].last_sub;
	}
	return false;
}

int policy_leaves_out(const struct cpu_policy *p, gptr_t array, uint32_t *nr)
{
	uint32_t n = 0;
	unsigned int i;

	if (gptr_is_null(array)) {
		*nr = POLICY_LEAVES_MAX;
		return 0;
	}
	for (i = 0; i < p->leaf_count; i++) {
		if (!is_known(&p->leaf[i])) {
			continue;
		}
		if (n == *nr) {
			return -ENOBUFS;
		}
		if (copy_to_guest_index(array, n, &p->leaf[i])) {
			return -EFAULT;
		}
		n++;
	}
	*nr = n;
	return 0;
}

int policy_msrs_out(gptr_t array, uint32_t *nr)
{
	unsigned int i;

	if (gptr_is_null(array)) {
		*nr = POLICY_MSRS_MAX;
		return 0;
	}
	if (*nr < POLICY_MSRS_MAX) {
		return -ENOBUFS;
	}
	for (i = 0; i < POLICY_MSRS_MAX; i++) {
		struct xen_msr_entry e = {.idx = policy_msr[i]};

		if (copy_to_guest_index(array, i, &e)) {
			return -EFAULT;
		}
	}
	*nr = POLICY_MSRS_MAX;
	return 0;
}

int policy_msrs_check(gptr_t array, uint32_t nr, uint32_t *bad)
{
	struct xen_msr_entry e;
	unsigned int i, k;

	if (nr > POLICY_MSRS_MAX) {
		return -E2BIG;
	}
	for (i = 0; i < nr; i++) {
		if (copy_from_guest_index(&e, array, i)) {
			return -EFAULT;
		}
		for (k = 0; k < POLICY_MSRS_MAX && policy_msr[k] != e.idx; k++) {
		}
		if (k == POLICY_MSRS_MAX || e.flags || e.val) {
			*bad = e.idx;
			return -EINVAL;
		}
	}
	return 0;
}
