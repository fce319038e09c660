/* SPDX-License-Identifier: MIT */
/* Configurations written as JSON: one object, its members named like the keys of xl.cfg. */
#include "value.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

struct json_reader {
	struct doc *doc;
	struct config_diags *diags;
	const char *file;
	const char *text;
	size_t len;
	yajl_handle yajl;
	struct value *open[DOC_MAX_DEPTH + 1]; /* the lists and objects we are in */
	size_t depth;
	const char *key; /* of the value to come */
	struct place key_place;
	bool stopped; /* a mistake was reported, yajl's own message adds nothing */
	/* lines are counted on from here */
	size_t counted;
	int line;
	size_t line_start;
};

/* Where the token that ends at yajl's present position starts. */
static struct place token_place(struct json_reader *reader, size_t token_len)
{
	size_t end = yajl_get_bytes_consumed(reader->yajl);
	size_t start = end > token_len ? end - token_len : 0;

	if (start > reader->len) {
		start = reader->len;
	}
	while (reader->counted < start) {
		if (reader->text[reader->counted++] == '\n') {
			reader->line++;
			reader->line_start = reader->counted;
		}
	}
	return (struct place){reader->file, reader->line, (int)(start - reader->line_start) + 1};
}

/* Length of the string token that ends here, quotes and escapes included. */
static size_t string_token_len(struct json_reader *reader)
{
	size_t end = yajl_get_bytes_consumed(reader->yajl);
	size_t at;

	if (end < 2 || end > reader->len || reader->text[end - 1] != '"') {
		return 0;
	}
	for (at = end - 2; at > 0; at--) {
		size_t slashes = 0;

		if (reader->text[at] != '"') {
			continue;
		}
		while (slashes < at && reader->text[at - 1 - slashes] == '\\') {
			slashes++;
		}
		if (slashes % 2 == 0) {
			break;
		}
	}
	return end - at;
}

static int stop(struct json_reader *reader)
{
	reader->stopped = true;
	return 0;
}

/* Puts a value where it belongs. */
static int add(struct json_reader *reader, struct value *value)
{
	struct value *parent = reader->depth ? reader->open[reader->depth - 1] : NULL;

	if (!parent) {
		if (value->type != VALUE_MAP) {
			diag_add(reader->diags, CONFIG_ERROR, &value->place, "an object, { … }",
				 NULL, "the configuration is %s", value_type_name(value->type));
			return stop(reader);
		}
	} else if (reader->depth == 1) {
		doc_set(reader->doc, reader->key, &reader->key_place, DOC_SET, value,
			reader->diags);
	} else {
		if (parent->type == VALUE_MAP) {
			value->key = reader->key;
		}
		value_add(parent, value);
	}
	if (value->type != VALUE_LIST && value->type != VALUE_MAP) {
		return 1;
	}
	if (reader->depth > DOC_MAX_DEPTH) {
		diag_add(reader->diags, CONFIG_ERROR, &value->place, NULL, NULL,
			 "values are nested deeper than %d", DOC_MAX_DEPTH);
		return stop(reader);
	}
	reader->open[reader->depth++] = value;
	return 1;
}

static int on_null(void *ctx)
{
	struct json_reader *reader = ctx;
	struct place place = token_place(reader, 4);

	diag_add(reader->diags, CONFIG_ERROR, &place, "text, a number, true, false or a list",
		 "leave the key out", "a value is null");
	return stop(reader);
}

static int on_boolean(void *ctx, int on)
{
	struct json_reader *reader = ctx;
	struct place place = token_place(reader, on ? 4 : 5);
	struct value *value = value_new(reader->doc, VALUE_BOOL, &place);

	value->number = on;
	return add(reader, value);
}

static int on_number(void *ctx, const char *text, size_t len)
{
	struct json_reader *reader = ctx;
	struct place place = token_place(reader, len);
	struct value *value = value_new(reader->doc, VALUE_NUMBER, &place);

	value->text = doc_strndup(reader->doc, text, len);
	if (!value_parse_number(value->text, &value->number)) {
		diag_add(reader->diags, CONFIG_ERROR, &place, "a whole number", NULL,
			 "\"%s\" is not a whole number of at most 63 bits", value->text);
	}
	return add(reader, value);
}

static char *copy_string(struct json_reader *reader, const unsigned char *text, size_t len,
			 const struct place *place)
{
	if (memchr(text, 0, len)) {
		diag_add(reader->diags, CONFIG_ERROR, place, NULL, NULL,
			 "text with a character of value 0");
		return NULL;
	}
	return doc_strndup(reader->doc, (const char *)text, len);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	struct json_reader *reader = ctx;
	size_t token_len = string_token_len(reader);
	struct place place = token_place(reader, token_len);
	struct value *value = value_new(reader->doc, VALUE_STRING, &place);

	value->text = copy_string(reader, text, len, &place);
	value->verbatim = token_len == len + 2;
	return value->text ? add(reader, value) : stop(reader);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
	struct json_reader *reader = ctx;

	reader->key_place = token_place(reader, string_token_len(reader));
	reader->key = copy_string(reader, text, len, &reader->key_place);
	return reader->key ? 1 : stop(reader);
}

static int open_value(struct json_reader *reader, enum value_type type)
{
	struct place place = token_place(reader, 1);

	return add(reader, value_new(reader->doc, type, &place));
}

static int on_map(void *ctx)
{
	return open_value(ctx, VALUE_MAP);
}

static int on_list(void *ctx)
{
	return open_value(ctx, VALUE_LIST);
}

static int on_close(void *ctx)
{
	struct json_reader *reader = ctx;

	reader->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_map_key = on_key,
	.yajl_start_map = on_map,
	.yajl_end_map = on_close,
	.yajl_start_array = on_list,
	.yajl_end_array = on_close,
};

/* yajl's message without its own prefix and line end. */
static void report_syntax(struct json_reader *reader)
{
	unsigned char *message = yajl_get_error(reader->yajl, 0, NULL, 0);
	struct place place = token_place(reader, 1);
	char *colon = message ? strchr((char *)message, ':') : NULL;
	char *text = config_strdup(colon ? colon + 2 : "it ends too early");

	text[strcspn(text, "\n")] = '\0';
	diag_add(reader->diags, CONFIG_ERROR, &place, NULL, NULL, "JSON: %s", text);
	free(text);
	if (message) {
		yajl_free_error(reader->yajl, message);
	}
}

/* What export and create -n print with --json is a result: {"schema": 1, …, "config": {…}}. */
static void unwrap(struct doc *doc)
{
	const struct setting *config = doc_find(doc, "config");

	if (!config || config->value->type != VALUE_MAP || !doc_find(doc, "schema")) {
		return;
	}
	doc->first = doc->last = NULL;
	for (struct value *value = config->value->first; value; value = value->next) {
		doc_set(doc, value->key, &value->place, DOC_SET, value, NULL);
	}
}

void json_read(struct doc *doc, const char *file, const char *text, size_t len,
	       struct config_diags *diags)
{
	struct json_reader reader = {
		.doc = doc,
		.diags = diags,
		.file = file,
		.text = text,
		.len = len,
		.line = 1,
	};
	yajl_status status;

	reader.yajl = yajl_alloc(&callbacks, NULL, &reader);
	if (!reader.yajl) {
		abort();
	}
	yajl_config(reader.yajl, yajl_allow_comments, 1);
	status = yajl_parse(reader.yajl, (const unsigned char *)text, len);
	if (status == yajl_status_ok) {
		status = yajl_complete_parse(reader.yajl);
	}
	if (status != yajl_status_ok && !reader.stopped) {
		report_syntax(&reader);
	}
	yajl_free(reader.yajl);
	unwrap(doc);
}
