/* SPDX-License-Identifier: MIT */
/* axl create. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "../axl.h"
#include "../check.h"
#include "../checks.h"
#include "../json.h"
#include "../options.h"
#include "../run.h"
#include "../start.h"
#include "../verbs.h"

struct create_options {
	struct run_options run;
	bool explain;
	const char *file;
	const char *const *overrides;
	size_t override_count;
};

static int parse_options(struct axl *axl, int argc, char **argv, struct create_options *options)
{
	static const struct option longs[] = {
		RUN_LONG_OPTIONS,
		{"dryrun", no_argument, NULL, 'n'},
		{"explain", no_argument, NULL, 'X'},
		{"file", required_argument, NULL, 'f'},
		{"defconfig", required_argument, NULL, 'f'},
		{"ignore-global-affinity-masks", no_argument, NULL, 'i'},
		{NULL, 0, NULL, 0},
	};
	int c, ret = 0;

	*options = (struct create_options){.run.dry_run = axl->dry_run};
	options_reset();
	while (!ret && (c = getopt_long(argc, argv, RUN_LETTERS "f:i", longs, NULL)) != -1) {
		switch (c) {
		case 'X':
			options->explain = true;
			break;
		case 'f':
			options->file = optarg;
			break;
		case 'i': /* masks for all guests, which there are none of */
			break;
		default:
			ret = run_option(axl, &options->run, c, argv[optind - 1]);
		}
	}
	if (ret) {
		return ret;
	}
	if (!options->file && optind < argc && !strchr(argv[optind], '=')) {
		options->file = argv[optind++];
	}
	if (!options->file) {
		return axl_usage(axl, "no config file given");
	}
	if (options->explain && !options->run.dry_run) {
		return axl_usage(axl, "--explain goes with --dry-run");
	}
	options->overrides = (const char *const *)argv + optind;
	options->override_count = (size_t)(argc - optind);
	return run_options_check(axl, &options->run);
}

/* Reads the configuration; what is wrong with it is said here, all of it. */
static int read_config(struct axl *axl, const struct create_options *options,
		       struct domain_config **cfg)
{
	struct config_diags *diags = &axl->diags;
	const struct config_diag *first = NULL;
	int ret = config_parse_file(options->file, options->overrides, options->override_count, cfg,
				    diags);

	if (!axl->json && diags->count && (ret || !options->run.quiet)) {
		config_diags_print(diags, stderr);
	}
	if (!ret) {
		return 0;
	}
	ctl_error_set(&axl->err, "bad-config", "cannot use %s", options->file);
	ctl_error_cause(&axl->err, "%zu mistake%s, see above", diags->error_count,
			diags->error_count == 1 ? "" : "s");
	for (size_t i = 0; i < diags->count && !first; i++) {
		first = diags->list[i].severity == CONFIG_ERROR ? &diags->list[i] : NULL;
	}
	if (axl->json && first) {
		ctl_error_cause(&axl->err, "%s", first->what);
		ctl_error_hint(&axl->err, "%s", first->hint ? first->hint : "");
		ctl_error_number(&axl->err, "line", (uint64_t)first->line);
		ctl_error_number(&axl->err, "column", (uint64_t)first->column);
	}
	return ret;
}

/* What axl check says. */
static int explain(struct axl *axl, const struct create_options *options)
{
	struct domain_config *cfg = NULL;
	int ret;

	config_read_file(options->file, options->overrides, options->override_count, &cfg,
			 &axl->diags);
	ret = check_explain(axl, options->file, cfg);
	config_free(cfg);
	return ret;
}

static int dry_run(struct axl *axl, struct domain_config *cfg)
{
	struct start start = start_init(axl, cfg);
	int ret = axl_need(axl);

	if (!ret) {
		ret = start_check(&start, NULL, NULL);
	}
	start_release(&start);
	if (ret) {
		return ret;
	}
	if (axl->json) {
		json_diags(axl->json, &axl->diags);
		json_string(axl->json, NULL, "config");
		config_gen_json(cfg, axl->json);
		return 0;
	}
	return config_print_json(cfg, stdout);
}

static int create(struct axl *axl, const struct create_options *options, struct domain_config *cfg)
{
	sigset_t signals;
	xen_domid_t domid;
	int ret = axl_need(axl);

	/* Held until the end of the program if this fails: there is an error to be told. */
	signals_hold(&signals);
	if (!ret) {
		ret = domain_start(axl, cfg, &domid);
	}
	return ret ? ret : run_domain(axl, &options->run, cfg, domid, &signals);
}

int verb_create(struct axl *axl, int argc, char **argv)
{
	struct create_options options;
	struct domain_config *cfg = NULL;
	int ret = parse_options(axl, argc, argv, &options);

	if (!ret && options.explain) {
		return explain(axl, &options);
	}
	if (!ret) {
		ret = read_config(axl, &options, &cfg);
	}
	if (!ret) {
		ret = options.run.dry_run ? dry_run(axl, cfg) : create(axl, &options, cfg);
	}
	config_free(cfg);
	return ret;
}
