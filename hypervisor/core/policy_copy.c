/* SPDX-License-Identifier: MIT */
/* CPU policies as tools read them (see the header). */
#include "core/policy_copy.h"

#include "lib/bitops.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"

#define MSR_PLATFORM_INFO 0xceU
#define MSR_ARCH_CAPABILITIES 0x10aU

static const uint32_t policy_msr[POLICY_MSRS_MAX] = {MSR_PLATFORM_INFO, MSR_ARCH_CAPABILITIES};

#define SUB_NONE XEN_CPUID_NO_SUBLEAF

/*
 * The list has a fixed order and length, given by the highest leaf numbers
 * and the vector components alone: libxc takes it apart into its own form and
 * expects room for exactly as many when it writes the form back.
 */
#define BASIC_LAST 0xdU
#define CACHE_SUBS 6
#define FEATURE_SUBS_MAX 3U
#define TOPOLOGY_SUBS 2
#define XSTATE_SUBS_MAX 63U
#define HYPERVISOR_LEAF 0x40000000U
#define VIRIDIAN_LEAF 0x40000100U
#define EXTENDED_LEAF 0x80000000U
#define EXTENDED_LAST 0x21U

struct leaf_writer {
	const struct cpu_policy *policy;
	gptr_t array;
	uint32_t room, used;
};

static struct xen_cpuid_leaf leaf_of(const struct cpu_policy *p, uint32_t leaf, uint32_t sub)
{
	unsigned int i;

	for (i = 0; i < p->leaf_count; i++) {
		if (p->leaf[i].leaf == leaf && p->leaf[i].subleaf == sub) {
			return p->leaf[i];
		}
	}
	return (struct xen_cpuid_leaf){.leaf = leaf, .subleaf = sub};
}

static int put_leaf(struct leaf_writer *w, uint32_t leaf, uint32_t sub)
{
	struct xen_cpuid_leaf l = leaf_of(w->policy, leaf, sub);

	if (w->used == w->room) {
		return -ENOBUFS;
	}
	return copy_to_guest_index(w->array, w->used++, &l);
}

/* How many subleaves a basic leaf has in the list; 0: it has none. */
static uint32_t subleaves(const struct cpu_policy *p, uint32_t leaf)
{
	struct xen_cpuid_leaf l = leaf_of(p, leaf, 0), l1;
	uint64_t components;

	switch (leaf) {
	case 0x4:
		return CACHE_SUBS;
	case 0x7:
		return MIN(l.a, FEATURE_SUBS_MAX - 1) + 1;
	case 0xb:
		return TOPOLOGY_SUBS;
	case 0xd:
		l1 = leaf_of(p, leaf, 1);
		components = (uint64_t)(l.d | l1.d) << 32 | l.a | l1.c;
		return components < 4 ? 2 : MIN(bit_last(components) + 1, XSTATE_SUBS_MAX);
	default:
		return 0;
	}
}

static int put_basic_leaf(struct leaf_writer *w, uint32_t leaf)
{
	uint32_t sub, count = subleaves(w->policy, leaf);
	int rc = 0;

	if (!count) {
		return put_leaf(w, leaf, SUB_NONE);
	}
	for (sub = 0; sub < count && !rc; sub++) {
		rc = put_leaf(w, leaf, sub);
	}
	return rc;
}

int policy_leaves_out(const struct cpu_policy *p, gptr_t array, uint32_t *nr)
{
	struct leaf_writer w = {.policy = p, .array = array, .room = *nr};
	uint32_t basic = MIN(leaf_of(p, 0, SUB_NONE).a, BASIC_LAST);
	uint32_t extended = MIN(leaf_of(p, EXTENDED_LEAF, SUB_NONE).a & 0xffff, EXTENDED_LAST);
	uint32_t l;
	int rc = 0;

	if (gptr_is_null(array)) {
		*nr = POLICY_LEAVES_MAX;
		return 0;
	}
	for (l = 0; l <= basic && !rc; l++) {
		rc = put_basic_leaf(&w, l);
	}
	rc = rc ? rc : put_leaf(&w, HYPERVISOR_LEAF, SUB_NONE);
	rc = rc ? rc : put_leaf(&w, VIRIDIAN_LEAF, SUB_NONE);
	for (l = 0; l <= extended && !rc; l++) {
		rc = put_leaf(&w, EXTENDED_LEAF + l, SUB_NONE);
	}
	*nr = w.used;
	return rc;
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
