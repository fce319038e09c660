/* SPDX-License-Identifier: MIT */
/* Every key of the table wrong in type, range and spelling: the error names it and its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema.h"

/* The rest of a configuration that is good without the key. */
static char *around(const char *key, const char *line)
{
	return config_printf("%s\n%s%s%s", line, strcmp(key, "name") ? "name='a'\n" : "",
			     strcmp(key, "memory") ? "memory=8\n" : "",
			     strcmp(key, "kernel") ? "kernel='/k'\n" : "");
}

/* The first finding in line 1 of that severity or worse, NULL if there is none. */
static const struct config_diag *finding(const struct config_diags *diags,
					 enum config_severity least)
{
	for (size_t i = 0; i < diags->count; i++) {
		if (diags->list[i].line == 1 && diags->list[i].severity >= least) {
			return &diags->list[i];
		}
	}
	return NULL;
}

/* `key = value` is told of, as an error that names the key, with place and id. */
static void expect_error(const char *key, const char *value, const char *id)
{
	char *line = config_printf("%s = %s", key, value);
	char *text = around(key, line);
	char *quoted = config_printf("\"%s\"", key);
	struct config_diags diags = {0};
	const struct config_diag *diag;
	struct domain_config *cfg;

	config_parse_string("test", text, strlen(text), NULL, 0, &cfg, &diags);
	diag = finding(&diags, CONFIG_ERROR);
	if (cfg || !diag || !strstr(diag->what, quoted) || diag->column < 1 ||
	    (id && strcmp(diag->id, id))) {
		fail_msg("%s: %s [%s]", line, diag ? diag->what : "taken", diag ? diag->id : "");
	}
	config_diags_free(&diags);
	config_free(cfg);
	free(quoted);
	free(text);
	free(line);
}

static void wrong_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		switch (key->kind) {
		case KEY_STRING:
			expect_error(key->name, "5", "wrong-type");
			expect_error(key->name, "['a']", "wrong-type");
			break;
		case KEY_BOOL:
		case KEY_NUMBER:
		case KEY_SIGNED:
		case KEY_MIB:
			expect_error(key->name, "'many'", NULL);
			expect_error(key->name, "[1]", "wrong-type");
			break;
		case KEY_CHOICE:
			expect_error(key->name, "'nonsense'", NULL);
			expect_error(key->name, "['destroy']", "wrong-type");
			break;
		case KEY_CUSTOM:
		case KEY_NOTHING:
			break;
		}
	}
}

static void wrong_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		char below[32], above[32];

		if (key->kind == KEY_BOOL) {
			expect_error(key->name, "2", "out-of-range");
		} else if (key->kind == KEY_CHOICE) {
			expect_error(key->name, "99", NULL);
		}
		if (key->kind != KEY_NUMBER && key->kind != KEY_SIGNED && key->kind != KEY_MIB) {
			continue;
		}
		snprintf(below, sizeof(below), "%lld", (long long)key->min - 1);
		snprintf(above, sizeof(above), "%lld", (long long)key->max + 1);
		expect_error(key->name, below, "out-of-range");
		expect_error(key->name, above, "out-of-range");
	}
}

/* The keys that read themselves: types and ranges of each. */
static void wrong_customs(void **state)
{
	static const char *const rows[][2] = {
		{"name", "['a']"},      {"uuid", "5"},
		{"uuid", "'0b0d0e5a'"}, {"uuid", "['a']"},
		{"cpus", "'0-'"},       {"cpus", "'1024'"},
		{"cpus", "[['0']]"},    {"cpus_soft", "'x'"},
		{"cpus_soft", "'3-1'"}, {"cmdline", "['a']"},
		{"root", "['a']"},      {"extra", "['a']"},
		{"disk", "5"},          {"disk", "'/a,raw,xvda'"},
		{"disk", "[5]"},        {"vif", "5"},
		{"vif", "'bridge=a'"},  {"vif", "[5]"},
		{"channel", "5"},       {"channel", "'name=a,connection=pty'"},
		{"channel", "[5]"},     {"bootloader_args", "[['a']]"},
	};
	static const char *const seen_names[] = {"bootargs"}; /* the old name of a row */
	size_t customs = 0, covered = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_error(rows[i][0], rows[i][1], NULL);
	}
	for (size_t i = 0; i < config_key_count; i++) {
		bool found = !strcmp(config_keys[i].name, seen_names[0]);

		for (size_t r = 0; !found && r < sizeof(rows) / sizeof(rows[0]); r++) {
			found = !strcmp(config_keys[i].name, rows[r][0]);
		}
		customs += config_keys[i].kind == KEY_CUSTOM;
		covered += config_keys[i].kind == KEY_CUSTOM && found;
	}
	assert_int_equal(customs, covered); /* a new key needs its rows */
}

/* Keys that are read into nothing are told of whatever they hold. */
static void told_anyway(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		char *line = config_printf("%s = 'x'", key->name);
		char *text = around(key->name, line);
		struct config_diags diags = {0};
		const struct config_diag *diag;
		struct domain_config *cfg;

		if (key->kind == KEY_NOTHING) {
			config_parse_string("test", text, strlen(text), NULL, 0, &cfg, &diags);
			diag = finding(&diags, CONFIG_NOTE);
			assert_non_null(diag);
			assert_non_null(strstr(diag->what, key->name));
			assert_int_equal(diag->column > 0, 1);
			config_free(cfg);
			config_diags_free(&diags);
		}
		free(text);
		free(line);
	}
}

/* One letter left out, doubled, swapped or replaced: the nearest key is offered. */
static void wrong_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const char *name = config_keys[i].name;
		size_t len = strlen(name);

		for (int change = 0; change < 4; change++) {
			char word[64], hint[80];
			size_t at = len / 2;
			struct config_diags diags = {0};
			const struct config_diag *diag;
			struct domain_config *cfg;
			char *line, *text;

			snprintf(word, sizeof(word), "%.*s%s%s", (int)at, name,
				 change == 1   ? (char[]){name[at], name[at], 0}
				 : change == 2 ? "q"
					       : "",
				 name + at + (change != 3));
			if (change == 3 && at + 1 < len) {
				word[at] = name[at + 1];
				word[at + 1] = name[at];
			}
			line = config_printf("%s = 1", word);
			text = around("", line);
			if (schema_find(word) || len < 4) {
				free(line);
				free(text);
				continue;
			}
			config_parse_string("test", text, strlen(text), NULL, 0, &cfg, &diags);
			diag = finding(&diags, CONFIG_ERROR);
			assert_null(cfg);
			assert_non_null(diag);
			assert_string_equal(diag->id, "unknown-key");
			assert_int_equal(diag->column, 1);
			snprintf(hint, sizeof(hint), "unknown key \"%s\"", word);
			assert_string_equal(diag->what, hint);
			/* another key may be as near: it must be one, at least */
			if (!diag->hint) {
				fail_msg("nothing is near %s", word);
			}
			assert_int_equal(sscanf(diag->hint, "did you mean \"%63[^\"]\"", word), 1);
			assert_non_null(schema_find(word));
			config_diags_free(&diags);
			free(line);
			free(text);
		}
	}
}

/* One element of disk=, vif= or channel= with an option wrong: its text names what is wrong. */
static void expect_option(const char *list, const char *element, const char *named, int column)
{
	char *line = config_printf("%s = ['%s']", list, element);
	char *text = around(list, line);
	struct config_diags diags = {0};
	const struct config_diag *diag;
	struct domain_config *cfg;

	config_parse_string("test", text, strlen(text), NULL, 0, &cfg, &diags);
	diag = finding(&diags, CONFIG_ERROR);
	if (cfg || !diag || !strstr(diag->what, named) || diag->column != column) {
		fail_msg("%s: %s in column %d", line, diag ? diag->what : "taken",
			 diag ? diag->column : 0);
	}
	config_diags_free(&diags);
	config_free(cfg);
	free(text);
	free(line);
}

static void wrong_options(void **state)
{
	static const struct {
		const char *list, *option, *value, *named;
	} rows[] = {
		{"disk", "format", "rwa", "format"},
		{"disk", "vdev", "xvd", "virtual device"},
		{"disk", "access", "x", "access"},
		{"disk", "devtype", "tape", "devtype"},
		{"disk", "backendtype", "tap", "backendtype"},
		{"disk", "backend", "a/b", "backend"},
		{"disk", "discard", "yes", "flag"},
		{"disk", "direct-io-safe", "2", "flag"},
		{"disk", "trusted", "yes", "flag"},
		{"vif", "mac", "1:2:3", "\"mac\""},
		{"vif", "mac", "01:00:00:00:00:01", "\"mac\""},
		{"vif", "bridge", "a b", "\"bridge\""},
		{"vif", "vifname", "0123456789abcdef", "\"vifname\""},
		{"vif", "mtu", "67", "\"mtu\""},
		{"vif", "mtu", "65522", "\"mtu\""},
		{"vif", "mtu", "big", "\"mtu\""},
		{"vif", "rate", "10", "\"rate\""},
		{"vif", "rate", "10Mb/s@0ms", "\"rate\""},
		{"vif", "ip", "1.2.3", "\"ip\""},
		{"vif", "ip", "10.0.0.1/33", "\"ip\""},
		{"vif", "vlan", "4095", "\"vlan\""},
		{"vif", "devid", "-1", "\"devid\""},
		{"vif", "devid", "65536", "\"devid\""},
		{"vif", "gatewaydev", "a/b", "\"gatewaydev\""},
		{"vif", "backend", "a/b", "\"backend\""},
		{"vif", "type", "tap", "\"type\""},
		{"vif", "trusted", "2", "\"trusted\""},
		{"channel", "name", "a b", "\"name\""},
		{"channel", "name", "a/b", "\"name\""},
		{"channel", "name", "", "\"name\""},
		{"channel", "connection", "tcp", "\"connection\""},
		{"channel", "path", "run/x", "\"path\""},
		{"channel", "backend", "net", "\"backend\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is_disk = rows[i].list[0] == 'd';
		const char *first = is_disk ? "/a,raw,xvda," : "";
		int column = (int)strlen(rows[i].list) + 6 + (int)strlen(first);
		char *right = config_printf("%s%s=%s", first, rows[i].option, rows[i].value);
		char *wrong = config_printf("%s%sx=1", first, rows[i].option);
		char *named = config_printf("option \"%sx\"", rows[i].option);

		expect_option(rows[i].list, right, rows[i].named, column);
		expect_option(rows[i].list, wrong, named, column);
		free(right);
		free(wrong);
		free(named);
	}
}

/* What makes a whole channel, and what two of them must not share. */
static void wrong_channels(void **state)
{
	static const char *const rows[][2] = {
		{"['connection=pty']", "no name"},
		{"['name=a']", "no connection"},
		{"['name=a,connection=socket']", "no path"},
		{"['name=a,connection=pty,path=/run/a']", "has a path"},
		{"['name=a,connection=pty,pty']", "\"pty\" in a channel"},
		{"['name=a,connection=pty','name=a,connection=pty']", "same name"},
		{"['name=a,connection=socket,path=/x','name=b,connection=socket,path=/x']",
		 "same path"},
		{"['name=0,connection=pty','name=1,connection=pty','name=2,connection=pty',"
		 "'name=3,connection=pty','name=4,connection=pty','name=5,connection=pty',"
		 "'name=6,connection=pty','name=7,connection=pty','name=8,connection=pty',"
		 "'name=9,connection=pty']",
		 "more channels"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *line = config_printf("channel = %s", rows[i][0]);
		char *text = around("channel", line);
		struct config_diags diags = {0};
		const struct config_diag *diag;
		struct domain_config *cfg;

		config_parse_string("test", text, strlen(text), NULL, 0, &cfg, &diags);
		diag = finding(&diags, CONFIG_ERROR);
		if (cfg || !diag || !strstr(diag->what, rows[i][1])) {
			fail_msg("%s: %s", line, diag ? diag->what : "taken");
		}
		config_diags_free(&diags);
		config_free(cfg);
		free(text);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_types),    cmocka_unit_test(wrong_ranges),
		cmocka_unit_test(wrong_customs),  cmocka_unit_test(told_anyway),
		cmocka_unit_test(wrong_spelling), cmocka_unit_test(wrong_options),
		cmocka_unit_test(wrong_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
