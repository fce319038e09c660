/* SPDX-License-Identifier: MIT */
/* Where keys were written: in the file, or in which override. */
#include <stdlib.h>
#include <string.h>

#include "schema.h"

#define OVERRIDE_LABEL "<override %d>"

struct config_key_place {
	const char *key; /* of the key table */
	struct config_place place;
};

void place_label(int override, char *buf, size_t size)
{
	snprintf(buf, size, OVERRIDE_LABEL, override);
}

struct config_place place_keep(const struct place *place)
{
	struct config_place kept = {.line = place->line, .column = place->column};

	if (place->file) {
		sscanf(place->file, OVERRIDE_LABEL, &kept.override);
	}
	return kept;
}

void place_note(struct domain_config *cfg, const char *key, const struct place *place)
{
	cfg->places = config_realloc(cfg->places, (cfg->place_count + 1) * sizeof(*cfg->places));
	cfg->places[cfg->place_count++] = (struct config_key_place){
		.key = key,
		.place = place_keep(place),
	};
}

void config_place_of(const struct domain_config *cfg, const char *key, struct config_place *place)
{
	*place = (struct config_place){0};
	for (size_t i = 0; i < cfg->place_count; i++) {
		if (!strcmp(cfg->places[i].key, key)) {
			*place = cfg->places[i].place;
		}
	}
}

void config_place_format(const struct domain_config *cfg, const struct config_place *place,
			 char *buf, size_t size)
{
	char label[40];

	place_label(place->override, label, sizeof(label));
	if (place->line) {
		snprintf(buf, size, "%s:%d:%d", place->override ? label : cfg->source, place->line,
			 place->column);
	} else {
		snprintf(buf, size, "%s", cfg->source);
	}
}
