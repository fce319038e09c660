/* SPDX-License-Identifier: MIT */
/* Taking the elements of disk= and vif= apart. */
#include "spec.h"

#include <string.h>
#include <yajl/yajl_gen.h>

#define MAX_DOMAIN_NAME 255 /* as name= has it */

void spec_open(struct spec *spec, struct doc *doc, const struct value *value, const char *rest_key)
{
	*spec = (struct spec){.doc = doc, .place = value->place, .rest_key = rest_key};
	if (value->type == VALUE_MAP) {
		spec->member = value->first;
		return;
	}
	spec->start = value->text;
	spec->next = value->text;
	spec->verbatim = value->verbatim;
	spec->place.column += value->verbatim; /* the opening quote */
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

static char *trimmed(struct doc *doc, const char *start, const char *end)
{
	while (start < end && is_blank(*start)) {
		start++;
	}
	while (end > start && is_blank(end[-1])) {
		end--;
	}
	return doc_strndup(doc, start, (size_t)(end - start));
}

static bool next_member(struct spec *spec, struct spec_item *item, struct config_diags *diags)
{
	while (spec->member) {
		const struct value *member = spec->member;

		spec->member = member->next;
		item->key = member->key;
		item->place = member->place;
		if (member->type == VALUE_STRING || member->type == VALUE_NUMBER) {
			item->value = member->text;
			return true;
		}
		if (member->type == VALUE_BOOL) {
			item->value = member->number ? "1" : "0";
			return true;
		}
		diag_add(diags, CONFIG_ERROR, &member->place, "text, a number, true or false", NULL,
			 "\"%s\" is %s", member->key, value_type_name(member->type));
	}
	return false;
}

bool spec_next(struct spec *spec, struct spec_item *item, struct config_diags *diags)
{
	const char *start = spec->next;
	const char *end, *key_end;

	*item = (struct spec_item){.place = spec->place};
	if (!spec->start) {
		return next_member(spec, item, diags);
	}
	if (!start) {
		return false;
	}
	while (is_blank(*start)) {
		start++;
	}
	if (spec->verbatim) {
		item->place.column += (int)(start - spec->start);
	}
	end = start + strcspn(start, ",");
	key_end = start;
	while (is_key_char(*key_end)) {
		key_end++;
	}
	if (key_end > start) {
		const char *equals = key_end;

		while (is_blank(*equals)) {
			equals++;
		}
		if (*equals == '=') {
			item->key = doc_strndup(spec->doc, start, (size_t)(key_end - start));
			if (spec->rest_key && strcmp(item->key, spec->rest_key) == 0) {
				end = start + strlen(start);
			}
			start = equals + 1;
		}
	}
	item->value = trimmed(spec->doc, start, end);
	spec->next = *end ? end + 1 : NULL;
	return true;
}

void spec_each(struct reading *reading, const struct config_key *key, const struct value *value,
	       void (*each)(struct reading *reading, const struct value *element))
{
	const char *expected = "a list of texts, [ 'a', 'b' ]";
	const struct value *element;

	if (value->type != VALUE_LIST) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, expected,
			 value->type == VALUE_STRING ? "put it in [ ]" : NULL, "\"%s\" is %s",
			 key->name, value_type_name(value->type));
		return;
	}
	for (element = value->first; element; element = element->next) {
		if (element->type == VALUE_STRING || element->type == VALUE_MAP) {
			each(reading, element);
		} else {
			diag_add(reading->diags, CONFIG_ERROR, &element->place, "text in quotes",
				 NULL, "an element of \"%s\" is %s", key->name,
				 value_type_name(element->type));
		}
	}
}

bool spec_is_ifname(const char *name)
{
	size_t len = strlen(name);

	/* Programs that are given the name would take a leading - for an option. */
	if (len == 0 || len > 15 || name[0] == '-' || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0) {
		return false;
	}
	for (; *name; name++) {
		if ((unsigned char)*name <= ' ' || *name == '/' || *name == ':' || *name == 0x7f) {
			return false;
		}
	}
	return true;
}

bool spec_is_own_backend(const char *name)
{
	return strcmp(name, "0") == 0 || strcmp(name, "Domain-0") == 0;
}

bool spec_is_domain(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > MAX_DOMAIN_NAME) {
		return false;
	}
	for (; *name; name++) {
		if ((unsigned char)*name < ' ' || *name == '/' || *name == 0x7f) {
			return false;
		}
	}
	return true;
}

void spec_gen_text(struct yajl_gen_t *gen, const char *key, const char *text)
{
	if (text) {
		yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
		yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
	}
}

void spec_gen_number(struct yajl_gen_t *gen, const char *key, int64_t number)
{
	yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	yajl_gen_integer(gen, number);
}

void spec_gen_tristate(struct yajl_gen_t *gen, const char *key, enum config_tristate state)
{
	if (state != CONFIG_UNSET) {
		yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
		yajl_gen_bool(gen, state == CONFIG_TRUE);
	}
}
