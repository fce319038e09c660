/* SPDX-License-Identifier: MIT */
/* The key table is sound, and every key of it reads and writes what it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema.h"

static void table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		assert_ptr_equal(schema_find(key->name), key); /* no name twice */
		assert_true(key->offset < sizeof(struct domain_config));
		assert_int_equal(key->kind == KEY_CUSTOM, key->read != NULL);
		assert_int_equal(key->kind == KEY_CHOICE, key->choices != NULL);
		if (key->kind == KEY_NUMBER || key->kind == KEY_MIB || key->kind == KEY_SIGNED) {
			assert_true(key->min < key->max);
		}
		if (key->status == KEY_OK) {
			assert_non_null(key->doc);
		}
		if (key->status == KEY_DEPRECATED || key->status == KEY_NO_EFFECT) {
			assert_non_null(key->note);
		}
		if (key->status == KEY_HVM || key->status == KEY_LATER) {
			assert_int_equal(key->kind, KEY_NOTHING);
		}
	}
}

/* The errors and warnings that one line adds to a good configuration. */
static size_t errors_of(const char *line, size_t *warnings)
{
	char *text = config_printf("name='a'\nmemory=8\nkernel='/k'\n%s\n", line);
	struct config_diags diags = {0};
	struct domain_config *cfg;
	size_t errors;

	config_parse_string("test", text, strlen(text), NULL, 0, &cfg, &diags);
	errors = diags.error_count;
	*warnings = diags.warning_count;
	assert_int_equal(errors == 0, cfg != NULL);
	config_diags_free(&diags);
	config_free(cfg);
	free(text);
	return errors;
}

static void limits_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		const int64_t numbers[] = {key->min - 1, key->min, key->max, key->max + 1};

		if (key->kind != KEY_NUMBER && key->kind != KEY_SIGNED) {
			continue;
		}
		for (size_t n = 0; n < 4; n++) {
			char *line = config_printf("%s = %lld", key->name, (long long)numbers[n]);
			size_t warnings;
			bool good = n == 1 || n == 2;

			if (strcmp(key->name, "maxvcpus") != 0 || n != 0) {
				assert_int_equal(errors_of(line, &warnings) == 0, good);
			}
			free(line);
		}
	}
}

static void every_standing_is_reported(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		char *line = config_printf("%s = 1", key->name);
		char *empty = config_printf("%s = []", key->name);
		size_t warnings;

		if (key->status == KEY_HVM) {
			assert_int_equal(errors_of(line, &warnings), 0);
			assert_int_equal(warnings, 1);
		} else if (key->status == KEY_LATER) {
			assert_int_equal(errors_of(line, &warnings), 1);
			assert_int_equal(errors_of(empty, &warnings), 0);
		} else if (key->status == KEY_NO_EFFECT) {
			assert_int_equal(errors_of(line, &warnings), 0);
		}
		free(line);
		free(empty);
	}
}

static void choices_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		for (size_t c = 0; key->choices && key->choices[c].name; c++) {
			char *line = config_printf("%s = '%s'", key->name, key->choices[c].name);
			size_t warnings;

			assert_int_equal(errors_of(line, &warnings),
					 key->choices[c].refused != NULL);
			free(line);
		}
	}
	assert_string_equal(config_action_name(CONFIG_ACTION_RENAME_RESTART), "rename-restart");
}

/* A findings list that never ends is cut, but counted. */
static void many_mistakes_are_bounded(void **state)
{
	char *text = calloc(1, 100000);
	struct config_diags diags = {0};
	struct domain_config *cfg;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		len += (size_t)sprintf(text + len, "unknown_key_%d = 1\n", i);
	}
	assert_true(config_parse_string("test", text, len, NULL, 0, &cfg, &diags) < 0);
	assert_null(cfg);
	assert_int_equal(diags.count, DIAG_MAX);
	assert_true(diags.error_count >= 1000);
	config_diags_free(&diags);
	free(text);
}

static void files_that_cannot_be_read(void **state)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;

	(void)state;
	assert_true(config_parse_file("/nonexistent/x.cfg", NULL, 0, &cfg, &diags) < 0);
	assert_null(cfg);
	assert_int_equal(diags.error_count, 1);
	assert_string_equal(diags.list[0].what,
			    "the configuration cannot be read: No such file or directory");
	config_diags_free(&diags);
	assert_true(config_parse_file("/", NULL, 0, &cfg, &diags) < 0);
	assert_int_equal(diags.error_count, 1);
	config_diags_free(&diags);
	assert_true(config_parse_file("/dev/zero", NULL, 0, &cfg, &diags) < 0);
	config_diags_free(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(every_standing_is_reported),
		cmocka_unit_test(choices_are_taken),
		cmocka_unit_test(many_mistakes_are_bounded),
		cmocka_unit_test(files_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
