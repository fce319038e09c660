/* SPDX-License-Identifier: MIT */
/* Reading and writing sets of CPUs. */
#include "cpumap.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libctl/pool.h"
#include "../libctl/sysctl.h"

struct reading {
	struct axl *axl;
	const char *what;
	const char *text;
	unsigned int cpus;
	struct xen_sysctl_cputopo *topology; /* read when a node is named */
	int topology_count;
	struct config_cpumap *map;
};

unsigned int cpumap_host_cpus(struct axl *axl)
{
	struct xen_sysctl_physinfo machine;

	if (ctl_physinfo(axl->ctl, &machine) || machine.max_cpu_id >= CONFIG_MAX_CPUS) {
		return 1;
	}
	return machine.max_cpu_id + 1;
}

static int bad(const struct reading *r, const char *format, unsigned long number)
{
	char cause[128];

	/* cppcheck-suppress wrongPrintfScanfArgNum */
	snprintf(cause, sizeof(cause), format, number);
	ctl_error_set(&r->axl->err, "bad-cpus", "\"%s\" cannot be %s", r->text, r->what);
	ctl_error_cause(&r->axl->err, "%s", cause);
	ctl_error_number(&r->axl->err, "cpus", r->cpus);
	ctl_error_hint(&r->axl->err,
		       "CPUs are 0 to %u, e.g. \"0-3,^2\", \"all\", \"node:0\"; axl info -n "
		       "lists them",
		       r->cpus - 1);
	return -EINVAL;
}

static void change(struct reading *r, unsigned int cpu, bool on)
{
	uint64_t bit = 1ULL << (cpu % 64);

	if (on) {
		r->map->bits[cpu / 64] |= bit;
	} else {
		r->map->bits[cpu / 64] &= ~bit;
	}
}

static int change_cpus(struct reading *r, unsigned long first, unsigned long last, bool on)
{
	if (last >= r->cpus) {
		return bad(r, "there is no CPU %lu", last);
	}
	for (unsigned long cpu = first; cpu <= last; cpu++) {
		change(r, (unsigned int)cpu, on);
	}
	return 0;
}

static int change_nodes(struct reading *r, unsigned long first, unsigned long last, bool on)
{
	bool found = false;

	if (!r->topology) {
		r->topology_count = ctl_cpu_topology(r->axl->ctl, &r->topology);
	}
	for (int i = 0; i < r->topology_count && (unsigned int)i < r->cpus; i++) {
		if (r->topology[i].node >= first && r->topology[i].node <= last) {
			change(r, (unsigned int)i, on);
			found = true;
		}
	}
	return found ? 0 : bad(r, "there is no node %lu", first);
}

static const char *read_number(const char *text, unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)*text)) {
		return NULL;
	}
	*number = strtoul(text, &end, 10);
	return end;
}

/* One part, up to a comma or the end; returns what follows, or NULL with an error. */
static const char *read_part(struct reading *r, const char *text)
{
	bool on = *text != '^', nodes = false;
	unsigned long first = 0, last = 0;
	int ret;

	text += !on;
	if (!strncmp(text, "node:", 5) || !strncmp(text, "nodes:", 6)) {
		nodes = true;
		text = strchr(text, ':') + 1;
		on = on && *text != '^';
		text += *text == '^';
	}
	if (!strncmp(text, "all", 3)) {
		text += 3;
		last = nodes ? UINT32_MAX : r->cpus - 1;
	} else {
		text = read_number(text, &first);
		last = first;
		if (text && *text == '-') {
			text = read_number(text + 1, &last);
		}
	}
	if (!text || (*text && *text != ',') || last < first) {
		bad(r, "it is no list of CPUs", 0);
		return NULL;
	}
	ret = nodes ? change_nodes(r, first, last, on) : change_cpus(r, first, last, on);
	return ret ? NULL : text;
}

static bool is_empty(const struct config_cpumap *map)
{
	for (size_t i = 0; i < CONFIG_MAX_CPUS / 64; i++) {
		if (map->bits[i]) {
			return false;
		}
	}
	return true;
}

int cpumap_parse(struct axl *axl, const char *what, const char *text, unsigned int cpus,
		 struct config_cpumap *map)
{
	struct reading r = {.axl = axl, .what = what, .text = text, .cpus = cpus, .map = map};
	const char *next = text;

	*map = (struct config_cpumap){0};
	do {
		next = read_part(&r, next);
	} while (next && *next++ == ',');
	free(r.topology);
	if (!next) {
		return -EINVAL;
	}
	return is_empty(map) ? bad(&r, "no CPU is left", 0) : 0;
}

static struct axl *config_reader;

static int read_nodes(const char *text, struct config_cpumap *map)
{
	int ret = axl_need_ctl(config_reader);

	return ret ? ret
		   : cpumap_parse(config_reader, "cpus=", text, cpumap_host_cpus(config_reader),
				  map);
}

void cpumap_serve_config(struct axl *axl)
{
	config_reader = axl;
	config_node_cpus = read_nodes;
}

void cpumap_format(const struct config_cpumap *map, unsigned int cpus, char text[CPUMAP_TEXT])
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < cpus && used < CPUMAP_TEXT; i++) {
		unsigned int first = i;

		if (!cpumap_has(map, i)) {
			continue;
		}
		while (i + 1 < cpus && cpumap_has(map, i + 1)) {
			i++;
		}
		if (first == 0 && i == cpus - 1) {
			snprintf(text, CPUMAP_TEXT, "all");
			return;
		}
		used += (size_t)snprintf(text + used, CPUMAP_TEXT - used, "%s%u", used ? "," : "",
					 first);
		if (i != first && used < CPUMAP_TEXT) {
			used += (size_t)snprintf(text + used, CPUMAP_TEXT - used, "-%u", i);
		}
	}
	if (!used) {
		snprintf(text, CPUMAP_TEXT, "none");
	}
}
