/* SPDX-License-Identifier: MIT */
/* top and metrics: numbers come out where they belong, and the text is what its readers parse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/stats.h"
#include "fake.h"
#include "fake_run.h"

static char base[64];

static void put(const char *device, const char *file, const char *value)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s/%s", base, device, file);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(value, out);
	fclose(out);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_domain(3, "web \"1\"");
	snprintf(base, sizeof(base), "/tmp/test_stats.XXXXXX");
	assert_non_null(mkdtemp(base));
	stats_backends = base;
	put("vbd-3-51712", "statistics/rd_req", "7\n");
	put("vbd-3-51712", "statistics/wr_req", "3\n");
	put("vbd-3-51712", "statistics/rd_sect", "56\n");
	put("vbd-3-51712", "statistics/wr_sect", "nonsense\n");
	put("vif-3-0", "net/vif3.0/statistics/rx_bytes", "2048\n");
	put("vif-3-0", "net/vif3.0/statistics/tx_bytes", "10240\n");
	put("vif-3-0", "net/vif3.0/statistics/tx_dropped", "5\n");
	put("vif-77-0", "net/vif77.0/statistics/rx_bytes", "1\n"); /* of nobody */
	put("vif-x-0", "net/vif0/statistics/rx_bytes", "1\n");
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", base);
	return system(command);
}

static void test_batch(void **state)
{
	(void)state;
	run("top -b -i 1");
	assert_int_equal(result, 0);
	assert_string_equal(
		printed,
		"      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) "
		"VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  "
		"VBD_RSECT  VBD_WSECT SSID\n"
		"  Domain-0 -----r          5    0.0    1048576   33.3    1048576      33.3 "
		"    1    0        0        0    0        0        0        0          0  "
		"        0    0\n"
		"   web \"1\" --b---          1    0.0     131072    4.2     132096       4.2 "
		"    4    1       10        2    1        0        7        3         56  "
		"        0    0\n");
	run("top -b -i 1 -v -n -x");
	assert_non_null(strstr(printed, "\nVCPUs(sec):   0:          2s  1:          2s\n"));
	assert_non_null(strstr(printed, "\nNet0 RX:     2048bytes        0pkts        0err        "
					"0drop  TX:    10240bytes"));
	assert_non_null(
		strstr(printed, "\nVBD BlkBack 51712 [ca: 0]  OO:        0   RD:        7   WR:"));
}

static void test_options(void **state)
{
	(void)state;
	for (const char *bad[] = {"top -b -d 0", "top -b -d x", "top -b -d nan", "top -b -i 0",
				  "top -b extra", "top -q"},
			**b = bad;
	     b < bad + 6; b++) {
		run(*b);
		assert_true(result < 0);
		assert_string_equal(printed, "");
	}
	run("top");
	assert_string_equal(axl.err.id, "no-terminal");
}

static void test_json(void **state)
{
	(void)state;
	run_json("top -d 0.1");
	assert_int_equal(YAJL_GET_INTEGER(get("samples/0/domains/1/disks/0/reads")), 7);
	assert_int_equal(YAJL_GET_INTEGER(get("samples/0/domains/1/networks/0/sent/bytes")), 2048);
	assert_int_equal(YAJL_GET_INTEGER(get("samples/0/domains/1/vcpus/1/cpu_time_ns")),
			 2500000000);
	run_json("metrics");
	assert_true(YAJL_IS_STRING(get("openmetrics")));
}

static void test_percent(void **state)
{
	struct stats before = {.when = {.tv_sec = 10}}, now = {.when = {.tv_sec = 12}};
	struct stats_domain a = {.domain.info = {.domain = 3, .cpu_time = 1000000000}}, b = a;

	(void)state;
	b.domain.info.cpu_time = 4000000000;
	before.domains = &a;
	before.count = 1;
	assert_true(stats_cpu_percent(&before, &now, &b) == 150.0);
	b.domain.info.cpu_time = 0; /* another domain with the same id */
	assert_true(stats_cpu_percent(&before, &now, &b) == 0.0);
	b.domain.info.domain = 4;
	assert_true(stats_cpu_percent(&before, &now, &b) == 0.0);
}

/* The grammar: families one after the other, each with its head, their samples below, no other
 * line, "# EOF" last. */
static void test_metrics_grammar(void **state)
{
	char family[64] = "", name[64], *next, *line;
	bool counter = false;
	size_t len;

	(void)state;
	run("metrics");
	assert_int_equal(result, 0);
	len = strlen(printed);
	assert_string_equal(printed + len - 6, "# EOF\n");
	printed[len - 6] = '\0';
	next = printed;
	while ((line = strsep(&next, "\n")) && *line) {
		char type[16], *brace;

		if (sscanf(line, "# TYPE %63s %15s", name, type) == 2) {
			assert_null(strstr(family, name));
			strcpy(family, name);
			counter = !strcmp(type, "counter");
			assert_true(counter || !strcmp(type, "gauge"));
			continue;
		}
		if (line[0] == '#') {
			assert_true(sscanf(line, "# %*[A-Z] %63s", name) == 1);
			assert_string_equal(name, family);
			continue;
		}
		len = strlen(family);
		assert_memory_equal(line, family, len);
		if (counter) {
			assert_memory_equal(line + len, "_total", 6);
			len += 6;
		}
		brace = line + len;
		if (*brace == '{') {
			brace = strrchr(brace, '}');
			assert_non_null(brace);
			brace++;
		}
		assert_int_equal(*brace, ' ');
		strtod(brace + 1, &brace);
		assert_int_equal(*brace, '\0');
	}
}

static void test_metrics_values(void **state)
{
	(void)state;
	run("metrics");
	for (const char *want[] =
		     {
			     "\nxen_domain_cpu_seconds_total{domain=\"Domain-0\",domid=\"0\"} "
			     "5.249999999\n",
			     "\nxen_domain_memory_bytes{domain=\"web \\\"1\\\"\",domid=\"3\"} "
			     "134217728\n",
			     "domid=\"3\",vdev=\"xvda\",direction=\"read\"} 28672\n",
			     "domid=\"3\",devid=\"0\",interface=\"vif3.0\",direction=\"sent\"} "
			     "2048\n",
			     "\nxen_host_cpu_idle_seconds_total{cpu=\"0\"} 3.000000000\n",
			     "domid=\"3\",vcpu=\"3\",state=\"offline\"} 1\n",
		     },
			**w = want;
	     w < want + 6; w++) {
		assert_non_null(strstr(printed, *w));
	}
}

static void test_metrics_file(void **state)
{
	char line[128], path[96];
	struct stat about;

	(void)state;
	snprintf(path, sizeof(path), "%s/axl.prom", base);
	snprintf(line, sizeof(line), "metrics -o %s", path);
	run(line);
	assert_int_equal(result, 0);
	assert_string_equal(printed, "");
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0644);
	run("metrics -o /nonexistent/axl.prom");
	assert_string_equal(axl.err.id, "cannot-write");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json, setup, teardown),
		cmocka_unit_test(test_percent),
		cmocka_unit_test_setup_teardown(test_metrics_grammar, setup, teardown),
		cmocka_unit_test_setup_teardown(test_metrics_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_metrics_file, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
