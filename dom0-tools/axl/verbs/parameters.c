/* SPDX-License-Identifier: MIT */
/* axl set-parameters: the hypervisor's parameters that can be set while it runs. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libctl/hypfs.h"
#include "../../libctl/version.h"
#include "../axl.h"
#include "../json.h"
#include "../options.h"
#include "../verbs.h"
#include "xen/hypfs.h"

#define FOLDER "/params/"
#define MOST_NODES 32 /* Xen 4.17 has 14 */
#define MOST_CHANGES 32
#define VALUE_MAX 64

/* One NAME=VALUE; name is part of path. */
struct change {
	char path[128];
	const char *name;
	char value[VALUE_MAX];
	char before[VALUE_MAX];
};

/* What a value must be, for those that are refused. */
static const struct rule {
	const char *name;
	const char *words;      /* or, a number: */
	unsigned long argon[2]; /* the least and the most; Xen's are 0 and INT32_MAX */
} rules[] = {
	{.name = "loglvl", .words = "none, error, warning, info, debug, all"},
	{.name = "guest_loglvl", .words = "none, error, warning, info, debug, all"},
	{.name = "gnttab_max_frames", .argon = {1, 4096}},
	{.name = "gnttab_max_maptrack_frames", .argon = {0, 65536}},
};

static void value_of(struct axl *axl, const char *name, char value[VALUE_MAX])
{
	char path[128];

	snprintf(path, sizeof(path), FOLDER "%.63s", name);
	if (ctl_hypfs_read(axl->ctl, path, value, VALUE_MAX)) {
		snprintf(value, VALUE_MAX, "?");
	}
}

/* "loglvl=info, …": all there are, as much as fits. */
static void all_of_them(struct axl *axl, char *text, size_t size)
{
	struct ctl_node nodes[MOST_NODES];
	int count = ctl_hypfs_list(axl->ctl, "/params", nodes, MOST_NODES);
	char value[VALUE_MAX];
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < count && used < size; i++) {
		value_of(axl, nodes[i].name, value);
		used += (size_t)snprintf(text + used, size - used, "%s%s=%s", used ? ", " : "",
					 nodes[i].name, value);
	}
}

static int list(struct axl *axl)
{
	struct ctl_node nodes[MOST_NODES];
	int count = ctl_hypfs_list(axl->ctl, "/params", nodes, MOST_NODES);
	char value[VALUE_MAX];

	if (count < 0) {
		ctl_error_set(&axl->err, "not-here",
			      "this hypervisor has no parameters to be set while it runs");
		ctl_error_errno(&axl->err, count);
		ctl_error_hint(&axl->err, "put them on its command line");
		return count;
	}
	if (axl->json) {
		json_array(axl->json, "parameters");
	}
	for (int i = 0; i < count; i++) {
		value_of(axl, nodes[i].name, value);
		if (axl->json) {
			json_map(axl->json, NULL);
			json_string(axl->json, "name", nodes[i].name);
			json_string(axl->json, "value", value);
			json_map_end(axl->json);
		} else {
			printf("%s=%s\n", nodes[i].name, value);
		}
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	return 0;
}

static int unknown(struct axl *axl, const char *name)
{
	char names[400];

	all_of_them(axl, names, sizeof(names));
	ctl_error_set(&axl->err, "no-such-parameter",
		      "the hypervisor has no parameter \"%.*s\" that can be set while it runs",
		      (int)strcspn(name, "="), name);
	ctl_error_cause(&axl->err, "there are %s", names[0] ? names : "none");
	ctl_error_hint(&axl->err, "others are set on the hypervisor's command line, for the next "
				  "boot");
	return -ENOENT;
}

/* The hypervisor refused a value: what it would take, where that is known. */
static int refused(struct axl *axl, const struct change *c, int ret)
{
	struct ctl_version version;
	const struct rule *rule = NULL;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!strcmp(rules[i].name, c->name)) {
			rule = &rules[i];
		}
	}
	if (ret == -ERANGE && rule && !rule->words) {
		bool is_argon = ctl_version(axl->ctl, &version) == 0 &&
				!strcmp(version.compile_by, "argon");

		return option_out_of_range(axl, c->name, c->value, is_argon ? rule->argon[0] : 0,
					   is_argon ? rule->argon[1] : INT32_MAX);
	}
	ctl_error_set(&axl->err, "bad-parameter", "%s cannot be \"%s\"", c->name, c->value);
	if (ret == -EINVAL && rule) {
		ctl_error_cause(&axl->err, "it is %s",
				rule->words ? rule->words : "a whole number, decimal or 0x");
	} else {
		ctl_error_errno(&axl->err, ret);
	}
	ctl_error_hint(&axl->err, "it is %s now", c->before);
	return ret;
}

/* NAME=VALUE; of what is on or off, NAME or no-NAME too. */
static int read_word(struct axl *axl, const char *word, struct change *c)
{
	size_t length = strcspn(word, "=");
	const char *value = word[length] ? word + length + 1 : NULL;
	bool negated = !value && !strncmp(word, "no-", 3);
	struct ctl_node nodes[MOST_NODES];
	char name[sizeof(nodes[0].name)];
	int count = ctl_hypfs_list(axl->ctl, "/params", nodes, MOST_NODES), i = 0;

	word += negated ? 3 : 0;
	length -= negated ? 3 : 0;
	snprintf(name, sizeof(name), "%.*s", (int)(length < sizeof(name) ? length : 0), word);
	while (i < count && strcmp(nodes[i].name, name)) {
		i++;
	}
	if (i >= count) {
		return unknown(axl, word - (negated ? 3 : 0));
	}
	if (!value && nodes[i].type != XEN_HYPFS_TYPE_BOOL) {
		ctl_error_set(&axl->err, "bad-parameter", "%s needs a value", name);
		ctl_error_hint(&axl->err, "%s=VALUE", name);
		return -EINVAL;
	}
	value = value ? value : negated ? "off" : "on";
	c->name = c->path + strlen(FOLDER);
	snprintf(c->path, sizeof(c->path), FOLDER "%s", name);
	value_of(axl, name, c->before);
	if ((size_t)snprintf(c->value, sizeof(c->value), "%s", value) >= sizeof(c->value)) {
		return refused(axl, c, -EINVAL);
	}
	return 0;
}

/* Words of all arguments: a shell script may have them as one or as several. */
static int read_words(struct axl *axl, int argc, char **argv, struct change *changes)
{
	int count = 0, ret = 0;

	for (int i = 0; i < argc && !ret; i++) {
		char *words = strdup(argv[i]), *rest = NULL;

		if (!words) {
			return -ENOMEM;
		}
		for (char *w = strtok_r(words, " ", &rest); w && !ret;
		     w = strtok_r(NULL, " ", &rest)) {
			ret = count == MOST_CHANGES
				      ? axl_usage(axl, "more than %d parameters", MOST_CHANGES)
				      : read_word(axl, w, &changes[count++]);
		}
		free(words);
	}
	return ret ? ret : count;
}

/* All of them or none. */
static int set_all(struct axl *axl, struct change *changes, int count)
{
	for (int i = 0; i < count; i++) {
		int ret = ctl_hypfs_write(axl->ctl, changes[i].path, changes[i].value);

		if (ret) {
			for (int done = i - 1; done >= 0; done--) {
				ctl_hypfs_write(axl->ctl, changes[done].path, changes[done].before);
			}
			return refused(axl, &changes[i], ret);
		}
	}
	return 0;
}

int verb_set_parameters(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {{"list", no_argument, NULL, 'l'}, {NULL, 0, NULL, 0}};
	struct change changes[MOST_CHANGES];
	bool listing = false;
	int count, ret, c;

	options_reset();
	while ((c = getopt_long(argc, argv, "+l", longs, NULL)) != -1) {
		if (c != 'l') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		listing = true;
	}
	if (listing != (optind == argc)) {
		return listing ? axl_usage(axl, "-l takes no parameters")
			       : axl_usage(axl, "no parameters given; -l lists them");
	}
	ret = axl_need_ctl(axl);
	if (ret || listing) {
		return ret ? ret : list(axl);
	}
	count = read_words(axl, argc - optind, argv + optind, changes);
	if (count < 0 || axl->dry_run) {
		return count < 0 ? count : 0;
	}
	ret = set_all(axl, changes, count);
	if (ret || !axl->json) {
		return ret;
	}
	json_array(axl->json, "parameters");
	for (int i = 0; i < count; i++) {
		char value[VALUE_MAX];

		value_of(axl, changes[i].name, value);
		json_map(axl->json, NULL);
		json_string(axl->json, "name", changes[i].name);
		json_string(axl->json, "value", value);
		json_string(axl->json, "before", changes[i].before);
		json_map_end(axl->json);
	}
	json_array_end(axl->json);
	return 0;
}
