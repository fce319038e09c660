/* SPDX-License-Identifier: MIT */
/* The collected lines, kept in order and searched linearly: there are a few hundred. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

#define LINES_MAX 2000
#define LINE_LENGTH 1024

enum kind { KIND_VALUE, KIND_EVENTS, KIND_SKIP, KIND_INFO };

struct line {
	enum kind kind;
	char *column; /* or the name of an info */
	char *key;
	char *text; /* the rest */
};

static struct line lines[LINES_MAX];
static unsigned int line_count;

static char *word_take(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	char *end = word + strcspn(word, " \n");

	*rest = *end == '\0' ? end : end + 1;
	*end = '\0';
	return word;
}

static char *copy(const char *text)
{
	char *c = strdup(text);

	if (c == NULL) {
		perror("report");
		exit(1);
	}
	return c;
}

static bool line_parse(char *text, struct line *l)
{
	static const char *const kinds[] = {
		[KIND_VALUE] = "value",
		[KIND_EVENTS] = "events",
		[KIND_SKIP] = "skip",
		[KIND_INFO] = "info",
	};
	char *rest = text;
	const char *kind = word_take(&rest);

	for (unsigned int k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (strcmp(kind, kinds[k]) != 0) {
			continue;
		}
		l->kind = (enum kind)k;
		l->column = copy(word_take(&rest));
		l->key = copy(k == KIND_INFO ? "" : word_take(&rest));
		rest[strcspn(rest, "\n")] = '\0';
		l->text = copy(rest);
		return l->column[0] != '\0' && (k == KIND_INFO || l->key[0] != '\0');
	}
	return false;
}

void values_read(const char *path)
{
	FILE *f = fopen(path, "r");
	char text[LINE_LENGTH];

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	while (fgets(text, sizeof(text), f) != NULL) {
		if (line_count == LINES_MAX || !line_parse(text, &lines[line_count])) {
			fprintf(stderr, "report: %s: line %u is not understood\n", path,
				line_count + 1);
			exit(1);
		}
		line_count++;
	}
	fclose(f);
}

static const struct line *find(enum kind kind, const char *key, const char *column)
{
	for (unsigned int i = 0; i < line_count; i++) {
		const struct line *l = &lines[i];

		if (l->kind == kind && strcmp(l->key, key) == 0 && strcmp(l->column, column) == 0) {
			return l;
		}
	}
	return NULL;
}

bool value_of_key(const char *key, const char *column, double *value)
{
	const struct line *l = find(KIND_VALUE, key, column);

	if (l != NULL) {
		*value = strtod(l->text, NULL);
	}
	return l != NULL;
}

bool value_find(const struct row *row, const char *column, double *value)
{
	double minus = 0, plus = 0;

	if (!value_of_key(row->key, column, value) ||
	    (row->minus != NULL && !value_of_key(row->minus, column, &minus)) ||
	    (row->plus != NULL && !value_of_key(row->plus, column, &plus))) {
		return false;
	}
	*value = (*value - minus + plus) / (row->divisor > 0 ? row->divisor : 1);
	return true;
}

bool events_find(const char *key, const char *column, struct events *events)
{
	const struct line *l = find(KIND_EVENTS, key, column);
	char *p;

	if (l == NULL) {
		return false;
	}
	/* instructions by the plugin: the value has them already */
	strtod(l->text, &p);
	events->hypervisor = strtod(p, &p);
	events->host_ns = strtod(p, &p);
	for (unsigned int i = 0; i < EVENTS; i++) {
		events->event[i] = strtod(p, &p);
	}
	return true;
}

const char *skip_reason(const char *key, const char *column)
{
	const struct line *l = find(KIND_SKIP, key, column);

	return l != NULL ? l->text : NULL;
}

bool info_get(unsigned int n, const char **name, const char **text)
{
	for (unsigned int i = 0; i < line_count; i++) {
		if (lines[i].kind == KIND_INFO && n-- == 0) {
			*name = lines[i].column;
			*text = lines[i].text;
			return true;
		}
	}
	return false;
}
