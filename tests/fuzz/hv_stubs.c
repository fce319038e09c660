/* SPDX-License-Identifier: MIT */
/* Rooms of the hypervisor that the hypercall fuzzer does without. */
#include "arch/x86/fpu.h"
#include "core/hypercall.h"
#include "debug/keys.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "pv/cpuid.h"
#include "pv/pv.h"

/* Calls about registers, the console and devices. */
static const long absent = -ENOSYS;

long do_stack_switch(uint64_t ss, uint64_t sp)
{
	(void)ss;
	(void)sp;
	return absent;
}

long do_fpu_taskswitch(uint32_t set)
{
	(void)set;
	return absent;
}

long do_platform_op(gptr_t arg)
{
	(void)arg;
	return absent;
}

long do_set_debugreg(uint32_t n, uint64_t val)
{
	(void)n;
	(void)val;
	return absent;
}

long do_get_debugreg(uint32_t n)
{
	(void)n;
	return absent;
}

long do_xen_version(uint32_t cmd, gptr_t arg)
{
	(void)cmd;
	(void)arg;
	return absent;
}

long do_console_io(uint32_t cmd, uint32_t count, gptr_t buffer)
{
	(void)cmd;
	(void)count;
	(void)buffer;
	return absent;
}

long do_iret(void)
{
	return absent;
}

long do_set_segment_base(uint32_t which, uint64_t base)
{
	(void)which;
	(void)base;
	return absent;
}

long do_physdev_op(uint32_t cmd, gptr_t arg)
{
	(void)cmd;
	(void)arg;
	return absent;
}

/* What a vCPU's context says of registers. */
uint64_t pv_sane_kernel_sp(uint64_t sp)
{
	return sp;
}

uint32_t pv_sane_cr4(const struct domain *d, uint64_t cr4)
{
	(void)d;
	return (uint32_t)cr4;
}

int pv_set_debugreg(struct vcpu *v, unsigned int n, uint64_t val)
{
	(void)v;
	(void)n;
	(void)val;
	return 0;
}

void fpu_set_legacy(struct vcpu *v, const void *fxsave)
{
	(void)v;
	(void)fxsave;
}

void fpu_get_legacy(struct vcpu *v, void *fxsave)
{
	(void)v;
	memset(fxsave, 0, 512);
}

/* CPUID: one leaf for all. */
static struct cpu_policy policy = {.leaf_count = 1};

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
	(void)d;
	(void)count;
	*bad = leaves[0];
	return -EINVAL;
}

void policy_featureset(enum policy_kind kind, uint32_t words[FEATURESET_WORDS])
{
	(void)kind;
	memset(words, 0, FEATURESET_WORDS * sizeof(*words));
}

void keys_run(char key)
{
	(void)key;
}

void printk_lock(void)
{
}

void printk_unlock(void)
{
}
