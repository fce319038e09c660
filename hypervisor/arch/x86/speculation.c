/* SPDX-License-Identifier: MIT */
/* The table of mitigations, and choosing from it (see speculation.h). */
#include "arch/x86/speculation.h"

#include "arch/x86/patch.h"
#include "lib/printk.h"
#include "lib/string.h"

#define BIT(n) (1UL << (n))

/* ARCH_CAPABILITIES */
#define CAP_RDCL_NO BIT(0)
#define CAP_IBRS_ALL BIT(1)
#define CAP_RSBA BIT(2)
#define CAP_MDS_NO BIT(5)
#define CAP_TAA_NO BIT(8)
#define CAP_FB_CLEAR BIT(17)
#define CAP_RFDS_CLEAR BIT(28)

/* CPUID 7 EBX, EDX */
#define RTM BIT(11)
#define MD_CLEAR BIT(10)
#define IBRSB BIT(26)
#define STIBP BIT(27)
#define SSBD BIT(31)
/* CPUID 0x80000008 EBX */
#define AMD_IBPB BIT(12)
#define AMD_IBRS BIT(14)
#define AMD_STIBP BIT(15)
#define AMD_IBRS_ALWAYS BIT(16)
#define AMD_SSBD BIT(24)
#define BTC_NO BIT(29)
/* CPUID 0x80000021 EAX */
#define IBPB_BRTYPE BIT(28)
#define SRSO_NO BIT(29)
#define SRSO_USER_KERNEL_NO BIT(30)

#define FAMILY_ZEN3 0x19

static bool always(const struct spec_cpu *c)
{
	(void)c;
	return true;
}

static bool never(const struct spec_cpu *c)
{
	(void)c;
	return false;
}

/* Reads through page permissions (Meltdown), and through absent entries (L1TF). */
static bool reads_through(const struct spec_cpu *c)
{
	return c->intel && !(c->arch_caps & CAP_RDCL_NO);
}

/*
 * Returns may be predicted from the branch target buffer when the return
 * stack is empty: Intel's from Skylake on, those with IBRS_ALL among them.
 */
static bool retpoline_unsafe(const struct spec_cpu *c)
{
	static const uint8_t safe[] = {
		0x0f, 0x16, 0x17, 0x1d,                                     /* Core 2 */
		0x1a, 0x1e, 0x1f, 0x2e, 0x25, 0x2c, 0x2f, 0x2a, 0x2d,       /* .. Sandy Bridge */
		0x3a, 0x3e, 0x3c, 0x3f, 0x45, 0x46, 0x3d, 0x47, 0x4f, 0x56, /* .. Broadwell */
		0x37, 0x4a, 0x4c, 0x4d, 0x5a, 0x5d, 0x5c, 0x5f, 0x7a, 0x85, 0x57, /* Atom, Phi */
	};

	if (!c->intel || c->family != 6) {
		return false;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(safe); i++) {
		if (c->model == safe[i]) {
			return c->arch_caps & (CAP_RSBA | CAP_IBRS_ALL);
		}
	}
	return true;
}

static bool is_amd(const struct spec_cpu *c)
{
	return c->amd;
}

/* Branch type confusion (to Zen 2); returns predicted from elsewhere (Zen 3, 4). */
static bool confuses_branches(const struct spec_cpu *c)
{
	if (!c->amd) {
		return false;
	}
	return c->family < FAMILY_ZEN3 ? !(c->ext8_ebx & BTC_NO)
				       : !(c->ext21_eax & (SRSO_NO | SRSO_USER_KERNEL_NO));
}

/* With SMEP a return to what a ring-3 kernel put on the return stack runs nowhere. */
static bool lacks_smep(const struct spec_cpu *c)
{
	return !c->smep;
}

/* Buffers show what was in them: MDS, TAA, stale MMIO data, register files. */
static bool leaks_buffers(const struct spec_cpu *c)
{
	uint64_t caps = c->arch_caps;

	return c->intel && (!(caps & CAP_MDS_NO) || (caps & (CAP_FB_CLEAR | CAP_RFDS_CLEAR)) ||
			    ((c->leaf7_ebx & RTM) && !(caps & CAP_TAA_NO)));
}

static bool has_ibrs(const struct spec_cpu *c)
{
	return (c->leaf7_edx & IBRSB) || (c->ext8_ebx & AMD_IBRS);
}

static bool has_stibp(const struct spec_cpu *c)
{
	return (c->leaf7_edx & STIBP) || (c->ext8_ebx & AMD_STIBP);
}

static bool has_ssbd(const struct spec_cpu *c)
{
	return (c->leaf7_edx & SSBD) || (c->ext8_ebx & AMD_SSBD);
}

static bool has_ibpb(const struct spec_cpu *c)
{
	return (c->leaf7_edx & IBRSB) || (c->ext8_ebx & AMD_IBPB);
}

static bool ibpb_helps_entry(const struct spec_cpu *c)
{
	return has_ibpb(c) && (c->family < FAMILY_ZEN3 || (c->ext21_eax & IBPB_BRTYPE));
}

static bool has_md_clear(const struct spec_cpu *c)
{
	return (c->leaf7_edx & MD_CLEAR) || (c->arch_caps & (CAP_FB_CLEAR | CAP_RFDS_CLEAR));
}

/*
 * By default a mitigation is on where the CPU is weak and the means work; an
 * option may ask for it elsewhere, where its instructions exist.
 */
static const struct mitigation {
	const char *name; /* in spec-ctrl=, and in the report */
	bool (*weak)(const struct spec_cpu *c);
	bool (*works)(const struct spec_cpu *c);
	bool (*exists)(const struct spec_cpu *c);
	bool spares_dom0; /* by default */
} mitigations[SPEC_COUNT] = {
	[SPEC_XPTI] = {"xpti", reads_through, always, always, false},
	[SPEC_L1TF] = {"pv-l1tf", reads_through, always, always, true},
	[SPEC_IBRS] = {"ibrs", retpoline_unsafe, has_ibrs, has_ibrs, false},
	[SPEC_STIBP] = {"stibp", is_amd, has_stibp, has_stibp, false},
	[SPEC_SSBD] = {"ssbd", never, has_ssbd, has_ssbd, false},
	[SPEC_IBPB] = {"ibpb", always, has_ibpb, has_ibpb, false},
	[SPEC_IBPB_ENTRY] = {"ibpb-entry", confuses_branches, ibpb_helps_entry, has_ibpb, true},
	[SPEC_RSB] = {"rsb", lacks_smep, always, always, false},
	[SPEC_MD_CLEAR] = {"md-clear", leaks_buffers, has_md_clear, always, false},
};

const char *speculation_option_name(unsigned int i)
{
	return i < SPEC_COUNT ? mitigations[i].name : NULL;
}

static bool is_on(const struct mitigation *m, const struct spec_cpu *cpu, enum auto_option o,
		  bool dom0)
{
	return o == OPT_AUTO ? m->weak(cpu) && m->works(cpu) && !(dom0 && m->spares_dom0)
			     : o == OPT_ON && m->exists(cpu);
}

void speculation_choose(const struct spec_cpu *cpu, const struct options *opt,
			struct spec_choice *c)
{
	bool hooks;

	*c = (struct spec_choice){.thunk = opt->thunk};
	for (unsigned int i = 0; i < SPEC_COUNT; i++) {
		for (unsigned int guest = 0; guest < 2; guest++) {
			c->on[i][guest] =
				is_on(&mitigations[i], cpu, opt->mitigation[i][guest], !guest);
		}
	}
	/* Who names a thunk has decided about IBRS too; with IBRS none is needed. */
	if (opt->thunk != THUNK_AUTO && opt->mitigation[SPEC_IBRS][0] == OPT_AUTO) {
		c->on[SPEC_IBRS][0] = c->on[SPEC_IBRS][1] = false;
	}
	if (c->thunk == THUNK_AUTO) {
		c->thunk = c->on[SPEC_IBRS][0] ? THUNK_JMP : THUNK_RETPOLINE;
	}
	c->spec_ctrl = (c->on[SPEC_IBRS][0] ? SPEC_CTRL_IBRS : 0) |
		       (c->on[SPEC_STIBP][0] ? SPEC_CTRL_STIBP : 0) |
		       (c->on[SPEC_SSBD][0] ? SPEC_CTRL_SSBD : 0);
	c->rewrite = c->on[SPEC_IBRS][0] && !(cpu->arch_caps & CAP_IBRS_ALL) &&
		     !(cpu->ext8_ebx & AMD_IBRS_ALWAYS);
	c->guest_msrs = opt->guest_spec_msrs && (cpu->leaf7_edx & IBRSB);
	hooks = c->rewrite || c->guest_msrs;
	for (unsigned int guest = 0; guest < 2; guest++) {
		hooks |= c->on[SPEC_XPTI][guest] || c->on[SPEC_IBPB_ENTRY][guest] ||
			 c->on[SPEC_RSB][guest] || c->on[SPEC_MD_CLEAR][guest];
	}
	c->patches = (hooks ? 1U << PATCH_HOOKS : 0) |
		     (c->thunk == THUNK_LFENCE ? 1U << PATCH_THUNK_LFENCE : 0) |
		     (c->thunk == THUNK_JMP ? 1U << PATCH_THUNK_JMP : 0);
}

void speculation_describe(const struct spec_cpu *cpu, const struct spec_choice *c, char *text,
			  size_t size)
{
	static const char *const thunk[] = {"?", "retpoline", "lfence", "jmp"};
	const char *lead = "; not in force though the CPU needs it: ";
	size_t n;

	n = (size_t)snprintf(text, size, "bti-thunk=%s", thunk[c->thunk]);
	for (unsigned int i = 0; i < SPEC_COUNT && n < size; i++) {
		bool dom0 = c->on[i][0], guest = c->on[i][1];

		if (dom0 || guest) {
			n += (size_t)snprintf(text + n, size - n, ", %s%s", mitigations[i].name,
					      !dom0    ? " (guests)"
					      : !guest ? " (dom0)"
						       : "");
		}
	}
	for (unsigned int i = 0; i < SPEC_COUNT && n < size; i++) {
		if (mitigations[i].weak(cpu) && !c->on[i][1]) {
			n += (size_t)snprintf(text + n, size - n, "%s%s", lead,
					      mitigations[i].name);
			lead = ", ";
		}
	}
}
