/* SPDX-License-Identifier: MIT */
/* Memory in libxl's JSON is in KiB; ours is in MiB, and an override is the last word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"

/* A guest of `target` KiB, at most `max`, with the override; what becomes of it. */
static void read_memory(const char *target, const char *max, const char *override,
			uint64_t memory_kib, uint64_t maxmem_kib)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"c_info\": {\"type\": \"pv\", \"name\": \"web\"}, "
		 "\"b_info\": {\"max_vcpus\": 1, "
		 "\"target_memkb\": %s, \"max_memkb\": %s, \"kernel\": \"/k\", \"type.pv\": {}}}",
		 target, max);
	assert_int_equal(config_parse_string("web", text, strlen(text), &override, override ? 1 : 0,
					     &cfg, &diags),
			 memory_kib ? 0 : -22);
	if (memory_kib) {
		assert_int_equal(cfg->memory_kib, memory_kib);
		assert_int_equal(cfg->maxmem_kib, maxmem_kib);
	}
	config_free(cfg);
	config_diags_free(&diags);
}

static void test_memory(void **state)
{
	(void)state;
	read_memory("131072", "262144", NULL, 131072, 262144);
	/* to the KiB, as a guest's target may be */
	read_memory("131001", "262001", NULL, 131001, 262001);
	read_memory("131072", "131071", NULL, 131072, 131072);
	read_memory("131001", "262001", "memory=64", 65536, 262001);
	read_memory("131001", "262001", "maxmem=512", 131001, 524288);
	read_memory("131001", "131001", "memory=128", 131001, 131001);
	read_memory("262144", "131072", NULL, 0, 0);
	read_memory("9223372036854775807", "9223372036854775807", NULL, 0, 0);
	read_memory("-1", "-1", NULL, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory)};

	return cmocka_run_group_tests_name("libxl", tests, NULL, NULL);
}
