/* SPDX-License-Identifier: MIT */
/* A small layer over yajl's generator. */
#include "json.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "../config/config.h"
#include "../libctl/error.h"

/* Length of the UTF-8 sequence at s, 0 if it is none. */
static size_t utf8_len(const unsigned char *s)
{
	size_t len = s[0] < 0x80                   ? 1
		     : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		     : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		     : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						   : 0;

	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return len;
}

static void put_string(struct yajl_gen_t *json, const char *text)
{
	unsigned char *copy = (unsigned char *)strdup(text);
	unsigned char *s = copy;

	if (!copy) {
		abort();
	}
	while (*s) {
		size_t len = utf8_len(s);

		if (!len) {
			*s = '?';
			len = 1;
		}
		s += len;
	}
	yajl_gen_string(json, copy, strlen((char *)copy));
	free(copy);
}

static void put_key(struct yajl_gen_t *json, const char *key)
{
	if (key) {
		put_string(json, key);
	}
}

struct yajl_gen_t *json_begin(const char *verb)
{
	struct yajl_gen_t *json = yajl_gen_alloc(NULL);

	if (!json) {
		abort();
	}
	yajl_gen_config(json, yajl_gen_beautify, 1);
	yajl_gen_config(json, yajl_gen_indent_string, "  ");
	yajl_gen_map_open(json);
	json_number(json, "schema", JSON_SCHEMA);
	if (verb) {
		json_string(json, "verb", verb);
	}
	return json;
}

void json_finish(struct yajl_gen_t *json, FILE *out)
{
	const unsigned char *text;
	size_t len;

	yajl_gen_map_close(json);
	if (yajl_gen_get_buf(json, &text, &len) == yajl_gen_status_ok) {
		fwrite(text, 1, len, out);
	}
	yajl_gen_free(json);
}

void json_discard(struct yajl_gen_t *json)
{
	if (json) {
		yajl_gen_free(json);
	}
}

void json_string(struct yajl_gen_t *json, const char *key, const char *value)
{
	put_key(json, key);
	if (value) {
		put_string(json, value);
	} else {
		yajl_gen_null(json);
	}
}

void json_number(struct yajl_gen_t *json, const char *key, uint64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);

	put_key(json, key);
	yajl_gen_number(json, digits, (size_t)len);
}

void json_double(struct yajl_gen_t *json, const char *key, double value)
{
	char digits[64];
	int len = snprintf(digits, sizeof(digits), "%.3f", value);

	put_key(json, key);
	yajl_gen_number(json, digits, (size_t)len);
}

void json_bool(struct yajl_gen_t *json, const char *key, bool value)
{
	put_key(json, key);
	yajl_gen_bool(json, value);
}

void json_map(struct yajl_gen_t *json, const char *key)
{
	put_key(json, key);
	yajl_gen_map_open(json);
}

void json_map_end(struct yajl_gen_t *json)
{
	yajl_gen_map_close(json);
}

void json_array(struct yajl_gen_t *json, const char *key)
{
	put_key(json, key);
	yajl_gen_array_open(json);
}

void json_array_end(struct yajl_gen_t *json)
{
	yajl_gen_array_close(json);
}

#define DEPTH_MAX 16

static void put_value(struct yajl_gen_t *json, yajl_val value, unsigned int depth)
{
	if (depth > DEPTH_MAX || YAJL_IS_NULL(value)) {
		yajl_gen_null(json);
	} else if (YAJL_IS_STRING(value)) {
		put_string(json, YAJL_GET_STRING(value));
	} else if (YAJL_IS_NUMBER(value)) {
		yajl_gen_number(json, YAJL_GET_NUMBER(value), strlen(YAJL_GET_NUMBER(value)));
	} else if (YAJL_IS_ARRAY(value)) {
		yajl_gen_array_open(json);
		for (size_t i = 0; i < value->u.array.len; i++) {
			put_value(json, value->u.array.values[i], depth + 1);
		}
		yajl_gen_array_close(json);
	} else if (YAJL_IS_OBJECT(value)) {
		yajl_gen_map_open(json);
		for (size_t i = 0; i < value->u.object.len; i++) {
			put_string(json, value->u.object.keys[i]);
			put_value(json, value->u.object.values[i], depth + 1);
		}
		yajl_gen_map_close(json);
	} else {
		yajl_gen_bool(json, YAJL_IS_TRUE(value));
	}
}

void json_value(struct yajl_gen_t *json, const char *key, yajl_val value)
{
	put_key(json, key);
	put_value(json, value, 0);
}

void json_error(struct yajl_gen_t *json, const struct ctl_error *err)
{
	json_string(json, "what", err->what);
	json_string(json, "cause", err->cause);
	json_map(json, "numbers");
	for (unsigned int i = 0; i < err->number_count; i++) {
		json_number(json, err->numbers[i].name, err->numbers[i].value);
	}
	json_map_end(json);
	json_string(json, "hint", err->hint);
}

void json_diags(struct yajl_gen_t *json, const struct config_diags *diags)
{
	if (diags->count) {
		put_key(json, "diagnostics");
		config_diags_gen_json(diags, json);
	}
}
