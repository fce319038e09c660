/* SPDX-License-Identifier: MIT */
/* axl: global options, then the verb, then its result or its error. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config/diag.h"
#include "absent.h"
#include "axl.h"
#include "cpumap.h"
#include "journal.h"
#include "json.h"
#include "verbs.h"

#define EXIT_USAGE 2 /* of a verb: as xl has it */

/* Takes --json out of the arguments, wherever it stands before a "--". */
static bool take_json(int *argc, char **argv)
{
	bool found = false;
	int to = 1;

	for (int from = 1; from < *argc; from++) {
		if (!strcmp(argv[from], "--")) {
			while (from < *argc) {
				argv[to++] = argv[from++];
			}
			break;
		}
		if (!strcmp(argv[from], "--json")) {
			found = true;
		} else {
			argv[to++] = argv[from];
		}
	}
	*argc = to;
	argv[to] = NULL;
	return found;
}

/* The global options before the verb; returns the index behind them, or -EINVAL. */
static int global_options(struct axl *axl, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (!strcmp(argv[i], "--help")) {
			argv[i] = "help";
			return i;
		}
		if (!strcmp(argv[i], "--version")) {
			argv[i] = "version";
			return i;
		}
		for (const char *c = argv[i] + 1; *c; c++) {
			switch (*c) {
			case 'v':
				axl->verbose = true;
				break;
			case 'f':
				axl->force = true;
				break;
			case 'N':
				axl->dry_run = true;
				break;
			case 't': /* xl's progress and timestamps: nothing to show */
			case 'T':
				break;
			case 'h':
				argv[i] = "help";
				return i;
			default:
				ctl_error_set(&axl->err, "usage", "unknown global option %s",
					      argv[i]);
				ctl_error_hint(&axl->err, "axl help");
				return -EINVAL;
			}
		}
	}
	return i;
}

/* xl prints a verb's usage for -h and --help anywhere among its arguments. */
static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help")) {
			return true;
		}
	}
	return false;
}

static const char *nth_verb(const void *state, size_t i)
{
	(void)state;
	return i < verb_count ? verbs[i].name : NULL;
}

static int no_verb(struct axl *axl, const char *name, size_t matches)
{
	const char *near = verb_synonym(name);
	const char *why = verb_absent(name);

	if (why) {
		ctl_error_set(&axl->err, "not-here", "axl has no command \"%s\"", name);
		ctl_error_cause(&axl->err, "%s", why);
	} else {
		ctl_error_set(&axl->err, "no-such-command",
			      matches ? "\"%s\" is ambiguous" : "no command \"%s\"", name);
	}
	near = near || matches || why ? near : diag_nearest(name, nth_verb, NULL);
	if (near && !why) {
		ctl_error_hint(&axl->err, "did you mean axl %s? axl help lists the commands", near);
	} else {
		ctl_error_hint(&axl->err, "axl help lists the commands");
	}
	return -EINVAL;
}

static int run(struct axl *axl, int argc, char **argv)
{
	int first = global_options(axl, argc, argv);
	size_t matches;

	if (first < 0) {
		return first;
	}
	if (first == argc) {
		if (!axl->json) {
			verb_help(axl, 1, NULL);
		}
		ctl_error_set(&axl->err, "usage", "no command given");
		return -EINVAL;
	}
	axl->verb = verb_find(verbs, verb_count, argv[first], &matches);
	if (!axl->verb) {
		return no_verb(axl, argv[first], matches);
	}
	if (axl->json) {
		json_discard(axl->json);
		axl->json = json_begin(axl->verb->name);
	}
	if (wants_help(argc - first, argv + first)) {
		char *help[] = {"help", (char *)(uintptr_t)axl->verb->name, NULL};

		return verb_help(axl, 2, help);
	}
	return axl->verb->run(axl, argc - first, argv + first);
}

int main(int argc, char **argv)
{
	struct axl axl = {.verb = NULL};
	bool is_usage;
	int ret;

	signal(SIGPIPE, SIG_IGN);
	cpumap_serve_config(&axl);
	if (take_json(&argc, argv)) {
		axl.json = json_begin(NULL);
	}
	ret = run(&axl, argc, argv);
	journal_run(&axl, ret);
	is_usage = ret && axl.verb && !strcmp(axl.err.id, "usage");
	if (ret && axl.err.id[0]) {
		axl_print_error(&axl);
		json_discard(axl.json);
	} else if (axl.json) { /* also a failure that the result itself tells of */
		json_finish(axl.json, stdout);
	}
	axl_disconnect(&axl);
	config_diags_free(&axl.diags);
	if (fflush(stdout) || ferror(stdout)) {
		ret = -EIO;
	}
	return !ret ? EXIT_SUCCESS : is_usage ? EXIT_USAGE : EXIT_FAILURE;
}
