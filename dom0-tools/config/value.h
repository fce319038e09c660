/* SPDX-License-Identifier: MIT */
/*
 * What every syntax of configurations is read into: settings (key = value), each value with the
 * place it was written at. The schema gives them meaning.
 */
#ifndef DOM0_TOOLS_CONFIG_VALUE_H
#define DOM0_TOOLS_CONFIG_VALUE_H

#include "diag.h"

/* Limits of foreign input. */
#define DOC_MAX_BYTES (1024 * 1024)
#define DOC_MAX_DEPTH 8

enum value_type {
	VALUE_STRING,
	VALUE_NUMBER,
	VALUE_BOOL, /* JSON only */
	VALUE_LIST,
	VALUE_MAP, /* JSON only */
};

struct value {
	enum value_type type;
	struct place place;
	const char *key;     /* name of a map's member */
	const char *text;    /* STRING: contents; NUMBER: as it was written */
	bool verbatim;       /* STRING: no escapes, so that columns inside can be told */
	int64_t number;      /* NUMBER; BOOL: 0 or 1 */
	struct value *first; /* LIST, MAP: the elements … */
	struct value *last;
	size_t count;
	struct value *next; /* … linked by this */
};

struct setting {
	const char *key;
	struct place place;
	struct value *value;
	struct setting *next;
};

/* Owns all settings, values and texts read for one configuration. */
struct doc {
	struct arena_chunk *chunks;
	struct setting *first;
	struct setting *last;
};

enum doc_op {
	DOC_SET,
	DOC_APPEND, /* key += value */
};

void *doc_alloc(struct doc *doc, size_t size); /* zeroed, freed with the doc */
char *doc_strndup(struct doc *doc, const char *text, size_t len);
void doc_free(struct doc *doc);

struct value *value_new(struct doc *doc, enum value_type type, const struct place *place);
void value_add(struct value *parent, struct value *child);

/* "text", "a number", … for messages. */
const char *value_type_name(enum value_type type);

/* Reads a whole number: decimal, 0x hexadecimal, 0 octal, sign allowed. */
bool value_parse_number(const char *text, int64_t *number);

/*
 * Adds a setting or changes the one of that name. A key set twice is a warning unless the second
 * time is an override (its file differs). Appending joins text to text and elements to lists.
 */
void doc_set(struct doc *doc, const char *key, const struct place *place, enum doc_op op,
	     struct value *value, struct config_diags *diags);

struct setting *doc_find(const struct doc *doc, const char *key);

/* Readers of the three syntaxes. Mistakes go to diags; what could be read is in doc. `file` must
 * outlive the doc. */
void xlcfg_read(struct doc *doc, const char *file, const char *text, size_t len,
		struct config_diags *diags);
void json_read(struct doc *doc, const char *file, const char *text, size_t len,
	       struct config_diags *diags);
void xml_read(struct doc *doc, const char *file, const char *text, size_t len,
	      struct config_diags *diags);

#endif
