/* SPDX-License-Identifier: MIT */
/* Collecting and printing what is wrong with a configuration. */
#include "diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

static const char *const severity_names[] = {
	[CONFIG_NOTE] = "note",
	[CONFIG_WARNING] = "warning",
	[CONFIG_ERROR] = "error",
};

static const char *const usual_ids[] = {
	[CONFIG_NOTE] = "note",
	[CONFIG_WARNING] = "warning",
	[CONFIG_ERROR] = "bad-value",
};

/* Length of the sequence that a first byte announces, and the least number it may encode. */
static int sequence_length(unsigned char first, uint32_t *least)
{
	static const struct {
		unsigned char mask, bits;
		uint32_t least;
	} forms[] = {{0x80, 0x00, 0},
		     {0xe0, 0xc0, 0x80},
		     {0xf0, 0xe0, 0x800},
		     {0xf8, 0xf0, 0x10000}};

	for (int i = 0; i < 4; i++) {
		if ((first & forms[i].mask) == forms[i].bits) {
			*least = forms[i].least;
			return i + 1;
		}
	}
	return 0;
}

bool config_is_utf8(const char *text)
{
	while (*text) {
		uint32_t least, number;
		int len = sequence_length((unsigned char)*text, &least);

		if (len == 0) {
			return false;
		}
		number = (unsigned char)*text++ & (len == 1 ? 0x7f : 0xff >> (len + 1));
		while (--len > 0) {
			if (((unsigned char)*text & 0xc0) != 0x80) {
				return false;
			}
			number = number << 6 | ((unsigned char)*text++ & 0x3f);
		}
		if (number < least || number > 0x10ffff || (number >= 0xd800 && number < 0xe000)) {
			return false;
		}
	}
	return true;
}

/* The terminal that shows the message must not obey it, and JSON must be able to hold it. */
static char *printable(char *text)
{
	bool utf8 = config_is_utf8(text);

	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f || (*c & 0x80 && !utf8)) {
			*c = '?';
		} else if ((unsigned char)*c == 0xc2 && (unsigned char)c[1] < 0xa0) {
			/* U+0080 to U+009f */
			*c++ = '?';
			*c = '?';
		}
	}
	return text;
}

void diag_add(struct config_diags *diags, enum config_severity severity, const struct place *place,
	      const char *expected, const char *hint, const char *what, ...)
{
	struct config_diag *diag;
	va_list args;

	if (severity == CONFIG_ERROR) {
		diags->error_count++;
	} else if (severity == CONFIG_WARNING) {
		diags->warning_count++;
	}
	if (diags->count >= DIAG_MAX) {
		return;
	}
	diags->list = config_realloc(diags->list, (diags->count + 1) * sizeof(*diags->list));
	diag = &diags->list[diags->count++];
	*diag = (struct config_diag){.severity = severity, .id = usual_ids[severity]};
	if (place && place->file) {
		diag->file = printable(config_strdup(place->file));
		diag->line = place->line;
		diag->column = place->column;
	}
	va_start(args, what);
	if (vasprintf(&diag->what, what, args) < 0) {
		abort();
	}
	va_end(args);
	printable(diag->what);
	diag->expected = expected ? printable(config_strdup(expected)) : NULL;
	diag->hint = hint ? printable(config_strdup(hint)) : NULL;
}

void diag_id(struct config_diags *diags, const char *id)
{
	if (diags->count) {
		diags->list[diags->count - 1].id = id;
	}
}

void diag_change_ids(struct config_diags *diags, const char *from, const char *to)
{
	for (size_t i = 0; i < diags->count; i++) {
		if (!strcmp(diags->list[i].id, from)) {
			diags->list[i].id = to;
		}
	}
}

/* Does b belong in front of a? Files keep the order they were read in. */
static bool is_after(const struct config_diag *a, const struct config_diag *b)
{
	if (!a->file || !b->file || strcmp(a->file, b->file) != 0) {
		return a->line == 0 && b->line != 0;
	}
	if (a->line == 0 || b->line == 0) {
		return a->line == 0 && b->line != 0;
	}
	return a->line != b->line ? a->line > b->line : a->column > b->column;
}

void diag_sort(struct config_diags *diags)
{
	for (size_t i = 1; i < diags->count; i++) {
		struct config_diag diag = diags->list[i];
		size_t at = i;

		while (at > 0 && is_after(&diags->list[at - 1], &diag)) {
			diags->list[at] = diags->list[at - 1];
			at--;
		}
		diags->list[at] = diag;
	}
}

static void print_place(const struct config_diag *diag, FILE *out)
{
	if (!diag->file) {
		return;
	}
	fprintf(out, "%s:", diag->file);
	if (diag->line > 0) {
		fprintf(out, "%d:", diag->line);
		if (diag->column > 0) {
			fprintf(out, "%d:", diag->column);
		}
	}
	fputc(' ', out);
}

void config_diags_print(const struct config_diags *diags, FILE *out)
{
	for (size_t i = 0; i < diags->count; i++) {
		const struct config_diag *diag = &diags->list[i];

		print_place(diag, out);
		fprintf(out, "%s: %s", severity_names[diag->severity], diag->what);
		if (diag->expected) {
			fprintf(out, "; expected %s", diag->expected);
		}
		if (diag->hint) {
			fprintf(out, "; %s", diag->hint);
		}
		fputc('\n', out);
	}
	if (diags->count == DIAG_MAX) {
		fprintf(out, "… and more: only the first %d findings are shown\n", DIAG_MAX);
	}
}

static void gen_text(struct yajl_gen_t *gen, const char *key, const char *text)
{
	if (text) {
		yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
		yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
	}
}

static void gen_number(struct yajl_gen_t *gen, const char *key, int number)
{
	if (number > 0) {
		yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
		yajl_gen_integer(gen, number);
	}
}

void config_diags_gen_json(const struct config_diags *diags, struct yajl_gen_t *gen)
{
	yajl_gen_array_open(gen);
	for (size_t i = 0; i < diags->count; i++) {
		const struct config_diag *diag = &diags->list[i];

		yajl_gen_map_open(gen);
		gen_text(gen, "id", diag->id);
		gen_text(gen, "severity", severity_names[diag->severity]);
		gen_text(gen, "file", diag->file);
		gen_number(gen, "line", diag->line);
		gen_number(gen, "column", diag->column);
		gen_text(gen, "what", diag->what);
		gen_text(gen, "expected", diag->expected);
		gen_text(gen, "hint", diag->hint);
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}

void config_diags_free(struct config_diags *diags)
{
	for (size_t i = 0; i < diags->count; i++) {
		free(diags->list[i].file);
		free(diags->list[i].what);
		free(diags->list[i].expected);
		free(diags->list[i].hint);
	}
	free(diags->list);
	*diags = (struct config_diags){0};
}

#define WORD_MAX 40

/* Edit distance with swapped neighbours counted as one edit. Both at most WORD_MAX long. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t alen = strlen(a), blen = strlen(b);

	for (size_t j = 0; j <= blen; j++) {
		rows[0][j] = j;
	}
	for (size_t i = 1; i <= alen; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			best = above[j] + 1 < best ? above[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two_above[j - 2] + 1 < best) {
				best = two_above[j - 2] + 1;
			}
			row[j] = best;
		}
	}
	return rows[alen % 3][blen];
}

const char *diag_nearest(const char *word, const char *(*next)(const void *state, size_t i),
			 const void *state)
{
	size_t len = strlen(word);
	size_t limit = len < 3 ? 1 : (len + 2) / 3;
	const char *best = NULL;
	const char *candidate;

	if (len == 0 || len > WORD_MAX) {
		return NULL;
	}
	for (size_t i = 0; (candidate = next(state, i)) != NULL; i++) {
		size_t distance;

		if (strlen(candidate) > WORD_MAX) {
			continue;
		}
		distance = edit_distance(word, candidate);
		/* A word none of whose letters stay is not alike. */
		if (distance <= limit && distance < strlen(candidate)) {
			best = candidate;
			if (distance == 0) {
				break;
			}
			limit = distance - 1;
		}
	}
	return best;
}

const char *diag_did_you_mean(char *buf, size_t size, const char *word,
			      const char *(*next)(const void *state, size_t i), const void *state)
{
	const char *near = diag_nearest(word, next, state);

	if (!near) {
		return NULL;
	}
	snprintf(buf, size, "did you mean \"%s\"?", near);
	return buf;
}

static void *must(void *memory)
{
	if (!memory) {
		fputs("out of memory while reading a configuration\n", stderr);
		abort();
	}
	return memory;
}

void *config_alloc(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *config_realloc(void *old, size_t size)
{
	return must(realloc(old, size));
}

char *config_strdup(const char *text)
{
	return must(strdup(text));
}

char *config_strndup(const char *text, size_t len)
{
	return must(strndup(text, len));
}

char *config_printf(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
	}
	va_end(args);
	return must(text);
}
