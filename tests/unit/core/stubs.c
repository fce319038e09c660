/* SPDX-License-Identifier: MIT */
/* What core/ uses of rooms whose files hold instructions: CPUID, contexts, console, keys. */
#include <string.h>

#include "core/world.h"
#include "debug/keys.h"
#include "lib/printk.h"
#include "pv/cpuid.h"
#include "stubs.h"

struct vcpu_guest_context stub_context;
int stub_context_rc;
char stub_keys[16];

int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	stub_context = *c;
	v->initialised = stub_context_rc == 0;
	return stub_context_rc;
}

void vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	(void)v;
	*c = stub_context;
}

/* AMD with AVX, one set of leaves for all. */
#define NO_SUB XEN_CPUID_NO_SUBLEAF
static struct cpu_policy policy = {
	.leaf_count = 6,
	.leaf =
		{
			{.leaf = 0, .subleaf = NO_SUB, .a = 0xd},
			{.leaf = 1, .subleaf = NO_SUB, .d = 0x1789cbf5},
			{.leaf = 7, .subleaf = 0, .a = 1},
			{.leaf = 0xd, .subleaf = 0, .a = 7, .b = 832, .c = 832},
			{.leaf = 0x80000000, .subleaf = NO_SUB, .a = 0x80000008},
			{.leaf = 0x80000001, .subleaf = NO_SUB, .d = 0x20000000},
		},
};

const struct cpu_policy *policy_get(enum policy_kind kind)
{
	(void)kind;
	return &policy;
}

const struct cpu_policy *policy_of(const struct domain *d)
{
	return d->policy ? d->policy : &policy;
}

int policy_set(struct domain *d, const struct xen_cpuid_leaf *leaves, unsigned int count,
	       struct xen_cpuid_leaf *bad)
{
	for (unsigned int i = 0; i < count; i++) {
		if (leaves[i].leaf == STUB_BAD_LEAF) {
			*bad = leaves[i];
			return -EINVAL;
		}
	}
	d->policy = hv_alloc(sizeof(*d->policy));
	memcpy(d->policy->leaf, leaves, count * sizeof(*leaves));
	d->policy->leaf_count = count;
	return 0;
}

void policy_featureset(enum policy_kind kind, uint32_t words[FEATURESET_WORDS])
{
	(void)kind;
	for (unsigned int i = 0; i < FEATURESET_WORDS; i++) {
		words[i] = 0x100 + i;
	}
}

void keys_run(char key)
{
	size_t n = strlen(stub_keys);

	if (n < sizeof(stub_keys) - 1) {
		stub_keys[n] = key;
	}
}

void printk_lock(void)
{
}

void printk_unlock(void)
{
}
