/* SPDX-License-Identifier: MIT */
/* Running a verb as main() would, with its output caught. */
#include "fake_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/journal.h"
#include "../../../dom0-tools/axl/json.h"
#include "../../../dom0-tools/axl/verbs.h"

char *printed;
int result;
struct axl axl;
static yajl_val tree;

static void run_as(bool json, const char *line)
{
	char copy[256], *argv[16], *next = copy, *word;
	FILE *out = tmpfile();
	int saved, argc = 0;
	size_t matches;
	long len;

	snprintf(copy, sizeof(copy), "%s", line);
	while ((word = strsep(&next, " "))) {
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	memset(&axl, 0, sizeof(axl));
	axl.verb = verb_find(verbs, verb_count, argv[0], &matches);
	assert_non_null(axl.verb);
	axl.json = json ? json_begin(axl.verb->name) : NULL;
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fileno(out), STDOUT_FILENO);
	result = axl.verb->run(&axl, argc, argv);
	journal_run(&axl, result);
	if (result && axl.json && axl.err.id[0]) {
		axl_print_error(&axl);
		json_discard(axl.json);
	} else if (axl.json) {
		json_finish(axl.json, stdout);
	}
	config_diags_free(&axl.diags);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	fseek(out, 0, SEEK_END);
	len = ftell(out);
	rewind(out);
	free(printed);
	printed = calloc(1, (size_t)len + 1);
	assert_int_equal(fread(printed, 1, (size_t)len, out), len);
	fclose(out);
}

void run(const char *line)
{
	run_as(false, line);
}

void refused(const char *line, const char *id, const char *cause)
{
	run(line);
	assert_true(result < 0);
	assert_string_equal(axl.err.id, id);
	assert_string_equal(axl.err.cause, cause);
	assert_string_equal(printed, "");
}

yajl_val get(const char *path)
{
	char copy[128], *next = path[0] ? copy : NULL, *key;
	yajl_val value = tree;

	snprintf(copy, sizeof(copy), "%s", path);
	while (value && (key = strsep(&next, "/"))) {
		if (YAJL_IS_ARRAY(value)) {
			size_t i = strtoul(key, NULL, 10);

			value = i < value->u.array.len ? value->u.array.values[i] : NULL;
		} else {
			const char *keys[] = {key, NULL};

			value = yajl_tree_get(value, keys, yajl_t_any);
		}
	}
	return value;
}

void run_json(const char *line)
{
	char message[256] = "";

	run_as(true, line);
	yajl_tree_free(tree);
	tree = yajl_tree_parse(printed, message, sizeof(message));
	assert_string_equal(message, "");
	assert_non_null(tree);
	assert_int_equal(YAJL_GET_INTEGER(get("schema")), JSON_SCHEMA);
	assert_string_equal(YAJL_GET_STRING(get("verb")), axl.verb->name);
	assert_true(!get("error") == (!result || get("ok"))); /* a report is no error */
}

int run_forget(void **state)
{
	(void)state;
	free(printed);
	yajl_tree_free(tree);
	return 0;
}
