/* SPDX-License-Identifier: MIT */
/* list -l in libxl's JSON, and the columns of list and uptime beyond the usual ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <yajl/yajl_tree.h>

#include "../../../dom0-tools/axl/userdata.h"
#include "fake.h"
#include "fake_run.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_domain(3, "web");
	fake_domain(12, "db");
	return 0;
}

/* A value of what list -l printed. */
static yajl_val in(yajl_val from, const char *path)
{
	char copy[128], *next = copy, *key;

	snprintf(copy, sizeof(copy), "%s", path);
	while (from && (key = strsep(&next, "/"))) {
		const char *keys[] = {key, NULL};

		from = yajl_tree_get(from, keys, yajl_t_any);
	}
	return from;
}

/* libxl's JSON: what is kept of a domain, with its present name and memory; without, what the
 * hypervisor knows. */
static void test_list_long(void **state)
{
	static const char kept[] =
		"{\"c_info\":{\"type\":\"pv\",\"name\":\"old\",\"uuid\":\"u\"},"
		"\"b_info\":{\"max_vcpus\":2,\"avail_vcpus\":[0,1],\"max_memkb\":1,"
		"\"sched_params\":{\"cap\":9},\"type.pv\":{}},"
		"\"disks\":[{\"vdev\":\"xvda\",\"readwrite\":1},{\"vdev\":\"xvdb\"}],"
		"\"nics\":[{\"devid\":0},{\"devid\":1}]}";
	FILE *file;
	yajl_val tree, web;

	(void)state;
	mkdir(USERDATA_DIR, 0755);
	file = fopen(USERDATA_DIR "/userdata-d.3.aa000000-0000-0000-0000-000000000003.libxl-json",
		     "w");
	assert_non_null(file);
	fputs(kept, file);
	fclose(file);
	fake_store_set("/local/domain/3/memory/static-max", "262144");
	fake_store_set("/local/domain/3/cpu/0/availability", "online");
	fake_store_set("/local/domain/3/cpu/1/availability", "offline");
	/* the second disk and the first NIC were detached since */
	fake_store_set("/libxl/3/device/vbd/51712/backend", "b");
	fake_store_set("/libxl/3/device/vif/1/backend", "b");
	run("list -l");
	tree = yajl_tree_parse(printed, NULL, 0);
	assert_int_equal(tree->u.array.len, 3);
	web = tree->u.array.values[1];
	assert_int_equal(YAJL_GET_INTEGER(in(web, "domid")), 3);
	assert_string_equal(YAJL_GET_STRING(in(web, "config/c_info/name")), "web");
	assert_string_equal(YAJL_GET_STRING(in(web, "config/c_info/uuid")), "u");
	assert_int_equal(YAJL_GET_INTEGER(in(web, "config/b_info/max_vcpus")), 2);
	assert_int_equal(YAJL_GET_INTEGER(in(web, "config/b_info/max_memkb")), 262144);
	assert_int_equal(YAJL_GET_INTEGER(in(web, "config/b_info/target_memkb")), 131072);
	assert_string_equal(YAJL_GET_STRING(in(web, "config/b_info/sched_params/sched")),
			    "credit2");
	assert_int_equal(in(web, "config/b_info/avail_vcpus")->u.array.len, 1);
	assert_int_equal(in(web, "config/disks")->u.array.len, 1);
	assert_string_equal(YAJL_GET_STRING(in(in(web, "config/disks")->u.array.values[0], "vdev")),
			    "xvda");
	assert_int_equal(in(web, "config/nics")->u.array.len, 1);
	assert_int_equal(YAJL_GET_INTEGER(in(in(web, "config/nics")->u.array.values[0], "devid")),
			 1);
	assert_string_equal(YAJL_GET_STRING(in(tree->u.array.values[2], "config/c_info/name")),
			    "db");
	assert_null(in(tree->u.array.values[0], "config/c_info/uuid"));
	yajl_tree_free(tree);
	run_json("list -l"); /* our JSON has been asked for */
	assert_non_null(get("domains"));
	assert_int_equal(remove(USERDATA_DIR
				"/userdata-d.3.aa000000-0000-0000-0000-000000000003.libxl-json"),
			 0);
}

/* xl's columns behind the usual ones. */
static void test_list_columns(void **state)
{
	(void)state;
	run("list -c 3");
	assert_non_null(strstr(printed, "Time(s)         Cpupool\n"));
	assert_non_null(strstr(printed, "       1.5          Pool-0\n"));
	run("list -vcn 3");
	assert_non_null(strstr(printed, "        -                -          Pool-0 all"
					"     25/1000\n"));
}

static void test_uptime(void **state)
{
	unsigned int hours, minutes, seconds;

	(void)state;
	run("uptime 0");
	assert_int_equal(sscanf(printed, "Name %*s Uptime\nDomain-0 %*u %*[^:]:%u:%u\n", &minutes,
				&seconds),
			 2);
	fake_store_set("/vm/u/start_time", "1");
	fake_store_set("/local/domain/3/vm", "/vm/u");
	run("uptime -s 3");
	assert_int_equal(sscanf(printed, " %*u:%*u:%*u up %*u days, %u:%u, web (3)\n", &hours,
				&minutes),
			 2);
}

/* What each uses of the store, and may, behind xl's columns. */
static void test_quota(void **state)
{
	(void)state;
	run("list -q");
	assert_non_null(strstr(printed, "Store-nodes     watches"));
	assert_non_null(strstr(printed, "     25/1000       3/128           -           -\n"));
	assert_non_null(strstr(printed, "      7/1000       2/128           0      4/2048\n"));
	run("list -v");
	assert_non_null(strstr(printed, "Security Label Store-nodes\n"));
	assert_non_null(strstr(printed, "-                -     25/1000\n"));
	run("list");
	assert_null(strstr(printed, "Store"));
	run_json("list -v 3");
	assert_int_equal(YAJL_GET_INTEGER(get("domains/0/store/nodes")), 25);
	assert_int_equal(YAJL_GET_INTEGER(get("domains/0/store/max_watches")), 128);
	assert_null(get("domains/0/store/transactions"));
	run_json("list 3");
	assert_null(get("domains/0/store"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_list_columns, setup),
		cmocka_unit_test_setup(test_list_long, setup),
		cmocka_unit_test_setup(test_uptime, setup),
		cmocka_unit_test_setup(test_quota, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
