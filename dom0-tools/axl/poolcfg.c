/* SPDX-License-Identifier: MIT */
/* Reading the configuration of a CPU pool with the scanner of domain configurations. */
#include "poolcfg.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config/value.h"
#include "../libctl/sysctl.h"
#include "cpumap.h"

#define MAX_TEXT 65536

struct reading {
	struct axl *axl;
	struct pool_config *cfg;
	unsigned int cpus;
};

static void mistake(struct reading *r, const struct setting *setting, const char *expected,
		    const char *what)
{
	diag_add(&r->axl->diags, CONFIG_ERROR, &setting->value->place, expected, NULL, "\"%s\" %s",
		 setting->key, what);
}

static void read_name(struct reading *r, const struct setting *setting)
{
	const char *text = setting->value->text;

	if (setting->value->type != VALUE_STRING || !text[0] || strlen(text) >= POOL_NAME_MAX ||
	    isdigit((unsigned char)text[0]) || strchr(text, '/')) {
		mistake(r, setting, "1 to 63 characters in quotes, no digit first, no slash",
			"cannot be a pool's name");
		return;
	}
	snprintf(r->cfg->name, sizeof(r->cfg->name), "%s", text);
}

static void read_sched(struct reading *r, const struct setting *setting)
{
	if (setting->value->type != VALUE_STRING ||
	    scheduler_id(setting->value->text, &r->cfg->sched_id)) {
		mistake(r, setting, "\"credit\", \"credit2\", \"rtds\", \"arinc653\" or \"null\"",
			"names no scheduler");
	}
}

/* Adds one element, "3", "0-2", or a number, of cpus= or (with the prefix) of nodes=. */
static void add_cpus(struct reading *r, const struct setting *setting, const struct value *value,
		     const char *prefix)
{
	struct config_cpumap map;
	char text[512];

	if (value->type != VALUE_STRING && value->type != VALUE_NUMBER) {
		mistake(r, setting, "CPUs like [\"0-3\", \"5\"]", "is no list of CPUs");
		return;
	}
	snprintf(text, sizeof(text), "%s%s", prefix, value->text);
	if (cpumap_parse(r->axl, "part of a CPU pool", text, r->cpus, &map)) {
		mistake(r, setting, r->axl->err.hint, r->axl->err.cause);
		return;
	}
	for (size_t i = 0; i < CONFIG_MAX_CPUS / 64; i++) {
		r->cfg->cpus.bits[i] |= map.bits[i];
	}
	r->cfg->cpus_set = true;
}

static void read_cpus(struct reading *r, const struct setting *setting)
{
	const char *prefix = strcmp(setting->key, "nodes") == 0 ? "node:" : "";

	if (setting->value->type != VALUE_LIST) {
		add_cpus(r, setting, setting->value, prefix);
		return;
	}
	for (const struct value *one = setting->value->first; one; one = one->next) {
		add_cpus(r, setting, one, prefix);
	}
}

static const struct {
	const char *name;
	void (*read)(struct reading *r, const struct setting *setting);
} keys[] = {
	{"name", read_name},
	{"sched", read_sched},
	{"cpus", read_cpus},
	{"nodes", read_cpus},
};

static void read_settings(struct reading *r, const struct doc *doc)
{
	for (const struct setting *s = doc->first; s; s = s->next) {
		size_t i = 0;

		while (i < sizeof(keys) / sizeof(keys[0]) && strcmp(keys[i].name, s->key) != 0) {
			i++;
		}
		if (i < sizeof(keys) / sizeof(keys[0])) {
			keys[i].read(r, s);
		} else {
			mistake(r, s, "name, sched, cpus or nodes", "is no key of a CPU pool");
		}
	}
}

static int read_file(struct axl *axl, struct doc *doc, const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = in ? malloc(MAX_TEXT + 1) : NULL;
	size_t len = 0;
	int ret = 0;

	if (!text) {
		ret = in ? -ENOMEM : -errno;
	} else {
		len = fread(text, 1, MAX_TEXT + 1, in);
		ret = ferror(in) ? -EIO : len > MAX_TEXT ? -EFBIG : 0;
	}
	if (!ret) {
		xlcfg_read(doc, path, text, len, &axl->diags);
	} else {
		ctl_error_set(&axl->err, "bad-config", "cannot read %s", path);
		ctl_error_errno(&axl->err, ret);
	}
	free(text);
	if (in) {
		fclose(in);
	}
	return ret;
}

int pool_config_read(struct axl *axl, const char *file, char *const *overrides, int count,
		     struct pool_config *cfg)
{
	struct reading r = {.axl = axl, .cfg = cfg, .cpus = cpumap_host_cpus(axl)};
	struct doc doc = {0};
	int ret = 0;

	*cfg = (struct pool_config){.sched_id = XEN_SCHEDULER_CREDIT2};
	ctl_sched_id(axl->ctl, &cfg->sched_id);
	if (file) {
		ret = read_file(axl, &doc, file);
	}
	for (int i = 0; !ret && i < count; i++) {
		xlcfg_read(&doc, "<command line>", overrides[i], strlen(overrides[i]), &axl->diags);
	}
	if (!ret) {
		read_settings(&r, &doc);
	}
	doc_free(&doc);
	if (ret) {
		return ret;
	}
	if (!axl->json && axl->diags.count) {
		config_diags_print(&axl->diags, stderr);
	}
	if (axl->diags.error_count || !cfg->name[0]) {
		ctl_error_set(&axl->err, "bad-config", "cannot make a CPU pool of this");
		ctl_error_cause(&axl->err, "%s",
				axl->diags.error_count ? "see above" : "it has no name");
		ctl_error_hint(&axl->err, "e.g. axl cpupool-create 'name=\"fast\"' 'cpus=\"2-3\"'");
		return -EINVAL;
	}
	return 0;
}
