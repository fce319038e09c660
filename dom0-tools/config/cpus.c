/* SPDX-License-Identifier: MIT */
/* cpus= and cpus_soft=: sets of physical CPUs, written "0-3,^1". */
#include "spec.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

int (*config_node_cpus)(const char *text, struct config_cpumap *map);

static const char cpus_expected[] =
	"CPUs like \"0-3,^1\" (numbers below 1024, ^ takes away) or \"all\"";

static void set_range(struct config_cpumap *map, unsigned int first, unsigned int last, bool on)
{
	for (unsigned int cpu = first; cpu <= last; cpu++) {
		uint64_t bit = 1ULL << (cpu % 64);

		if (on) {
			map->bits[cpu / 64] |= bit;
		} else {
			map->bits[cpu / 64] &= ~bit;
		}
	}
}

static const char *parse_cpu(const char *text, unsigned int *cpu)
{
	unsigned int number = 0;

	if (*text < '0' || *text > '9') {
		return NULL;
	}
	while (*text >= '0' && *text <= '9') {
		number = number * 10 + (unsigned int)(*text++ - '0');
		if (number >= CONFIG_MAX_CPUS) {
			return NULL;
		}
	}
	*cpu = number;
	return text;
}

/* One part, "all", "3", "0-3" or one of them after ^. Returns what follows it, or NULL. */
static const char *parse_part(const char *text, struct config_cpumap *map)
{
	bool on = *text != '^';
	unsigned int first, last;

	text += !on;
	if (strncmp(text, "all", 3) == 0) {
		set_range(map, 0, CONFIG_MAX_CPUS - 1, on);
		return text + 3;
	}
	text = parse_cpu(text, &first);
	if (!text) {
		return NULL;
	}
	last = first;
	if (*text == '-') {
		text = parse_cpu(text + 1, &last);
	}
	if (!text || last < first) {
		return NULL;
	}
	set_range(map, first, last, on);
	return text;
}

static bool is_map_empty(const struct config_cpumap *map)
{
	for (size_t i = 0; i < CONFIG_MAX_CPUS / 64; i++) {
		if (map->bits[i]) {
			return false;
		}
	}
	return true;
}

static bool parse_map(const char *text, struct config_cpumap *map)
{
	*map = (struct config_cpumap){0};
	for (;;) {
		text += strspn(text, " \t");
		text = parse_part(text, map);
		if (!text) {
			return false;
		}
		text += strspn(text, " \t");
		if (*text == '\0') {
			return !is_map_empty(map);
		}
		if (*text++ != ',') {
			return false;
		}
	}
}

static void add_map(struct reading *reading, const struct config_key *key,
		    const struct value *value, struct config_cpumap **maps, size_t *count)
{
	const char *text = schema_text(reading, key->name, value);
	struct config_cpumap map;

	if (!text) {
		return;
	}
	if (strstr(text, "node")) {
		if (!config_node_cpus || config_node_cpus(text, &map)) {
			diag_add(reading->diags, CONFIG_ERROR, &value->place, cpus_expected, NULL,
				 "\"%s\" in \"%s\" names no NUMA nodes of this machine", text,
				 key->name);
			return;
		}
	} else if (!parse_map(text, &map)) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, cpus_expected, NULL,
			 "\"%s\" is \"%s\"", key->name, text);
		return;
	}
	*maps = config_realloc(*maps, (*count + 1) * sizeof(map));
	(*maps)[(*count)++] = map;
}

static bool is_soft(const struct config_key *key)
{
	return strcmp(key->name, "cpus_soft") == 0;
}

void cpus_read(struct reading *reading, const struct config_key *key, const struct value *value)
{
	struct domain_config *cfg = reading->cfg;
	struct config_cpumap **maps = is_soft(key) ? &cfg->cpus_soft : &cfg->cpus;
	size_t *count = is_soft(key) ? &cfg->cpus_soft_count : &cfg->cpus_count;

	if (value->type != VALUE_LIST) {
		add_map(reading, key, value, maps, count);
		return;
	}
	if (value->count > CONFIG_MAX_CPUS) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, NULL, NULL,
			 "\"%s\" has %zu elements, more than any guest has vCPUs", key->name,
			 value->count);
		return;
	}
	for (const struct value *element = value->first; element; element = element->next) {
		add_map(reading, key, element, maps, count);
	}
}

/* vCPUs that a list leaves out may run anywhere. */
static void finish(struct reading *reading, const char *name, struct config_cpumap **maps,
		   size_t *count)
{
	const struct setting *setting = doc_find(reading->doc, name);
	uint32_t vcpus = reading->cfg->maxvcpus;

	if (!setting || setting->value->type != VALUE_LIST || *count == 0) {
		return;
	}
	if (*count > vcpus) {
		diag_add(reading->diags, CONFIG_ERROR, &setting->value->place, NULL, NULL,
			 "\"%s\" has %zu elements, but the guest has %u vCPUs", name, *count,
			 vcpus);
		return;
	}
	*maps = config_realloc(*maps, vcpus * sizeof(**maps));
	while (*count < vcpus) {
		memset(&(*maps)[(*count)++], 0xff, sizeof(**maps));
	}
}

void cpus_finish(struct reading *reading)
{
	finish(reading, "cpus", &reading->cfg->cpus, &reading->cfg->cpus_count);
	finish(reading, "cpus_soft", &reading->cfg->cpus_soft, &reading->cfg->cpus_soft_count);
}

static bool has_cpu(const struct config_cpumap *map, unsigned int cpu)
{
	return cpu < CONFIG_MAX_CPUS && map->bits[cpu / 64] >> (cpu % 64) & 1;
}

char *config_cpus_format(const struct config_cpumap *map)
{
	char *text = config_strdup("");

	for (unsigned int cpu = 0; cpu < CONFIG_MAX_CPUS; cpu++) {
		unsigned int last = cpu;
		char *longer;

		if (!has_cpu(map, cpu)) {
			continue;
		}
		while (has_cpu(map, last + 1)) {
			last++;
		}
		if (last - cpu == CONFIG_MAX_CPUS - 1) {
			free(text);
			return config_strdup("all");
		}
		longer = last > cpu
				 ? config_printf("%s%s%u-%u", text, text[0] ? "," : "", cpu, last)
				 : config_printf("%s%s%u", text, text[0] ? "," : "", cpu);
		free(text);
		text = longer;
		cpu = last;
	}
	return text;
}

static void dump_map(struct yajl_gen_t *gen, const struct config_cpumap *map)
{
	char *text = config_cpus_format(map);

	yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
	free(text);
}

void cpus_dump(const struct domain_config *cfg, struct yajl_gen_t *gen,
	       const struct config_key *key)
{
	const struct config_cpumap *maps = is_soft(key) ? cfg->cpus_soft : cfg->cpus;
	size_t count = is_soft(key) ? cfg->cpus_soft_count : cfg->cpus_count;

	if (count == 0) {
		return;
	}
	yajl_gen_string(gen, (const unsigned char *)key->name, strlen(key->name));
	if (count == 1 && cfg->maxvcpus > 1) {
		dump_map(gen, &maps[0]);
		return;
	}
	yajl_gen_array_open(gen);
	for (size_t i = 0; i < count; i++) {
		dump_map(gen, &maps[i]);
	}
	yajl_gen_array_close(gen);
}
