/* SPDX-License-Identifier: MIT */
/* A configuration written out again as JSON, key by key of the schema. */
#include "spec.h"

#include <errno.h>
#include <string.h>
#include <yajl/yajl_gen.h>

static const void *field(const struct domain_config *cfg, const struct config_key *key)
{
	return (const char *)cfg + key->offset;
}

static void dump_string(const struct domain_config *cfg, struct yajl_gen_t *gen,
			const struct config_key *key)
{
	spec_gen_text(gen, key->name, *(char *const *)field(cfg, key));
}

static void dump_bool(const struct domain_config *cfg, struct yajl_gen_t *gen,
		      const struct config_key *key)
{
	if (*(const bool *)field(cfg, key)) {
		spec_gen_tristate(gen, key->name, CONFIG_TRUE);
	}
}

static void dump_number(const struct domain_config *cfg, struct yajl_gen_t *gen,
			const struct config_key *key)
{
	uint32_t number = *(const uint32_t *)field(cfg, key);

	if (number) {
		spec_gen_number(gen, key->name, number);
	}
}

static void dump_signed(const struct domain_config *cfg, struct yajl_gen_t *gen,
			const struct config_key *key)
{
	int64_t number = *(const int64_t *)field(cfg, key);

	if (number) {
		spec_gen_number(gen, key->name, number);
	}
}

static void dump_mib(const struct domain_config *cfg, struct yajl_gen_t *gen,
		     const struct config_key *key)
{
	spec_gen_number(gen, key->name, (int64_t)(*(const uint64_t *)field(cfg, key) / 1024));
}

static void dump_choice(const struct domain_config *cfg, struct yajl_gen_t *gen,
			const struct config_key *key)
{
	int value = *(const int *)field(cfg, key);

	for (const struct key_choice *choice = key->choices; choice->name; choice++) {
		if (choice->value == value && !choice->refused) {
			spec_gen_text(gen, key->name, choice->name);
			return;
		}
	}
}

static void dump_custom(const struct domain_config *cfg, struct yajl_gen_t *gen,
			const struct config_key *key)
{
	if (key->dump) {
		key->dump(cfg, gen, key);
	} else if (strcmp(key->name, "name") == 0) {
		spec_gen_text(gen, key->name, cfg->name);
	}
}

static key_dump_fn *const writers[] = {
	[KEY_STRING] = dump_string, [KEY_BOOL] = dump_bool, [KEY_NUMBER] = dump_number,
	[KEY_SIGNED] = dump_signed, [KEY_MIB] = dump_mib,   [KEY_CHOICE] = dump_choice,
	[KEY_CUSTOM] = dump_custom,
};

void config_gen_json(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	yajl_gen_map_open(gen);
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->status == KEY_OK && key->kind != KEY_NOTHING) {
			writers[key->kind](cfg, gen, key);
		}
	}
	yajl_gen_map_close(gen);
}

int config_print_json(const struct domain_config *cfg, FILE *out)
{
	const unsigned char *text;
	size_t len;
	yajl_gen gen = yajl_gen_alloc(NULL);
	int ret = 0;

	if (!gen) {
		return -ENOMEM;
	}
	yajl_gen_config(gen, yajl_gen_beautify, 1);
	yajl_gen_config(gen, yajl_gen_indent_string, "  ");
	config_gen_json(cfg, gen);
	if (yajl_gen_get_buf(gen, &text, &len) != yajl_gen_status_ok ||
	    fwrite(text, 1, len, out) != len) {
		ret = -EIO;
	}
	yajl_gen_free(gen);
	return ret;
}

const char *config_action_name(enum config_action action)
{
	const struct config_key *key = schema_find("on_crash");

	for (const struct key_choice *choice = key->choices; choice->name; choice++) {
		if (choice->value == (int)action && !choice->refused) {
			return choice->name;
		}
	}
	return "unknown";
}
