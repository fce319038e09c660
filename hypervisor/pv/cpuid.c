/* SPDX-License-Identifier: MIT */
/*
 * CPUID policies (leaf layouts: AMD64 APM volume 3, appendix E; Intel SDM
 * volume 2, CPUID).  See cpuid.h.
 */
#include "pv/cpuid.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/time.h"
#include "arch/x86/fpu.h"
#include "arch/x86/speculation.h"
#include "core/domain.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "pv/pv.h"

#include <asm/pvcpu.h>

#define BIT(n) (1U << (n))
#define NO_SUB XEN_CPUID_NO_SUBLEAF
#define LEAF_HYPERVISOR 0x40000000U

static struct cpu_policy raw_policy, pv_policy;

/* Features a PV guest can use, as masks over the machine's. */
static const struct feature_mask {
	uint32_t leaf, subleaf;
	enum cpuid_reg reg;
	uint32_t allowed;
} pv_features[] = {
	/* FPU DE TSC MSR PAE MCE CX8 APIC SEP MCA CMOV PAT CLFLUSH ACPI MMX FXSR SSE SSE2 SS HTT
	 * (saved guests of Xen's have seen all of them): no VME PSE MTRR PGE PSE36 PSN DS TM PBE */
	{1, NO_SUB, REG_EDX, 0x1fc9cbf5},
	/* SSE3 PCLMUL SSSE3 FMA CX16 SSE4 MOVBE POPCNT AES XSAVE OSXSAVE AVX F16C RDRAND */
	{1, NO_SUB, REG_ECX, 0x7ed83203},
	/* FSGSBASE BMI1 HLE AVX2 BMI2 ERMS RTM AVX512F DQ RDSEED ADX IFMA CLFLUSHOPT CLWB
	 * PF ER CD SHA BW VL */
	{7, 0, REG_EBX, 0xfdaf0b39 & ~BIT(10) & ~BIT(20)},
	/* AVX512_VBMI VBMI2 GFNI VAES VPCLMULQDQ VNNI BITALG VPOPCNTDQ RDPID MOVDIRI/64B */
	{7, 0, REG_ECX, 0x18405f42 & ~BIT(14)},
	/* AVX512_4VNNIW, 4FMAPS, MD_CLEAR, IBRSB, STIBP, SSBD */
	{7, 0, REG_EDX, 0x0000000c | BIT(10) | BIT(26) | BIT(27) | BIT(31)},
	{7, 1, REG_EAX, 0x00001c30},
	{0x80000001, NO_SUB, REG_EDX, 0xe9d3fbf5 & ~BIT(26) & ~BIT(12)},
	/* LAHF CR8 ABM SSE4A MISALIGN PREFETCH XOP FMA4 TBM DBX */
	{0x80000001, NO_SUB, REG_ECX, 0x042109f1 & ~BIT(4)},
	{0x80000007, NO_SUB, REG_EDX, BIT(8)}, /* invariant TSC */
	/* CLZERO, RSTR_FP_ERR_PTRS, IBPB, SSB_NO, BTC_NO */
	{0x80000008, NO_SUB, REG_EBX, BIT(0) | BIT(2) | BIT(12) | BIT(26) | BIT(29)},
	{0xd, 1, REG_EAX, BIT(0) | BIT(1) | BIT(2)}, /* XSAVEOPT, XSAVEC, XGETBV1 */
};

/* Leaves that would tell about machine details PV does not virtualise. */
static const uint32_t cleared_leaves[] = {3,          5,          6,         9,    0xa,
					  0xf,        0x10,       0x12,      0x14, 0x8000000a,
					  0x8000001b, 0x8000001c, 0x8000001f};

static uint32_t *leaf_reg(struct xen_cpuid_leaf *l, enum cpuid_reg reg)
{
	uint32_t *const regs[] = {&l->a, &l->b, &l->c, &l->d};

	return regs[reg];
}

static struct xen_cpuid_leaf *find(const struct cpu_policy *p, uint32_t leaf, uint32_t sub)
{
	unsigned int i;

	for (i = 0; i < p->leaf_count; i++) {
		const struct xen_cpuid_leaf *l = &p->leaf[i];

		if (l->leaf == leaf && (l->subleaf == sub || l->subleaf == NO_SUB)) {
			return (struct xen_cpuid_leaf *)l;
		}
	}
	return NULL;
}

static void add(struct cpu_policy *p, uint32_t leaf, uint32_t sub)
{
	struct cpuid_regs r = cpuid(leaf, sub == NO_SUB ? 0 : sub);

	if (p->leaf_count < POLICY_LEAVES_MAX) {
		p->leaf[p->leaf_count++] =
			(struct xen_cpuid_leaf){leaf, sub, r.eax, r.ebx, r.ecx, r.edx};
	}
}

#define LEAF4_SUBS 8
#define LEAF_B_SUBS 2
#define LEAF_D_SUBS 10

static void read_leaf(struct cpu_policy *p, uint32_t leaf)
{
	uint32_t sub;

	switch (leaf) {
	case 4:
	case 0x8000001d:
		for (sub = 0; sub < LEAF4_SUBS; sub++) {
			add(p, leaf, sub);
			if (!(p->leaf[p->leaf_count - 1].a & 0x1f)) {
				break;
			}
		}
		break;
	case 7:
		add(p, leaf, 0);
		add(p, leaf, 1);
		break;
	case 0xb:
		for (sub = 0; sub < LEAF_B_SUBS; sub++) {
			add(p, leaf, sub);
		}
		break;
	case 0xd:
		for (sub = 0; sub < LEAF_D_SUBS; sub++) {
			if (sub < 2 || (host_xcr0 >> sub) & 1) {
				add(p, leaf, sub);
			}
		}
		break;
	default:
		add(p, leaf, NO_SUB);
		break;
	}
}

static void read_machine(struct cpu_policy *p)
{
	uint32_t basic = MIN(cpuid(0, 0).eax, 0x1fU);
	uint32_t extended = MIN(cpuid(0x80000000, 0).eax, 0x80000021U);
	uint32_t l;

	for (l = 0; l <= basic; l++) {
		read_leaf(p, l);
	}
	/* Limits of the two hypervisor ranges; 0: none.  libxc counts on both. */
	p->leaf[p->leaf_count++] =
		(struct xen_cpuid_leaf){.leaf = LEAF_HYPERVISOR, .subleaf = NO_SUB};
	p->leaf[p->leaf_count++] =
		(struct xen_cpuid_leaf){.leaf = LEAF_HYPERVISOR + 0x100, .subleaf = NO_SUB};
	for (l = 0x80000000; l >= 0x80000000 && l <= extended; l++) {
		read_leaf(p, l);
	}
}

static void apply_masks(struct cpu_policy *p)
{
	struct xen_cpuid_leaf *l;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pv_features); i++) {
		const struct feature_mask *m = &pv_features[i];

		l = find(p, m->leaf, m->subleaf);
		if (l) {
			*leaf_reg(l, m->reg) &= m->allowed;
		}
	}
	for (i = 0; i < p->leaf_count; i++) {
		unsigned int c;

		for (c = 0; c < ARRAY_SIZE(cleared_leaves); c++) {
			if (p->leaf[i].leaf == cleared_leaves[c]) {
				p->leaf[i].a = p->leaf[i].b = p->leaf[i].c = p->leaf[i].d = 0;
			}
		}
	}
}

static void fit_to_pv(struct cpu_policy *p)
{
	struct xen_cpuid_leaf *l;

	apply_masks(p);
	l = find(p, 1, NO_SUB);
	l->c |= BIT(31);    /* runs under a hypervisor */
	l->b &= 0x00ffffff; /* APIC id 0 */
	if (!host_xcr0) {
		l->c &= ~(BIT(26) | BIT(27) | BIT(28));
	}
	l = find(p, 7, 0);
	if (l) {
		l->a = MIN(l->a, 1U);
		if (!spec_choice.guest_msrs) {
			l->d &= ~(BIT(26) | BIT(27) | BIT(31));
		}
	}
	/* SYSENTER works in compatibility mode on Intel only. */
	if (cpuid(0, 0).ecx == 0x444d4163) {
		find(p, 1, NO_SUB)->d &= ~BIT(11);
	}
	l = find(p, 0xd, 0);
	if (l) {
		l->a = (uint32_t)host_xcr0;
		l->b = l->c = xsave_bytes;
		l->d = (uint32_t)(host_xcr0 >> 32);
	}
	l = find(p, 0xd, 1);
	if (l) {
		l->b = l->c = l->d = 0;
	}
}

void policy_init(void)
{
	read_machine(&raw_policy);
	pv_policy = raw_policy;
	fit_to_pv(&pv_policy);
}

const struct cpu_policy *policy_get(enum policy_kind kind)
{
	return kind == POLICY_RAW || kind == POLICY_HOST ? &raw_policy : &pv_policy;
}

const struct cpu_policy *policy_of(const struct domain *d)
{
	return d->policy ? d->policy : &pv_policy;
}

/*
 * Topology bits of the machine (HTT, CMP_LEGACY): without CPUID faulting guest
 * user code sees the machine's, so the toolstack shows them to PV guests.
 */
static uint32_t topology_bits(const struct feature_mask *m)
{
	struct xen_cpuid_leaf *l = find(&raw_policy, m->leaf, m->subleaf);

	if (!l) {
		return 0;
	}
	if (m->leaf == 1 && m->reg == REG_EDX) {
		return l->d & BIT(28);
	}
	return m->leaf == 0x80000001 && m->reg == REG_ECX ? l->c & BIT(1) : 0;
}

/* A feature word of the toolstack's that claims what we do not offer. */
static bool adds_features(const struct xen_cpuid_leaf *in)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pv_features); i++) {
		const struct feature_mask *m = &pv_features[i];
		struct xen_cpuid_leaf *have = find(&pv_policy, m->leaf, m->subleaf);
		struct xen_cpuid_leaf want = *in;

		if (in->leaf != m->leaf || (m->subleaf != NO_SUB && in->subleaf != m->subleaf)) {
			continue;
		}
		if (*leaf_reg(&want, m->reg) & ~topology_bits(m) &
		    ~(have ? *leaf_reg(have, m->reg) : 0)) {
			return true;
		}
	}
	return in->leaf == 0xd && in->subleaf == 0 &&
	       (((uint64_t)in->d << 32 | in->a) & ~host_xcr0);
}

int policy_set(struct domain *d, const struct xen_cpuid_leaf *leaves, unsigned int count,
	       struct xen_cpuid_leaf *bad)
{
	const struct cpu_policy *old = policy_of(d);
	unsigned int i, room = old->leaf_count;
	struct cpu_policy *p;

	for (i = 0; i < count; i++) {
		if (adds_features(&leaves[i])) {
			*bad = leaves[i];
			return -EINVAL;
		}
		room += !find(old, leaves[i].leaf, leaves[i].subleaf);
	}
	if (room > POLICY_LEAVES_MAX) {
		return -E2BIG;
	}
	p = hv_alloc(offsetof(struct cpu_policy, leaf) + room * sizeof(p->leaf[0]));
	if (!p) {
		return -ENOMEM;
	}
	memcpy(p, old, offsetof(struct cpu_policy, leaf) + old->leaf_count * sizeof(p->leaf[0]));
	/* Given leaves replace the defaults'; others of the list stay. */
	for (i = 0; i < count; i++) {
		struct xen_cpuid_leaf *l = find(p, leaves[i].leaf, leaves[i].subleaf);

		if (l) {
			*l = leaves[i];
		} else {
			p->leaf[p->leaf_count++] = leaves[i];
		}
	}
	hv_free(d->policy);
	d->policy = p;
	return 0;
}

void policy_featureset(enum policy_kind kind, uint32_t words[FEATURESET_WORDS])
{
	static const struct {
		uint32_t leaf, subleaf;
		enum cpuid_reg reg;
	} source[FEATURESET_WORDS] = {
		{1, NO_SUB, REG_EDX},
		{1, NO_SUB, REG_ECX},
		{0x80000001, NO_SUB, REG_EDX},
		{0x80000001, NO_SUB, REG_ECX},
		{0xd, 1, REG_EAX},
		{7, 0, REG_EBX},
		{7, 0, REG_ECX},
		{0x80000007, NO_SUB, REG_EDX},
		{0x80000008, NO_SUB, REG_EBX},
		{7, 0, REG_EDX},
		{7, 1, REG_EAX},
		{0x80000021, NO_SUB, REG_EAX},
		{7, 1, REG_EBX},
	};
	const struct cpu_policy *p = policy_get(kind);
	unsigned int i;

	for (i = 0; i < FEATURESET_WORDS; i++) {
		struct xen_cpuid_leaf *l =
			source[i].leaf ? find(p, source[i].leaf, source[i].subleaf) : NULL;

		words[i] = l ? *leaf_reg(l, source[i].reg) : 0;
	}
}

bool policy_has(const struct domain *d, uint32_t leaf, uint32_t subleaf, enum cpuid_reg reg,
		unsigned int bit)
{
	struct xen_cpuid_leaf *l = find(policy_of(d), leaf, subleaf);

	return l && (*leaf_reg(l, reg) & BIT(bit));
}

/* Leaves 0x40000000 up. */
static void hypervisor_leaf(uint32_t leaf, uint32_t sub, struct xen_cpuid_leaf *out)
{
	switch (leaf - LEAF_HYPERVISOR) {
	case 0: /* "XenVMMXenVMM" */
		*out = (struct xen_cpuid_leaf){.a = LEAF_HYPERVISOR + 5,
					       .b = 0x566e6558,
					       .c = 0x65584d4d,
					       .d = 0x4d4d566e};
		break;
	case 1:
		out->a = 0x40011;
		break;
	case 2:
		*out = (struct xen_cpuid_leaf){.a = 1, .b = LEAF_HYPERVISOR, .c = 1};
		break;
	case 3:
		if (sub == 0) {
			out->a = tsc_scale.stable ? BIT(1) : 0;
			out->c = cpu_khz;
		} else if (sub == 1) {
			out->c = tsc_scale.mul;
			out->d = (uint32_t)(int32_t)tsc_scale.shift;
		} else if (sub == 2) {
			out->a = cpu_khz;
		}
		break;
	case 5:
		out->b = cpuid(0x80000008, 0).eax & 0xff;
		break;
	default:
		break;
	}
}

static void adjust_dynamic(struct xen_cpuid_leaf *l)
{
	if (l->leaf == 1) {
		/*
		 * OSXSAVE shows Argon's own CR4 until the guest has set its bit:
		 * PV Linux looks for it before and would give up XSAVE.
		 */
		l->c &= ~BIT(27);
		if (l->c & BIT(26)) {
			l->c |= BIT(27);
		}
	} else if (l->leaf == 0xd && l->subleaf == 0) {
		l->b = cpuid(0xd, 0).ebx;
	} else if (l->leaf == 0xd && l->subleaf == 1) {
		l->b = l->b ? cpuid(0xd, 1).ebx : 0;
	}
}

void pv_cpuid(struct cpu_user_regs *regs)
{
	uint32_t leaf = (uint32_t)regs->rax;
	uint32_t sub = (uint32_t)regs->rcx;
	struct xen_cpuid_leaf out = {0};
	const struct xen_cpuid_leaf *l;

	if (leaf - LEAF_HYPERVISOR < 0x100) {
		hypervisor_leaf(leaf, sub, &out);
	} else {
		l = find(policy_of(current->domain), leaf, sub);
		if (l) {
			out = *l;
			adjust_dynamic(&out);
		}
	}
	regs->rax = out.a;
	regs->rbx = out.b;
	regs->rcx = out.c;
	regs->rdx = out.d;
}
