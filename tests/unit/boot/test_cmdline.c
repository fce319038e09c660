/* SPDX-License-Identifier: MIT */
/* The command line: every kind of option, unknown words, loaders' first word. */
#include "boot/cmocka_all.h"

#include "../../../hypervisor/boot/cmdline.h"
#include "arch/fake/fake.h"
#include "lib/printk.h"

static struct options fresh;

static int reset(void **state)
{
	(void)state;
	options = fresh;
	printk_level = LOG_INFO;
	gprintk_level = LOG_WARNING;
	return 0;
}

static void test_dom0_mem(void **state)
{
	(void)state;
	cmdline_parse("dom0_mem=min:256M,max:1G,512M");
	assert_int_equal(options.dom0_mem.min, 256 << 20);
	assert_int_equal(options.dom0_mem.max, 1 << 30);
	assert_int_equal(options.dom0_mem.size, 512 << 20);
	cmdline_parse("dom0_mem=65536");
	assert_int_equal(options.dom0_mem.size, 65536 << 10);
	cmdline_parse("dom0_mem=-128M");
	assert_int_equal(options.dom0_mem.size, -(128 << 20));
}

static void test_numbers_and_texts(void **state)
{
	(void)state;
	cmdline_parse("maxcpus=3  gnttab_max_frames=0x20 com1=115200,8n1,0x3f8,4 conring_size=64k");
	assert_int_equal(options.maxcpus, 3);
	assert_int_equal(options.gnttab_max_frames, 32);
	assert_string_equal(options.com1, "115200,8n1,0x3f8,4");
	assert_int_equal(options.conring_size, 65536);
}

static void test_booleans(void **state)
{
	(void)state;
	cmdline_parse("noreboot no-x2apic hpet=off sync_console tdt=yes");
	assert_true(options.noreboot);
	assert_false(options.x2apic);
	assert_false(options.hpet);
	assert_true(options.tsc_deadline);
}

static void test_pairs(void **state)
{
	(void)state;
	cmdline_parse("xpti=dom0=false,domu");
	assert_int_equal(options.mitigation[SPEC_XPTI][0], OPT_OFF);
	assert_int_equal(options.mitigation[SPEC_XPTI][1], OPT_ON);
	cmdline_parse("no-xpti pv-l1tf=no-dom0,domu");
	assert_int_equal(options.mitigation[SPEC_XPTI][0], OPT_OFF);
	assert_int_equal(options.mitigation[SPEC_XPTI][1], OPT_OFF);
	assert_int_equal(options.mitigation[SPEC_L1TF][0], OPT_OFF);
	assert_int_equal(options.mitigation[SPEC_L1TF][1], OPT_ON);
}

static void test_without_effect_is_reported(void **state)
{
	(void)state;
	cmdline_parse("watchdog");
	cmdline_report();
	assert_string_equal(fake_log, "parameter \"watchdog\" has no effect here");
}

static void test_spec_ctrl(void **state)
{
	(void)state;
	memset(options.mitigation, 0xff, sizeof(options.mitigation));
	options.guest_spec_msrs = true;
	cmdline_parse("spec-ctrl=yes,bti-thunk=lfence,ibrs=no,no-stibp,ssbd,verw=1");
	assert_int_equal(options.thunk, THUNK_LFENCE);
	assert_int_equal(options.mitigation[SPEC_IBRS][0], OPT_OFF);
	assert_int_equal(options.mitigation[SPEC_STIBP][1], OPT_OFF);
	assert_int_equal(options.mitigation[SPEC_SSBD][0], OPT_ON);
	assert_int_equal(options.mitigation[SPEC_MD_CLEAR][0], OPT_ON);
	assert_int_equal(options.mitigation[SPEC_IBPB][0], OPT_AUTO);
	cmdline_parse("spec-ctrl=pv=no");
	assert_int_equal(options.mitigation[SPEC_MD_CLEAR][1], OPT_OFF);
	assert_int_equal(options.mitigation[SPEC_IBPB_ENTRY][1], OPT_OFF);
	assert_false(options.guest_spec_msrs);
	cmdline_parse("spec-ctrl=msr-sc xpti=domu spec-ctrl=no-xen,ibpb");
	assert_true(options.guest_spec_msrs);
	assert_int_equal(options.thunk, THUNK_JMP);
	assert_int_equal(options.mitigation[SPEC_SSBD][0], OPT_OFF);
	assert_int_equal(options.mitigation[SPEC_IBPB][0], OPT_ON);
	assert_int_equal(options.mitigation[SPEC_XPTI][1], OPT_ON);
	assert_int_equal(options.mitigation[SPEC_L1TF][1], OPT_OFF);
	cmdline_parse("spec-ctrl=no");
	assert_false(options.guest_spec_msrs);
	assert_int_equal(options.mitigation[SPEC_IBPB][0], OPT_OFF);
}

static void test_spec_ctrl_parts_without_effect(void **state)
{
	(void)state;
	cmdline_parse("spec-ctrl=l1d-flush,branch-harden=no");
	cmdline_report();
	assert_string_equal(fake_log, "parameter \"branch-harden\" has no effect here");
	cmdline_parse("xpti=dom1");
	cmdline_report();
	assert_string_equal(fake_log, "parameter \"xpti\" has a bad value, ignored");
	cmdline_parse("spec-ctrl=bti-thunk=magic");
	cmdline_report();
	assert_string_equal(fake_log, "parameter \"spec-ctrl\" has a bad value, ignored");
}

static void test_levels(void **state)
{
	(void)state;
	cmdline_parse("loglvl=all guest_loglvl=none/error");
	assert_int_equal(printk_level, LOG_DEBUG);
	assert_int_equal(gprintk_level, LOG_ERR);
	cmdline_parse("loglvl= guest_loglvl=/debug");
	assert_int_equal(printk_level, LOG_INFO);
	assert_int_equal(gprintk_level, LOG_WARNING);
}

static void test_known_without_effect(void **state)
{
	(void)state;
	fake_log[0] = 0;
	cmdline_parse("no-real-mode edd=off -- anything=behind");
	cmdline_report();
	assert_string_equal(fake_log, "");
}

static void test_unknown_is_reported(void **state)
{
	(void)state;
	cmdline_parse("foo=bar");
	cmdline_report();
	assert_string_equal(fake_log, "parameter \"foo\" unknown!");
}

static void test_bad_value_is_reported_and_ignored(void **state)
{
	(void)state;
	cmdline_parse("maxcpus=four");
	cmdline_report();
	assert_string_equal(fake_log, "parameter \"maxcpus\" has a bad value, ignored");
	assert_int_equal(options.maxcpus, 0);
	cmdline_parse("loglvl=all/");
	cmdline_report();
	assert_string_equal(fake_log, "parameter \"loglvl\" has a bad value, ignored");
	assert_int_equal(printk_level, LOG_INFO);
}

static void test_first_word(void **state)
{
	static const struct {
		const char *line, *rest;
		bool has_name;
	} cases[] = {
		{"/boot/argon a b", "a b", false},
		{"placeholder a b", "a b", false},
		{"a b", "a b", false},
		{"root=/dev/xvda ro", "root=/dev/xvda ro", false},
		{"vmlinuz a b", "a b", true},
		{"vmlinuz", "", true},
		{"", "", true},
	};
	char out[64];

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cmdline_copy(out, sizeof(out), cases[i].line, cases[i].has_name);
		assert_string_equal(out, cases[i].rest);
	}
	cmdline_copy(out, 4, "abcdef", false);
	assert_string_equal(out, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_dom0_mem, reset),
		cmocka_unit_test_setup(test_numbers_and_texts, reset),
		cmocka_unit_test_setup(test_booleans, reset),
		cmocka_unit_test_setup(test_pairs, reset),
		cmocka_unit_test_setup(test_spec_ctrl, reset),
		cmocka_unit_test_setup(test_levels, reset),
		cmocka_unit_test_setup(test_known_without_effect, reset),
		cmocka_unit_test_setup(test_without_effect_is_reported, reset),
		cmocka_unit_test_setup(test_unknown_is_reported, reset),
		cmocka_unit_test_setup(test_bad_value_is_reported_and_ignored, reset),
		cmocka_unit_test_setup(test_first_word, reset),
		cmocka_unit_test_setup(test_spec_ctrl_parts_without_effect, reset),
	};

	fresh = options;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
