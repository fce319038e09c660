/* SPDX-License-Identifier: MIT */
/* name=, the parts of the kernel's command line, and the bootloader's arguments. */
#include "spec.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#define MAX_NAME 127

void name_read(struct reading *reading, const struct config_key *key, const struct value *value)
{
	const char *expected = "1 to 127 characters without / and control characters";
	const char *text = schema_text(reading, key->name, value);

	if (!text) {
		return;
	}
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		/* the last are U+0080 to U+009f, which terminals obey as well */
		if (*c == '/' || *c < ' ' || *c == 0x7f ||
		    (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)) {
			diag_add(reading->diags, CONFIG_ERROR, &value->place, expected, NULL,
				 "\"%s\" cannot be a domain's name", text);
			return;
		}
	}
	if (text[0] == '\0' || strlen(text) > MAX_NAME) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, expected, NULL,
			 "the name has %zu characters", strlen(text));
		return;
	}
	if (strspn(text, "0123456789") == strlen(text)) {
		diag_add(reading->diags, CONFIG_WARNING, &value->place, NULL,
			 "commands take a number for a domain id",
			 "the name \"%s\" looks like a domain id", text);
	}
	free(reading->cfg->name);
	reading->cfg->name = config_strdup(text);
}

void cmdline_read(struct reading *reading, const struct config_key *key, const struct value *value)
{
	const char *text = schema_text(reading, key->name, value);

	if (key->name[0] == 'c') {
		reading->cmdline = text;
	} else if (key->name[0] == 'r') {
		reading->root = text;
	} else {
		reading->extra = text;
	}
}

void cmdline_dump(const struct domain_config *cfg, struct yajl_gen_t *gen,
		  const struct config_key *key)
{
	spec_gen_text(gen, key->name, cfg->cmdline[0] ? cfg->cmdline : NULL);
}

static void add_arg(struct domain_config *cfg, const char *text, size_t len)
{
	cfg->bootloader_args = config_realloc(cfg->bootloader_args,
					      (cfg->bootloader_arg_count + 1) * sizeof(char *));
	cfg->bootloader_args[cfg->bootloader_arg_count++] = config_strndup(text, len);
}

void args_read(struct reading *reading, const struct config_key *key, const struct value *value)
{
	const char *text;

	if (value->type == VALUE_LIST) {
		for (struct value *element = value->first; element; element = element->next) {
			text = schema_text(reading, key->name, element);
			if (text) {
				add_arg(reading->cfg, text, strlen(text));
			}
		}
		return;
	}
	text = schema_text(reading, key->name, value);
	while (text && *text) {
		size_t len;

		text += strspn(text, " \t");
		len = strcspn(text, " \t");
		if (len) {
			add_arg(reading->cfg, text, len);
		}
		text += len;
	}
}

void args_dump(const struct domain_config *cfg, struct yajl_gen_t *gen,
	       const struct config_key *key)
{
	if (cfg->bootloader_arg_count == 0) {
		return;
	}
	yajl_gen_string(gen, (const unsigned char *)key->name, strlen(key->name));
	yajl_gen_array_open(gen);
	for (size_t i = 0; i < cfg->bootloader_arg_count; i++) {
		const char *text = cfg->bootloader_args[i];

		yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
	}
	yajl_gen_array_close(gen);
}
