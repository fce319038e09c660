/* SPDX-License-Identifier: MIT */
/* Reading settings into struct domain_config by the key table. */
#include "schema.h"

#include <stdlib.h>
#include <string.h>

#define HINT_SIZE 128

const struct config_key *schema_find(const char *name)
{
	for (size_t i = 0; i < config_key_count; i++) {
		if (strcmp(config_keys[i].name, name) == 0) {
			return &config_keys[i];
		}
	}
	return NULL;
}

static const char *nth_key(const void *state, size_t i)
{
	(void)state;
	return i < config_key_count ? config_keys[i].name : NULL;
}

static const char *nth_choice(const void *state, size_t i)
{
	const struct key_choice *choices = state;

	return choices[i].name;
}

static void *field(struct reading *reading, const struct config_key *key)
{
	return (char *)reading->cfg + key->offset;
}

static void wrong_type(struct reading *reading, const char *name, const char *expected,
		       const struct value *value)
{
	diag_add(reading->diags, CONFIG_ERROR, &value->place, expected, NULL, "\"%s\" is %s", name,
		 value_type_name(value->type));
	diag_id(reading->diags, "wrong-type");
}

const char *schema_text(struct reading *reading, const char *name, const struct value *value)
{
	if (value->type == VALUE_STRING || value->type == VALUE_NUMBER) {
		return value->text;
	}
	wrong_type(reading, name, "text in quotes", value);
	return NULL;
}

static void read_string(struct reading *reading, const struct config_key *key,
			const struct value *value)
{
	char **out = field(reading, key);

	if (value->type != VALUE_STRING) {
		wrong_type(reading, key->name, "text in quotes", value);
		return;
	}
	free(*out);
	*out = value->text[0] ? config_strdup(value->text) : NULL;
}

/* Numbers may stand in quotes, as xl takes them. */
static bool get_number(const struct value *value, int64_t *number)
{
	if (value->type == VALUE_NUMBER) {
		*number = value->number;
		return true;
	}
	return value->type == VALUE_STRING && value_parse_number(value->text, number);
}

static bool read_in_range(struct reading *reading, const struct config_key *key,
			  const struct value *value, int64_t *number)
{
	const char *unit = key->kind == KEY_MIB ? " of MiB" : "";
	char *expected = config_printf("a whole number%s, %lld to %lld", unit, (long long)key->min,
				       (long long)key->max);
	const char *hint = NULL;
	bool good = get_number(value, number);

	if (!good && value->type == VALUE_STRING) {
		if (key->kind == KEY_MIB && strpbrk(value->text, "kKmMgGtT")) {
			hint = "units are not written: \"2G\" is 2048";
		}
		diag_add(reading->diags, CONFIG_ERROR, &value->place, expected, hint,
			 "\"%s\" is \"%s\"", key->name, value->text);
		diag_id(reading->diags, "wrong-type");
	} else if (!good) {
		wrong_type(reading, key->name, expected, value);
	} else if (*number < key->min || *number > key->max) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, expected, NULL,
			 "\"%s\" is %lld, out of range", key->name, (long long)*number);
		diag_id(reading->diags, "out-of-range");
		good = false;
	}
	free(expected);
	return good;
}

static void read_number(struct reading *reading, const struct config_key *key,
			const struct value *value)
{
	int64_t number;

	if (read_in_range(reading, key, value, &number)) {
		*(uint32_t *)field(reading, key) = (uint32_t)number;
	}
}

static void read_signed(struct reading *reading, const struct config_key *key,
			const struct value *value)
{
	int64_t number;

	if (read_in_range(reading, key, value, &number)) {
		*(int64_t *)field(reading, key) = number;
	}
}

static void read_mib(struct reading *reading, const struct config_key *key,
		     const struct value *value)
{
	int64_t number;

	if (read_in_range(reading, key, value, &number)) {
		*(uint64_t *)field(reading, key) = (uint64_t)number * 1024;
	}
}

static void read_bool(struct reading *reading, const struct config_key *key,
		      const struct value *value)
{
	int64_t number = value->number;

	if (value->type != VALUE_BOOL && !get_number(value, &number)) {
		wrong_type(reading, key->name, "0 or 1", value);
	} else if (number != 0 && number != 1) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, "0 or 1", NULL,
			 "\"%s\" is %lld", key->name, (long long)number);
		diag_id(reading->diags, "out-of-range");
	} else {
		*(bool *)field(reading, key) = number == 1;
	}
}

/* The choice that a word or (where the key allows it) a number names, or NULL. */
static const struct key_choice *find_choice(const struct config_key *key, const struct value *value)
{
	for (const struct key_choice *choice = key->choices; choice->name; choice++) {
		if (value->type == VALUE_STRING && strcmp(choice->name, value->text) == 0) {
			return choice;
		}
		if (value->type == VALUE_NUMBER && key->min < key->max &&
		    choice->value == value->number) {
			return choice;
		}
	}
	return NULL;
}

static char *choices_text(const struct key_choice *choices)
{
	char *text = config_strdup("");

	for (const struct key_choice *choice = choices; choice->name; choice++) {
		char *longer;

		if (choice->refused) {
			continue;
		}
		longer = config_printf("%s%s\"%s\"", text, text[0] ? ", " : "", choice->name);
		free(text);
		text = longer;
	}
	return text;
}

static void read_choice(struct reading *reading, const struct config_key *key,
			const struct value *value)
{
	const struct key_choice *choice = find_choice(key, value);
	char *expected = choices_text(key->choices);
	char hint[HINT_SIZE];

	if (choice && !choice->refused) {
		*(int *)field(reading, key) = choice->value;
	} else if (choice) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, expected, NULL,
			 "\"%s\" cannot be \"%s\": %s", key->name, choice->name, choice->refused);
	} else if (value->type == VALUE_STRING) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, expected,
			 diag_did_you_mean(hint, sizeof(hint), value->text, nth_choice,
					   key->choices),
			 "\"%s\" is \"%s\"", key->name, value->text);
	} else {
		wrong_type(reading, key->name, expected, value);
	}
	free(expected);
}

/* Does the value ask for nothing: 0, "", []? */
static bool is_empty(const struct value *value)
{
	switch (value->type) {
	case VALUE_STRING:
		return value->text[0] == '\0';
	case VALUE_NUMBER:
	case VALUE_BOOL:
		return value->number == 0;
	default:
		return value->count == 0;
	}
}

static void read_custom(struct reading *reading, const struct config_key *key,
			const struct value *value)
{
	key->read(reading, key, value);
}

static void read_nothing(struct reading *reading, const struct config_key *key,
			 const struct value *value)
{
	(void)reading;
	(void)key;
	(void)value;
}

static key_read_fn *const readers[] = {
	[KEY_STRING] = read_string, [KEY_BOOL] = read_bool,       [KEY_NUMBER] = read_number,
	[KEY_SIGNED] = read_signed, [KEY_MIB] = read_mib,         [KEY_CHOICE] = read_choice,
	[KEY_CUSTOM] = read_custom, [KEY_NOTHING] = read_nothing,
};

/* Says what a key's standing means for this configuration. */
static void report_status(struct reading *reading, const struct config_key *key,
			  const struct setting *setting)
{
	char *hint = NULL;

	switch (key->status) {
	case KEY_OK:
		break;
	case KEY_DEPRECATED:
		hint = config_printf("write %s instead", key->note);
		diag_add(reading->diags, CONFIG_WARNING, &setting->place, NULL, hint,
			 "\"%s\" is deprecated", key->name);
		diag_id(reading->diags, "deprecated");
		break;
	case KEY_HVM:
		diag_add(reading->diags, CONFIG_WARNING, &setting->place, NULL,
			 "take it out of the configuration of a PV guest",
			 "\"%s\" is for HVM guests only and is ignored", key->name);
		diag_id(reading->diags, "hvm-only");
		break;
	case KEY_NO_EFFECT:
		diag_add(reading->diags, CONFIG_NOTE, &setting->place, NULL, NULL,
			 "\"%s\" has no effect: %s", key->name, key->note);
		diag_id(reading->diags, "no-effect");
		break;
	case KEY_LATER:
		if (!is_empty(setting->value)) {
			diag_add(reading->diags, CONFIG_ERROR, &setting->place, NULL,
				 "take it out of the configuration", "\"%s\" is not supported yet",
				 key->name);
			diag_id(reading->diags, "not-supported");
		}
		break;
	}
	free(hint);
}

void schema_read(struct reading *reading)
{
	char hint[HINT_SIZE];

	for (struct setting *setting = reading->doc->first; setting; setting = setting->next) {
		const struct config_key *key = schema_find(setting->key);

		if (!key) {
			diag_add(reading->diags, CONFIG_ERROR, &setting->place, NULL,
				 diag_did_you_mean(hint, sizeof(hint), setting->key, nth_key, NULL),
				 "unknown key \"%s\"", setting->key);
			diag_id(reading->diags, "unknown-key");
			continue;
		}
		report_status(reading, key, setting);
		readers[key->kind](reading, key, setting->value);
	}
}
