/* SPDX-License-Identifier: MIT */
/*
 * docs/json.md is true: each verb has a row, its result has the members that the row names, and no
 * others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/journal.h"
#include "../../../dom0-tools/axl/verbs.h"
#include "fake.h"
#include "fake_run.h"

#define MEMBERS_MAX 80

/* Of one verb: paths like "domains[].name"; a "?" behind one that need not be there. */
struct row {
	char cells[4096];
	char *members[MEMBERS_MAX];
	size_t count;
};

static char *page;

static int setup(void **state)
{
	FILE *file = fopen("docs/json.md", "r");
	size_t room = 0;

	(void)state;
	assert_non_null(file);
	assert_true(getdelim(&page, &room, '\0', file) > 0);
	fclose(file);
	return 0;
}

static int teardown(void **state)
{
	free(page);
	return run_forget(state);
}

/* The code spans of the row whose first cell has the verb. */
static bool find_row(const char *verb, struct row *row)
{
	char word[64], *line = page, *next;

	snprintf(word, sizeof(word), "`%s`", verb);
	row->count = 0;
	for (; line; line = next ? next + 1 : NULL) {
		char *cell, *at;

		next = strchr(line, '\n');
		if (strncmp(line, "| `", 3) != 0) {
			continue;
		}
		cell = strstr(line, " | ");
		at = strstr(line, word);
		if (!cell || !at || at > cell || (next && at > next)) {
			continue;
		}
		snprintf(row->cells, sizeof(row->cells), "%.*s",
			 next ? (int)(next - cell) : (int)strlen(cell), cell);
		row->cells[strcspn(row->cells, ",;")] = '\0'; /* words follow */
		strtok(row->cells, "`");
		while ((at = strtok(NULL, "`")) && row->count < MEMBERS_MAX) {
			row->members[row->count++] = at;
			strtok(NULL, "`");
		}
		return true;
	}
	return false;
}

/* "a[].b?" as get() wants it: "a/0/b"; true if it must be there. */
static bool to_path(const char *member, char path[128])
{
	size_t used = 0;

	for (; *member && *member != '?' && *member != '*'; member++) {
		if (*member == '[') {
			used += (size_t)sprintf(path + used, "/0");
			member++;
		} else {
			path[used++] = *member == '.' ? '/' : *member;
		}
	}
	path[used] = '\0';
	return *member != '?';
}

static bool is_documented(const struct row *row, const char *path)
{
	char known[128];

	for (size_t i = 0; i < row->count; i++) {
		size_t len = strlen(path);

		to_path(row->members[i], known);
		if (!strncmp(known, path, len) && (!known[len] || known[len] == '/')) {
			return true;
		}
		/* below a member that is described elsewhere */
		len = strlen(known);
		if (len && !strncmp(known, path, len) && path[len] == '/' &&
		    strchr(row->members[i], '*')) {
			return true;
		}
	}
	return false;
}

static void check_undocumented(const char *verb, const struct row *row, const char *base,
			       yajl_val value)
{
	char path[128];

	if (YAJL_IS_ARRAY(value) && value->u.array.len) {
		snprintf(path, sizeof(path), "%s/0", base);
		check_undocumented(verb, row, path, value->u.array.values[0]);
	}
	for (size_t i = 0; YAJL_IS_OBJECT(value) && i < value->u.object.len; i++) {
		snprintf(path, sizeof(path), "%s%s%s", base, base[0] ? "/" : "",
			 value->u.object.keys[i]);
		if (!base[0] && (!strcmp(path, "schema") || !strcmp(path, "verb"))) {
			continue;
		}
		if (!is_documented(row, path)) {
			fail_msg("%s: docs/json.md does not have %s", verb, path);
		}
		check_undocumented(verb, row, path, value->u.object.values[i]);
	}
}

static void test_every_verb_has_a_row(void **state)
{
	struct row row;

	(void)state;
	for (size_t i = 0; i < verb_count; i++) {
		if (!find_row(verbs[i].name, &row)) {
			fail_msg("docs/json.md has no row for %s", verbs[i].name);
		}
	}
}

static void test_members(void **state)
{
	static const char *const lines[] = {
		"list",
		"claims",
		"vm-list",
		"vcpu-list web",
		"vcpu-pin web 0 all",
		"vcpu-set web 2",
		"mem-set web 100",
		"mem-max web 200",
		"sched-credit2",
		"sched-credit2 -d web",
		"sched-credit2 -s",
		"cpupool-list",
		"cpupool-list -c",
		"cpupool-rename Pool-0 p",
		"block-list web",
		"block-attach web /dev/ram1,raw,xvdb,w",
		"block-detach web xvda",
		"network-list web",
		"network-attach web bridge=xenbr0",
		"network-detach web 0",
		"uptime",
		"info",
		"info -n",
		"version",
		"help",
		"help list",
		"domid web",
		"domname 3",
		"rename web www",
		"sysrq web s",
		"pause web",
		"unpause web",
		"shutdown web",
		"reboot web",
		"dmesg",
		"debug-keys q",
		"set-parameters -l",
		"set-parameters loglvl=all",
		"destroy web",
		"why web",
		"why db",
		"events",
		"top -b -i 1",
	};
	struct vcpu_guest_context contexts[4] = {{.flags = 0}};
	char path[128];
	struct row row;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		fake_reset();
		fake_domain(3, "web");
		fake_domain(12, "db")->flags = XEN_DOMINF_shutdown | 3 << XEN_DOMINF_shutdownshift;
		fake.ring = "(XEN) d12v0 crashed\n";
		fake.contexts = contexts;
		journal_end(journal_begin("destroyed", "web", 2));
		run_json(lines[i]);
		if (result) {
			fail_msg("%s: %s", lines[i], printed);
		}
		assert_true(find_row(axl.verb->name, &row));
		for (size_t m = 0; m < row.count; m++) {
			if (to_path(row.members[m], path) && !get(path)) {
				fail_msg("%s has no %s: %s", lines[i], row.members[m], printed);
			}
		}
		check_undocumented(lines[i], &row, "", get(""));
	}
}

/* What failed has the same form everywhere. */
static void test_error(void **state)
{
	struct row row;
	char path[128];

	(void)state;
	fake_reset();
	run_json("domid nope");
	assert_true(find_row("error", &row));
	assert_int_equal(row.count, 5);
	for (size_t m = 0; m < row.count; m++) {
		to_path(row.members[m], path);
		assert_non_null(get(path));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_verb_has_a_row),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
