/* SPDX-License-Identifier: MIT */
/* What is chosen on which processor, by default and by options. */
#include "boot/cmocka_all.h"

#include "arch/x86/patch.h"
#include "arch/x86/speculation.h"

#define BIT(n) (1UL << (n))
/* Words of real machines, reduced to the bits that count. */
#define INTEL_UCODE (BIT(10) | BIT(26) | BIT(27) | BIT(31)) /* MD_CLEAR IBRSB STIBP SSBD */
#define RTM BIT(11)
#define CLX_CAPS (BIT(0) | BIT(1) | BIT(3) | BIT(5))    /* RDCL_NO IBRS_ALL SKIP_L1DFL MDS_NO */
#define ICX_CAPS (CLX_CAPS | BIT(6) | BIT(8) | BIT(17)) /* + TAA_NO, FB_CLEAR */
#define ZEN2_WORD (BIT(12) | BIT(15) | BIT(24))         /* IBPB STIBP SSBD */
#define ZEN3_WORD (ZEN2_WORD | BIT(14) | BIT(29))       /* + IBRS, BTC_NO */

static const struct machine {
	const char *name;
	struct spec_cpu cpu;
	const char *in_force;
	uint32_t spec_ctrl, patches;
	bool rewrite;
} machines[] = {
	{"Haswell, microcode of 2019",
	 {.intel = true, .family = 6, .model = 0x3c, .smep = true, .leaf7_edx = INTEL_UCODE},
	 "bti-thunk=retpoline, xpti, pv-l1tf (guests), ibpb, md-clear",
	 0,
	 BIT(PATCH_HOOKS),
	 false},
	{"Skylake, microcode of 2019",
	 {.intel = true,
	  .family = 6,
	  .model = 0x5e,
	  .smep = true,
	  .leaf7_ebx = RTM,
	  .leaf7_edx = INTEL_UCODE},
	 "bti-thunk=jmp, xpti, pv-l1tf (guests), ibrs, ibpb, md-clear",
	 SPEC_CTRL_IBRS,
	 BIT(PATCH_HOOKS) | BIT(PATCH_THUNK_JMP),
	 true},
	{"Skylake as it was sold",
	 {.intel = true, .family = 6, .model = 0x5e, .smep = true, .leaf7_ebx = RTM},
	 "bti-thunk=retpoline, xpti, pv-l1tf (guests); not in force though the CPU needs it: "
	 "ibrs, ibpb, md-clear",
	 0,
	 BIT(PATCH_HOOKS),
	 false},
	{"Cascade Lake",
	 {.intel = true,
	  .family = 6,
	  .model = 0x55,
	  .smep = true,
	  .leaf7_ebx = RTM,
	  .leaf7_edx = INTEL_UCODE | BIT(29),
	  .arch_caps = CLX_CAPS},
	 "bti-thunk=jmp, ibrs, ibpb, md-clear",
	 SPEC_CTRL_IBRS,
	 BIT(PATCH_HOOKS) | BIT(PATCH_THUNK_JMP),
	 false},
	{"Ice Lake server",
	 {.intel = true,
	  .family = 6,
	  .model = 0x6a,
	  .smep = true,
	  .leaf7_edx = INTEL_UCODE | BIT(29),
	  .arch_caps = ICX_CAPS},
	 "bti-thunk=jmp, ibrs, ibpb, md-clear",
	 SPEC_CTRL_IBRS,
	 BIT(PATCH_HOOKS) | BIT(PATCH_THUNK_JMP),
	 false},
	{"Sandy Bridge without microcode or SMEP",
	 {.intel = true, .family = 6, .model = 0x2a},
	 "bti-thunk=retpoline, xpti, pv-l1tf (guests), rsb; not in force though the CPU needs it: "
	 "ibpb, md-clear",
	 0,
	 BIT(PATCH_HOOKS),
	 false},
	{"Zen 2",
	 {.amd = true, .family = 0x17, .model = 0x31, .smep = true, .ext8_ebx = ZEN2_WORD},
	 "bti-thunk=retpoline, stibp, ibpb, ibpb-entry (guests)",
	 SPEC_CTRL_STIBP,
	 BIT(PATCH_HOOKS),
	 false},
	{"Zen 3, microcode of 2023",
	 {.amd = true,
	  .family = 0x19,
	  .model = 1,
	  .smep = true,
	  .ext8_ebx = ZEN3_WORD,
	  .ext21_eax = BIT(28)},
	 "bti-thunk=retpoline, stibp, ibpb, ibpb-entry (guests)",
	 SPEC_CTRL_STIBP,
	 BIT(PATCH_HOOKS),
	 false},
	{"Zen 3 before",
	 {.amd = true, .family = 0x19, .model = 1, .smep = true, .ext8_ebx = ZEN3_WORD},
	 "bti-thunk=retpoline, stibp, ibpb; not in force though the CPU needs it: ibpb-entry",
	 SPEC_CTRL_STIBP,
	 0,
	 false},
	{"Zen 5",
	 {.amd = true,
	  .family = 0x1a,
	  .smep = true,
	  .ext8_ebx = ZEN3_WORD,
	  .ext21_eax = BIT(28) | BIT(30)},
	 "bti-thunk=retpoline, stibp, ibpb",
	 SPEC_CTRL_STIBP,
	 0,
	 false},
	{"qemu64",
	 {.amd = true, .family = 15, .model = 0x6b, .smep = true},
	 "bti-thunk=retpoline; not in force though the CPU needs it: stibp, ibpb, ibpb-entry",
	 0,
	 0,
	 false},
};

static struct options defaults(void)
{
	struct options o = {.guest_spec_msrs = true};

	memset(o.mitigation, 0xff, sizeof(o.mitigation)); /* OPT_AUTO */
	return o;
}

static void force(struct options *o, enum mitigation_id m, enum auto_option on)
{
	o->mitigation[m][0] = o->mitigation[m][1] = on;
}

static void choose(const char *name, const struct options *o, struct spec_choice *c, char *text)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (!strcmp(machines[i].name, name)) {
			speculation_choose(&machines[i].cpu, o, c);
			speculation_describe(&machines[i].cpu, c, text, 256);
			return;
		}
	}
	fail_msg("no machine %s", name);
}

static void test_defaults(void **state)
{
	const struct options o = defaults();

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		const struct machine *m = &machines[i];
		struct spec_choice c;
		char text[256];

		print_message("%s\n", m->name);
		speculation_choose(&m->cpu, &o, &c);
		speculation_describe(&m->cpu, &c, text, sizeof(text));
		assert_string_equal(text, m->in_force);
		assert_int_equal(c.spec_ctrl, m->spec_ctrl);
		assert_int_equal(c.patches, m->patches);
		assert_int_equal(c.rewrite, m->rewrite);
		assert_int_equal(c.guest_msrs, !!(m->cpu.leaf7_edx & BIT(26)));
	}
}

/* Who names a thunk decides about IBRS too. */
static void test_thunk_replaces_ibrs(void **state)
{
	struct options o = defaults();
	struct spec_choice c;
	char text[256];

	(void)state;
	o.thunk = THUNK_LFENCE;
	choose("Skylake, microcode of 2019", &o, &c, text);
	assert_string_equal(text,
			    "bti-thunk=lfence, xpti, pv-l1tf (guests), ibpb, md-clear; not in "
			    "force though the CPU needs it: ibrs");
	assert_int_equal(c.patches, BIT(PATCH_HOOKS) | BIT(PATCH_THUNK_LFENCE));
	force(&o, SPEC_IBRS, OPT_ON);
	choose("Skylake, microcode of 2019", &o, &c, text);
	assert_int_equal(c.spec_ctrl, SPEC_CTRL_IBRS);
	assert_int_equal(c.thunk, THUNK_LFENCE);
}

/* What any processor can execute can be asked for; a missing MSR is not written. */
static void test_forced(void **state)
{
	struct options o = defaults();
	struct spec_choice c;
	char text[256];

	(void)state;
	for (unsigned int m = 0; m < SPEC_COUNT; m++) {
		force(&o, m, OPT_ON);
	}
	choose("qemu64", &o, &c, text);
	assert_string_equal(text, "bti-thunk=retpoline, xpti, pv-l1tf, rsb, md-clear; not in force "
				  "though the CPU needs it: stibp, ibpb, ibpb-entry");
	assert_int_equal(c.spec_ctrl, 0);
	choose("Zen 2", &o, &c, text);
	assert_true(c.on[SPEC_IBPB_ENTRY][0]);
	assert_int_equal(c.spec_ctrl, SPEC_CTRL_STIBP | SPEC_CTRL_SSBD);
}

static void test_nothing(void **state)
{
	struct options o = defaults();
	struct spec_choice c;
	char text[256];

	(void)state;
	for (unsigned int m = 0; m < SPEC_COUNT; m++) {
		force(&o, m, OPT_OFF);
	}
	o.thunk = THUNK_JMP;
	o.guest_spec_msrs = false;
	choose("Cascade Lake", &o, &c, text);
	assert_int_equal(c.patches, BIT(PATCH_THUNK_JMP));
	assert_int_equal(c.spec_ctrl, 0);
	assert_false(c.guest_msrs);
}

/* A short buffer is not overrun. */
static void test_short_text(void **state)
{
	const struct options o = defaults();
	struct spec_choice c;
	char text[24];

	(void)state;
	speculation_choose(&machines[2].cpu, &o, &c);
	speculation_describe(&machines[2].cpu, &c, text, sizeof(text));
	assert_int_equal(strlen(text), sizeof(text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),   cmocka_unit_test(test_thunk_replaces_ibrs),
		cmocka_unit_test(test_forced),     cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_short_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
