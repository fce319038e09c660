/* SPDX-License-Identifier: MIT */
/* UUIDs and MACs, given and made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"

static const char uuid_text[] = "ee0e5ab7-4c11-4b6e-9d4e-0f6ea1b3a6e2";

static struct domain_config *parse(const char *text)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;

	config_parse_string("test", text, strlen(text), NULL, 0, &cfg, &diags);
	config_diags_print(&diags, stderr);
	assert_non_null(cfg);
	config_diags_free(&diags);
	return cfg;
}

static void uuid_text_round_trips(void **state)
{
	static const char *const bad[] = {
		"",
		"ee0e5ab7",
		"ee0e5ab7-4c11-4b6e-9d4e-0f6ea1b3a6e",
		"ee0e5ab7x4c11-4b6e-9d4e-"
		"0f6ea1b3a6e2",
		"ee0e5ab7-4c11-4b6e-9d4e-0f6ea1b3a6e2a",
		"gg0e5ab7-4c11-4b6e-9d4e-"
		"0f6ea1b3a6e2",
		"ee0e5ab74c114b6e9d4e0f6ea1b3a6-2",
	};
	uint8_t uuid[16];
	char text[37];

	(void)state;
	assert_true(config_uuid_parse(uuid_text, uuid));
	config_uuid_format(uuid, text);
	assert_string_equal(text, uuid_text);
	assert_true(config_uuid_parse("EE0E5AB74C114B6E9D4E0F6EA1B3A6E2", uuid));
	config_uuid_format(uuid, text);
	assert_string_equal(text, uuid_text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(config_uuid_parse(bad[i], uuid));
	}
}

static void macs_are_stable_and_different(void **state)
{
	uint8_t uuid[16], other[16], seen[64][6];

	(void)state;
	config_uuid_parse(uuid_text, uuid);
	for (int i = 0; i < 64; i++) {
		uint8_t again[6];

		config_mac_from_uuid(uuid, i, seen[i]);
		config_mac_from_uuid(uuid, i, again);
		assert_memory_equal(seen[i], again, 6);
		assert_memory_equal(seen[i], "\x00\x16\x3e", 3);
		for (int j = 0; j < i; j++) {
			assert_memory_not_equal(seen[i], seen[j], 6);
		}
	}
	memcpy(other, uuid, sizeof(other));
	other[15] ^= 1;
	config_mac_from_uuid(other, 0, seen[1]);
	assert_memory_not_equal(seen[0], seen[1], 6);
}

static void missing_ids_are_filled(void **state)
{
	struct domain_config *cfg = parse("name='a'; memory=8; kernel='/k'\n"
					  "vif=['', 'devid=1', 'mac=00:16:3e:00:00:01', '']");
	uint8_t uuid[16], mac[6];

	(void)state;
	assert_int_equal(config_fill_ids(cfg), 0);
	assert_true(cfg->uuid_set);
	assert_int_equal(cfg->uuid[6] >> 4, 4);
	assert_int_equal(cfg->nics[0].devid, 0);
	assert_int_equal(cfg->nics[1].devid, 1);
	assert_int_equal(cfg->nics[2].devid, 2);
	assert_int_equal(cfg->nics[3].devid, 3);
	assert_memory_equal(cfg->nics[2].mac, "\x00\x16\x3e\x00\x00\x01", 6);
	config_mac_from_uuid(cfg->uuid, 3, mac);
	assert_memory_equal(cfg->nics[3].mac, mac, 6);
	memcpy(uuid, cfg->uuid, sizeof(uuid));
	assert_int_equal(config_fill_ids(cfg), 0);
	assert_memory_equal(uuid, cfg->uuid, sizeof(uuid));
	config_free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uuid_text_round_trips),
		cmocka_unit_test(macs_are_stable_and_different),
		cmocka_unit_test(missing_ids_are_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
