/* SPDX-License-Identifier: MIT */
/* The table of verbs, and what each verb prints: xl's text to the letter, and JSON. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <yajl/yajl_tree.h>

#include "../../../dom0-tools/axl/absent.h"
#include "../../../dom0-tools/axl/axl.h"
#include "../../../dom0-tools/axl/json.h"
#include "../../../dom0-tools/axl/verbs.h"
#include "fake.h"
#include "fake_run.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_domain(3, "web");
	fake_domain(12, "db")->flags = XEN_DOMINF_shutdown | 3 << XEN_DOMINF_shutdownshift |
				       XEN_DOMINF_paused;
	fake.domains[2].nr_online_vcpus = 0;
	return 0;
}

/* ------------------------------------------------------------------ table -- */

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < verb_count; i++) {
		size_t matches;

		assert_true(strlen(verbs[i].name) <= 19); /* the column of the list */
		assert_non_null(verbs[i].run);
		assert_true(verbs[i].summary[0] && verbs[i].arguments && verbs[i].options);
		assert_ptr_equal(verb_find(verbs, verb_count, verbs[i].name, &matches), &verbs[i]);
	}
}

/* Words of other tools lead to a verb that is there, and are none themselves. */
static void test_synonyms(void **state)
{
	static const char *const words[] = {"start", "run",    "stop", "kill", "delete", "ls",
					    "ps",    "status", "log",  "load", "restart"};
	size_t matches;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *verb = verb_synonym(words[i]);

		assert_non_null(verb);
		assert_non_null(verb_find(verbs, verb_count, verb, &matches));
		assert_null(verb_find(verbs, verb_count, words[i], &matches));
		assert_int_equal(matches, 0);
	}
	assert_null(verb_synonym("create"));
}

/* Every verb of xl 4.17 is here, or says why not; none is both. */
static void test_no_gaps(void **state)
{
	static const char *const xl[] = {
		"create",
		"config-update",
		"list",
		"destroy",
		"shutdown",
		"reboot",
		"pci-attach",
		"pci-detach",
		"pci-list",
		"pci-assignable-add",
		"pci-assignable-remove",
		"pci-assignable-list",
		"pause",
		"unpause",
		"console",
		"vncviewer",
		"save",
		"migrate",
		"restore",
		"migrate-receive",
		"dump-core",
		"cd-insert",
		"cd-eject",
		"mem-max",
		"mem-set",
		"button-press",
		"vcpu-list",
		"vcpu-pin",
		"vcpu-set",
		"vm-list",
		"info",
		"sharing",
		"sched-credit",
		"sched-credit2",
		"sched-rtds",
		"domid",
		"domname",
		"rename",
		"trigger",
		"sysrq",
		"debug-keys",
		"set-parameters",
		"dmesg",
		"top",
		"network-attach",
		"network-list",
		"network-detach",
		"channel-list",
		"block-attach",
		"block-list",
		"block-detach",
		"vtpm-attach",
		"vtpm-list",
		"vtpm-detach",
		"vkb-attach",
		"vkb-list",
		"vkb-detach",
		"vdispl-attach",
		"vdispl-list",
		"vdispl-detach",
		"vsnd-attach",
		"vsnd-list",
		"vsnd-detach",
		"uptime",
		"claims",
		"cpupool-create",
		"cpupool-list",
		"cpupool-destroy",
		"cpupool-rename",
		"cpupool-cpu-add",
		"cpupool-cpu-remove",
		"cpupool-migrate",
		"cpupool-numa-split",
		"getenforce",
		"setenforce",
		"loadpolicy",
		"remus",
		"devd",
		"psr-hwinfo",
		"psr-cmt-attach",
		"psr-cmt-detach",
		"psr-cmt-show",
		"psr-cat-set",
		"psr-cat-show",
		"psr-mba-set",
		"psr-mba-show",
		"usbctrl-attach",
		"usbctrl-detach",
		"usbdev-attach",
		"usbdev-detach",
		"usb-list",
		"qemu-monitor-command",
		"help",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(xl) / sizeof(xl[0]); i++) {
		size_t matches;
		const struct verb *verb = verb_find(verbs, verb_count, xl[i], &matches);
		bool here = verb && !strcmp(verb->name, xl[i]);

		if (here == !!verb_absent(xl[i])) {
			fail_msg("%s", xl[i]);
		}
	}
}

static const struct verb sample[] = {
	{.name = "list"}, {.name = "list-all"},     {.name = "pause"},
	{.name = "ping"}, {.name = "channel-list"}, {.name = "check"}, /* not xl's */
	{.name = "why"},
};

static void test_prefix(void **state)
{
	size_t matches;

	(void)state;
	/* a whole name wins over being a prefix */
	assert_ptr_equal(verb_find(sample, 4, "list", &matches), &sample[0]);
	assert_ptr_equal(verb_find(sample, 4, "list-", &matches), &sample[1]);
	assert_ptr_equal(verb_find(sample, 4, "pa", &matches), &sample[2]);
	assert_null(verb_find(sample, 4, "p", &matches));
	assert_int_equal(matches, 2);
	assert_null(verb_find(sample, 4, "l", &matches));
	assert_int_equal(matches, 2);
	assert_null(verb_find(sample, 4, "pauses", &matches));
	assert_int_equal(matches, 0);
	assert_null(verb_find(sample, 4, "", &matches));
	assert_int_equal(matches, 4);
	assert_null(verb_find(sample, 0, "x", &matches));
	/* what xl takes for one of its verbs stays that */
	assert_ptr_equal(verb_find(sample, 7, "ch", &matches), &sample[4]);
	assert_ptr_equal(verb_find(sample, 7, "che", &matches), &sample[5]);
	assert_ptr_equal(verb_find(sample, 7, "w", &matches), &sample[6]);
}

/* -------------------------------------------------------------------- text -- */

static void test_list(void **state)
{
	(void)state;
	run("list");
	assert_string_equal(
		printed,
		"Name                                        ID   Mem VCPUs\tState\t"
		"Time(s)\n"
		"Domain-0                                     0  1024     1     r-----       5.2\n"
		"web                                          3   128     2     -b----       1.5\n"
		"db                                          12   128     0     --psc-       "
		"1.5\n");
	run("list web");
	assert_non_null(strstr(printed, "\nweb "));
	assert_null(strstr(printed, "Domain-0"));
	run("list 12 3");
	assert_true(strstr(printed, "db ") < strstr(printed, "web "));
	run("list nope");
	assert_int_equal(result, -ESRCH);
	assert_string_equal(printed, "");
	assert_string_equal(axl.err.id, "no-such-domain");
	run("list --bogus");
	assert_int_equal(result, -EINVAL);
}

static void test_list_without_store(void **state)
{
	(void)state;
	fake.no_xenstore = true;
	run("list");
	assert_int_equal(result, 0);
	assert_non_null(strstr(printed, "\n(null) "));
}

/* A name is text for a terminal. */
static void test_name_is_cleaned(void **state)
{
	(void)state;
	fake_store_set("/local/domain/3/name", "a\033[2J\nb");
	run("domname 3");
	assert_string_equal(printed, "a?[2J?b\n");
}

static void test_vcpu_list(void **state)
{
	(void)state;
	fake.hard[3][1] = 2;
	fake.soft[3][3] = 1;
	run("vcpu-list web");
	assert_string_equal(
		printed,
		"Name                                ID  VCPU   CPU State   Time(s) "
		"Affinity (Hard / Soft)\n"
		"web                                  3     0    0   -b-       2.5  all / all\n"
		"web                                  3     1    1   -b-       2.5  1 / all\n"
		"web                                  3     2    -   --p       2.5  all / all\n"
		"web                                  3     3    -   --p       2.5  all / 0\n");
}

static void test_info(void **state)
{
	(void)state;
	run("info");
	assert_non_null(strstr(printed, "nr_cpus                : 2\n"));
	assert_non_null(strstr(printed, "cpu_mhz                : 2596.125\n"));
	assert_non_null(strstr(printed, "total_memory           : 3072\n"));
	assert_non_null(strstr(printed, "free_memory            : 1792\n"));
	assert_non_null(strstr(printed, "xen_version            : 4.17.7\n"));
	assert_non_null(strstr(printed, "mitigations            : bti-thunk=retpoline, ibpb\n"));
	assert_non_null(strstr(printed, "xen_scheduler          : credit2\n"));
	assert_non_null(strstr(printed, "platform_params        : virt_start=0xffff80000000"));
}

/* A guest gets words into the kernel's, which a cause repeats: they move no terminal. */
static void test_error_is_words(void **state)
{
	FILE *out = tmpfile();
	int saved = dup(STDERR_FILENO);
	char text[200];
	size_t got;

	(void)state;
	memset(&axl, 0, sizeof(axl));
	ctl_error_set(&axl.err, "backend-failed", "cannot connect disk xvda of \033[31mx");
	ctl_error_cause(&axl.err, "unknown fe protocol \033]0;owned\007\r\302\2332J \303\251");
	ctl_error_hint(&axl.err, "dmesg\nroot#");
	fflush(stderr);
	dup2(fileno(out), STDERR_FILENO);
	axl_print_error(&axl);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(out);
	got = fread(text, 1, sizeof(text) - 1, out);
	text[got] = '\0';
	fclose(out);
	assert_string_equal(text, "axl: cannot connect disk xvda of ?[31mx: unknown fe protocol "
				  "?]0;owned???2J \303\251\naxl: hint: dmesg?root#\n");
}

static void test_names(void **state)
{
	(void)state;
	run("domid db");
	assert_string_equal(printed, "12\n");
	run("domid Domain-0");
	assert_string_equal(printed, "0\n");
	run("domname 3");
	assert_string_equal(printed, "web\n");
	run("domname 99");
	assert_string_equal(axl.err.id, "no-such-domain");
	run("domname web"); /* for xl this is no wrong use */
	assert_string_equal(axl.err.id, "no-such-domain");
	run("rename web www");
	assert_int_equal(result, 0);
	assert_string_equal(fake_store_get("/local/domain/3/name"), "www");
	run("rename www db");
	assert_string_equal(axl.err.id, "name-in-use");
	run("rename www 5");
	assert_string_equal(axl.err.id, "usage");
	run("rename www a/b");
	assert_string_equal(axl.err.id, "usage");
	run("rename www a\033[2J");
	assert_string_equal(axl.err.id, "usage");
	run("rename www a\nDomain-0");
	assert_string_equal(axl.err.id, "usage");
	run("rename www a\302\2332J");
	assert_string_equal(axl.err.id, "usage");
	assert_string_equal(fake_store_get("/local/domain/3/name"), "www");
	run("sysrq db h");
	assert_string_equal(fake_store_get("/local/domain/12/control/sysrq"), "h");
}

static void test_life(void **state)
{
	(void)state;
	run("pause web");
	assert_true(fake.domains[1].flags & XEN_DOMINF_paused);
	run("unpause -a");
	assert_false(fake.domains[1].flags & XEN_DOMINF_paused);
	assert_false(fake.domains[2].flags & XEN_DOMINF_paused);
	fake.unconnected = 3; /* its xenstored was started anew: nobody would hear it */
	run("shutdown -w web");
	assert_string_equal(axl.err.id, "not-connected");
	fake.unconnected = 0;
	run("shutdown web");
	assert_string_equal(fake_store_get("/local/domain/3/control/shutdown"), "poweroff");
	run("reboot -a -F");
	assert_string_equal(fake_store_get("/local/domain/12/control/shutdown"), "reboot");
	assert_null(fake_store_get("/local/domain/0/control/shutdown"));
	run("shutdown 0");
	assert_string_equal(axl.err.id, "not-dom0");
	run("shutdown");
	assert_string_equal(axl.err.id, "usage");
	run("shutdown -a web");
	assert_string_equal(axl.err.id, "usage");
	run("destroy 0");
	assert_string_equal(axl.err.id, "not-dom0");
	/* the first failure is told, the others are done */
	run("destroy 0 web");
	assert_string_equal(axl.err.id, "not-dom0");
	assert_int_equal(fake.domain_count, 2);
	assert_null(fake_store_get("/local/domain/3"));
}

static void test_dmesg(void **state)
{
	char *long_ring = malloc(40001);

	(void)state;
	fake.ring = "(XEN) one\n(XEN) two\n";
	run("dmesg");
	assert_string_equal(printed, "(XEN) one\n(XEN) two\n");
	memset(long_ring, 'x', 40000);
	long_ring[40000] = '\0';
	fake.ring = long_ring;
	run("dmesg -c");
	assert_int_equal(strlen(printed), 40000);
	assert_null(fake.ring);
	free(long_ring);
	run("debug-keys qr");
	assert_string_equal(fake.keys, "qr");
	run("debug-keys");
	assert_string_equal(axl.err.id, "usage");
}

/* Debian's completion of xl takes the first word of each line that begins with a blank. */
static void test_help(void **state)
{
	char line[64];

	(void)state;
	run("help");
	for (size_t i = 0; i < verb_count; i++) {
		snprintf(line, sizeof(line), "\n %-19s %.20s", verbs[i].name, verbs[i].summary);
		assert_non_null(strstr(printed, line));
	}
	run("help crea");
	assert_non_null(strstr(printed, "axl [-vfN] create"));
	assert_non_null(strstr(printed, "--paused"));
	run("help nope");
	assert_string_equal(axl.err.id, "no-such-command");
}

/* The manual page names every verb and every option of it. */
static void test_man_page(void **state)
{
	FILE *page = fopen("docs/man/axl.1", "r");
	char *text = NULL, option[32], want[64];
	size_t room = 0;

	(void)state;
	assert_non_null(page);
	assert_true(getdelim(&text, &room, '\0', page) > 0);
	fclose(page);
	for (size_t i = 0; i < verb_count; i++) {
		const char *rest = verbs[i].options;
		const char *name = verbs[i].name;
		size_t used = (size_t)snprintf(want, sizeof(want), "\n.SS ");

		for (; *name; name++) {
			used += (size_t)snprintf(want + used, sizeof(want) - used,
						 *name == '-' ? "\\-" : "%c", *name);
		}
		assert_non_null(strstr(text, want));
		for (; rest && sscanf(rest, "%30[^ ,\n]", option) == 1;
		     rest = strchr(rest, '\n') ? strchr(rest, '\n') + 1 : NULL) {
			used = 0;
			for (const char *c = option; *c; c++) {
				used += (size_t)snprintf(want + used, sizeof(want) - used,
							 *c == '-' ? "\\-" : "%c", *c);
			}
			/* a word that is no option explains an argument */
			assert_true(option[0] != '-' || strstr(text, want));
		}
	}
	free(text);
}

/* -------------------------------------------------------------------- JSON -- */

static void test_json_list(void **state)
{
	(void)state;
	run_json("list");
	assert_int_equal(get("domains")->u.array.len, 3);
	assert_string_equal(YAJL_GET_STRING(get("domains/1/name")), "web");
	assert_int_equal(YAJL_GET_INTEGER(get("domains/1/domid")), 3);
	assert_int_equal(YAJL_GET_INTEGER(get("domains/1/memory_kib")), 131072);
	assert_string_equal(YAJL_GET_STRING(get("domains/1/uuid")),
			    "aa000000-0000-0000-0000-000000000003");
	assert_true(YAJL_IS_NULL(get("domains/1/shutdown_reason")));
	assert_string_equal(YAJL_GET_STRING(get("domains/2/shutdown_reason")), "crash");
	assert_true(YAJL_IS_TRUE(get("domains/2/paused")));
}

static void test_json_error(void **state)
{
	(void)state;
	run_json("domid nope");
	assert_string_equal(YAJL_GET_STRING(get("error/id")), "no-such-domain");
	assert_non_null(get("error/what"));
	assert_non_null(get("error/cause"));
	assert_true(YAJL_IS_OBJECT(get("error/numbers")));
	assert_non_null(get("error/hint"));
}

static void test_json_everywhere(void **state)
{
	static const char *const lines[] = {
		"list",
		"list nope",
		"claims",
		"vm-list",
		"vcpu-list",
		"vcpu-pin web 0 all",
		"vcpu-set web 2",
		"mem-set web 100",
		"mem-max web 200",
		"cpupool-list",
		"cpupool-numa-split",
		"cpupool-destroy nope",
		"block-list web",
		"network-list web",
		"set-parameters a=b",
		"uptime",
		"info",
		"version",
		"help",
		"help list",
		"domid web",
		"domname 3",
		"rename web www",
		"sysrq www s",
		"pause www",
		"unpause www",
		"shutdown www",
		"reboot www",
		"dmesg",
		"debug-keys q",
		"destroy www",
		"destroy 77",
		"console",
		"create",
		"create /nonexistent.cfg",
	};

	(void)state;
	fake.ring = "(XEN) \xff\xfe not UTF-8 \303\251\n";
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		run_json(lines[i]);
	}
}

static void test_json_strings(void **state)
{
	(void)state;
	fake.ring = "a\"b\\c\x01\r\n\xff\303\251\xe2\x82\xac\xf0\x9f\x98\x80\xc0\x80\xed\n";
	run_json("dmesg");
	assert_int_equal(get("lines")->u.array.len, 2);
	assert_string_equal(YAJL_GET_STRING(get("lines/0")), "a\"b\\c\x01");
	assert_string_equal(YAJL_GET_STRING(get("lines/1")),
			    "?\303\251\xe2\x82\xac\xf0\x9f\x98\x80???");
	run_json("info");
	assert_string_equal(YAJL_GET_STRING(get("xen_commandline")), "a \"quoted\" \x1b line");
	assert_string_equal(YAJL_GET_STRING(get("mitigations")), "bti-thunk=retpoline, ibpb");
	assert_int_equal(YAJL_GET_INTEGER(get("free_pages")), fake.free_pages);
}

static void test_json_numbers(void **state)
{
	(void)state;
	fake.domains[1].cpu_time = UINT64_MAX;
	run_json("list web");
	assert_string_equal(YAJL_GET_NUMBER(get("domains/0/cpu_time_ns")), "18446744073709551615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_no_gaps),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test_setup(test_list, setup),
		cmocka_unit_test_setup(test_list_without_store, setup),
		cmocka_unit_test_setup(test_name_is_cleaned, setup),
		cmocka_unit_test_setup(test_vcpu_list, setup),
		cmocka_unit_test_setup(test_info, setup),
		cmocka_unit_test_setup(test_names, setup),
		cmocka_unit_test_setup(test_error_is_words, setup),
		cmocka_unit_test(test_synonyms),
		cmocka_unit_test_setup(test_life, setup),
		cmocka_unit_test_setup(test_dmesg, setup),
		cmocka_unit_test_setup(test_help, setup),
		cmocka_unit_test(test_man_page),
		cmocka_unit_test_setup(test_json_list, setup),
		cmocka_unit_test_setup(test_json_error, setup),
		cmocka_unit_test_setup(test_json_everywhere, setup),
		cmocka_unit_test_setup(test_json_strings, setup),
		cmocka_unit_test_setup(test_json_numbers, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
