/* SPDX-License-Identifier: MIT */
/* check, create --explain, export and doctor: all that they find, and that nothing changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/userdata.h"
#include "fake.h"
#include "fake_run.h"

#define DIR_NAME "build/tests/unit/axl"
#define CFG DIR_NAME "/check.cfg"
#define XML DIR_NAME "/check.xml"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A text of the result; "" if there is none. */
static const char *text_at(const char *path)
{
	const char *text = YAJL_GET_STRING(get(path));

	return text ? text : "";
}

/* Index of the finding with that id, or -1. */
static int find(const char *id)
{
	for (size_t i = 0; i < get("findings")->u.array.len; i++) {
		char path[48];

		snprintf(path, sizeof(path), "findings/%zu/id", i);
		if (!strcmp(text_at(path), id)) {
			return (int)i;
		}
	}
	return -1;
}

static yajl_val of_finding(const char *id, const char *member)
{
	char path[64];

	assert_int_not_equal(find(id), -1);
	snprintf(path, sizeof(path), "findings/%d/%s", find(id), member);
	return get(path);
}

static const char good[] = "name = 'new'\nmemory = 64\nkernel = '/boot/k'\nramdisk = '/boot/r'\n"
			   "disk = ['/dev/a,raw,xvda']\nvif = ['', '']\n";

static void test_good(void **state)
{
	char *before = fake_store_dump();
	char *after;

	(void)state;
	write_file(CFG, good);
	run("check " CFG);
	assert_int_equal(result, 0);
	assert_non_null(strstr(printed, "ok       name         \"new\" is free\n"));
	assert_non_null(strstr(printed, "ok       memory       64 MiB needed, "));
	assert_non_null(strstr(printed, "ok       vif 1 "));
	assert_non_null(strstr(printed, ": 0 errors, 0 warnings\n"));
	run_json("check " CFG);
	assert_int_equal(result, 0);
	assert_true(YAJL_IS_TRUE(get("ok")));
	assert_string_equal(text_at("file"), CFG);
	/* the same by another name */
	run("create -n --explain " CFG);
	assert_int_equal(result, 0);
	assert_non_null(strstr(printed, ": 0 errors, 0 warnings\n"));
	run("create --explain " CFG);
	assert_string_equal(axl.err.id, "usage");
	after = fake_store_dump();
	assert_string_equal(before, after);
	assert_int_equal(fake.kernels_open, 0);
	assert_int_equal(fake.domain_count, 1);
	free(before);
	free(after);
}

/* Every mistake is told at once, those of the text and those against the machine. */
static void test_bad(void **state)
{
	(void)state;
	fake_domain(3, "web");
	write_file(CFG, "name = 'web'\nmemory = 99999999999\nvcpus = 'x'\ncpus = '77'\n"
			"pool = 'none'\nkernel = '/boot/k'\ncolour = 1\n"
			"uuid = 'aa000000-0000-0000-0000-000000000003'\n");
	run_json("check " CFG);
	assert_int_not_equal(result, 0);
	assert_false(YAJL_IS_TRUE(get("ok")));
	assert_int_equal(YAJL_GET_INTEGER(get("errors")), 7);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("out-of-range", "line")), 2);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("out-of-range", "column")), 10);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("wrong-type", "line")), 3);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("bad-cpus", "line")), 4);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("bad-cpus", "column")), 8);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("bad-cpus", "numbers/cpus")), FAKE_CPUS);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("no-such-pool", "line")), 5);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("unknown-key", "line")), 7);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("name-in-use", "line")), 1);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("uuid-in-use", "numbers/domid")), 3);
	assert_string_not_equal(YAJL_GET_STRING(of_finding("name-in-use", "hint")), "");
	assert_int_equal(fake.kernels_open, 0);
}

static void test_memory(void **state)
{
	(void)state;
	write_file(CFG, "name = 'big'\nmemory = 16777216\nkernel = '/boot/k'\n");
	run_json("check " CFG);
	assert_int_equal(YAJL_GET_INTEGER(get("errors")), 1);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("too-little-memory", "line")), 2);
	assert_int_equal(YAJL_GET_INTEGER(of_finding("too-little-memory", "numbers/free_kib")),
			 fake.free_pages * 4);
	/* by an override */
	run_json("check " CFG " memory=64");
	assert_true(YAJL_IS_TRUE(get("ok")));
	run_json("check " CFG " memory=16777215");
	assert_int_equal(YAJL_GET_INTEGER(of_finding("too-little-memory", "override")), 1);
}

/* Whatever single call fails, it is one finding more and nothing stays open. */
static void test_each_failure(void **state)
{
	(void)state;
	write_file(CFG, good);
	for (unsigned int i = 1;; i++) {
		fake_reset();
		fake.fail_at = i;
		run("check " CFG);
		assert_int_equal(fake.kernels_open, 0);
		assert_int_equal(fake.domain_count, 1);
		if (fake.calls < i) {
			break;
		}
	}
	assert_int_equal(result, 0);
}

static void test_no_hypervisor(void **state)
{
	(void)state;
	write_file(CFG, good);
	fake.no_xenstore = true;
	run_json("check " CFG);
	assert_int_not_equal(result, 0);
	assert_int_equal(YAJL_GET_INTEGER(get("errors")), 1);
	assert_string_equal(YAJL_GET_STRING(of_finding("no-xenstore", "subject")), "host");
	run_json("check /nonexistent.cfg");
	assert_int_not_equal(find("cannot-read"), -1);
	run("check");
	assert_string_equal(axl.err.id, "usage");
}

static void test_export(void **state)
{
	(void)state;
	write_file(CFG, good);
	run("export " CFG " cap=50");
	assert_int_equal(result, 0);
	assert_non_null(strstr(printed, "<domain type='xen'>\n  <name>new</name>\n"));
	write_file(XML, printed);
	run("check " XML);
	assert_int_equal(result, 0);
	run_json("export --xml " CFG " cap=50");
	assert_string_equal(text_at("diagnostics/0/id"), "not-representable");
	assert_non_null(strstr(text_at("xml"), "<domain"));
	run_json("export " XML);
	assert_string_equal(text_at("config/name"), "new");
	/* the result itself is a configuration again, and so is libxl's */
	write_file(CFG, printed);
	run("check " CFG);
	assert_int_equal(result, 0);
	run("export --libxl " CFG);
	assert_int_equal(result, 0);
	write_file(CFG, printed);
	run_json("export " CFG);
	assert_string_equal(text_at("config/name"), "new");
	run("export nobody");
	assert_string_equal(axl.err.id, "no-such-domain");
	run("export");
	assert_string_equal(axl.err.id, "usage");
	run("export --xmll x");
	assert_string_equal(axl.err.id, "usage");
}

/* What a configuration forbids. */
static void test_nomigrate(void **state)
{
	(void)state;
	fake_domain(3, "web");
	write_file(CFG, "name = 'web'\nmemory = 64\nkernel = '/boot/k'\nnomigrate = 1\n");
	run("save web " DIR_NAME "/not-saved " CFG);
	assert_string_equal(axl.err.id, "not-to-be-saved");
	assert_int_not_equal(access(DIR_NAME "/not-saved", F_OK), 0);
}

static void test_doctor(void **state)
{
	(void)state;
	fake_store_set("/local/domain/0/name", "Domain-0");
	fake_store_set("/local/domain/55/name", "ghost");
	fake_store_set("/local/domain/0/backend/vbd/56/51712/node", "/dev/loop0");
	mkdir(USERDATA_DIR, 0755);
	write_file(USERDATA_DIR "/userdata-d.57.aa.libxl-json", "{}");
	run_json("doctor");
	assert_non_null(get("errors"));
	assert_int_not_equal(find("hypervisor"), -1);
	assert_int_not_equal(find("xenstored"), -1);
	assert_int_not_equal(find("stale-files"), -1);
	assert_non_null(strstr(printed, "xenstore-rm /local/domain/55"));
	assert_non_null(strstr(printed, "xenstore-rm /local/domain/0/backend/vbd/56"));
	assert_null(strstr(printed, "xenstore-rm /local/domain/0\""));
	remove(USERDATA_DIR "/userdata-d.57.aa.libxl-json");
	fake.no_xenstore = true;
	run("doctor");
	assert_int_not_equal(result, 0);
	assert_non_null(strstr(printed, "[no-xenstore]\n"));
	assert_non_null(strstr(printed, "remedy: systemctl start xenstored\n"));
	run("doctor now");
	assert_string_equal(axl.err.id, "usage");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_bad, setup),
		cmocka_unit_test_setup(test_memory, setup),
		cmocka_unit_test_setup(test_each_failure, setup),
		cmocka_unit_test_setup(test_no_hypervisor, setup),
		cmocka_unit_test_setup(test_export, setup),
		cmocka_unit_test_setup(test_nomigrate, setup),
		cmocka_unit_test_setup(test_doctor, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
