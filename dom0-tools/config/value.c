/* SPDX-License-Identifier: MIT */
/* Settings and values, and the arena they live in. */
#include "value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	size_t size;
	_Alignas(16) char data[];
};

#define CHUNK_SIZE 8192

void *doc_alloc(struct doc *doc, size_t size)
{
	struct arena_chunk *chunk = doc->chunks;
	void *memory;

	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		chunk = config_alloc(sizeof(*chunk) + room);
		chunk->size = room;
		chunk->next = doc->chunks;
		doc->chunks = chunk;
	}
	memory = chunk->data + chunk->used;
	chunk->used += size;
	return memory;
}

char *doc_strndup(struct doc *doc, const char *text, size_t len)
{
	char *copy = doc_alloc(doc, len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

void doc_free(struct doc *doc)
{
	struct arena_chunk *chunk = doc->chunks;

	while (chunk) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	*doc = (struct doc){0};
}

struct value *value_new(struct doc *doc, enum value_type type, const struct place *place)
{
	struct value *value = doc_alloc(doc, sizeof(*value));

	value->type = type;
	value->place = *place;
	return value;
}

void value_add(struct value *parent, struct value *child)
{
	if (parent->last) {
		parent->last->next = child;
	} else {
		parent->first = child;
	}
	parent->last = child;
	parent->count++;
}

const char *value_type_name(enum value_type type)
{
	static const char *const names[] = {
		[VALUE_STRING] = "text",        [VALUE_NUMBER] = "a number",
		[VALUE_BOOL] = "true or false", [VALUE_LIST] = "a list",
		[VALUE_MAP] = "an object",
	};

	return names[type];
}

bool value_parse_number(const char *text, int64_t *number)
{
	const char *digits = text + (*text == '-');
	char *end;

	if (*digits < '0' || *digits > '9') {
		return false;
	}
	errno = 0;
	*number = strtoll(text, &end, 0);
	return errno == 0 && *end == '\0';
}

struct setting *doc_find(const struct doc *doc, const char *key)
{
	for (struct setting *setting = doc->first; setting; setting = setting->next) {
		if (strcmp(setting->key, key) == 0) {
			return setting;
		}
	}
	return NULL;
}

static void join_text(struct doc *doc, struct value *old, const struct value *added)
{
	size_t old_len = strlen(old->text);
	size_t len = strlen(added->text);
	char *text = doc_alloc(doc, old_len + len + 1);

	memcpy(text, old->text, old_len);
	memcpy(text + old_len, added->text, len + 1);
	old->text = text;
	old->verbatim = false;
}

static void append(struct doc *doc, struct setting *setting, const struct place *place,
		   struct value *added, struct config_diags *diags)
{
	struct value *old = setting->value;

	if (old->type == VALUE_LIST && added->type == VALUE_LIST) {
		struct value *child = added->first;

		while (child) {
			struct value *next = child->next;

			child->next = NULL;
			value_add(old, child);
			child = next;
		}
	} else if (old->type == VALUE_LIST) {
		value_add(old, added);
	} else if (old->type == VALUE_STRING && added->type == VALUE_STRING) {
		join_text(doc, old, added);
	} else {
		diag_add(diags, CONFIG_ERROR, place, NULL,
			 "+= joins text to text and elements to a list",
			 "cannot add %s to \"%s\", which is %s (line %d)",
			 value_type_name(added->type), setting->key, value_type_name(old->type),
			 old->place.line);
	}
}

void doc_set(struct doc *doc, const char *key, const struct place *place, enum doc_op op,
	     struct value *value, struct config_diags *diags)
{
	struct setting *setting = doc_find(doc, key);

	if (setting && op == DOC_APPEND) {
		append(doc, setting, place, value, diags);
		return;
	}
	if (setting) {
		if (setting->place.file == place->file) {
			diag_add(diags, CONFIG_WARNING, place, NULL, "the last one counts",
				 "\"%s\" is set again (first in line %d)", key,
				 setting->place.line);
			diag_id(diags, "set-twice");
		}
		setting->place = *place;
		setting->value = value;
		return;
	}
	setting = doc_alloc(doc, sizeof(*setting));
	setting->key = key;
	setting->place = *place;
	setting->value = value;
	if (doc->last) {
		doc->last->next = setting;
	} else {
		doc->first = setting;
	}
	doc->last = setting;
}
