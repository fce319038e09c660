/* SPDX-License-Identifier: MIT */
/* axl check, and what create --dry-run --explain tells: every finding about a configuration. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "../checks.h"
#include "../json.h"
#include "../options.h"
#include "../verbs.h"

/* One run, while findings come in. */
struct report {
	struct axl *axl;
	const struct domain_config *cfg; /* NULL: it could not be read */
	size_t errors;
	size_t warnings;
};

static void json_place(struct yajl_gen_t *json, const char *file, int line, int column)
{
	json_string(json, "file", file);
	if (line) {
		json_number(json, "line", (uint64_t)line);
		json_number(json, "column", (uint64_t)column);
	}
}

static void print_hint(const char *hint)
{
	if (hint && hint[0]) {
		printf("%21s hint: %s\n", "", hint);
	}
}

/* What reading the configuration has found. */
static void report_diag(struct report *report, const struct config_diag *diag)
{
	static const char *const names[] = {
		[CONFIG_NOTE] = "note",
		[CONFIG_WARNING] = "warning",
		[CONFIG_ERROR] = "error",
	};
	struct yajl_gen_t *json = report->axl->json;

	report->errors += diag->severity == CONFIG_ERROR;
	report->warnings += diag->severity == CONFIG_WARNING;
	if (!json) {
		char place[32] = "";

		if (diag->line) {
			snprintf(place, sizeof(place), "%d:%d:", diag->line, diag->column);
		}
		printf("%-8s %-12s %s:%s %s%s%s [%s]\n", names[diag->severity], "config",
		       diag->file, place, diag->what, diag->expected ? "; expected " : "",
		       diag->expected ? diag->expected : "", diag->id);
		print_hint(diag->hint);
		return;
	}
	json_map(json, NULL);
	json_string(json, "severity", names[diag->severity]);
	json_string(json, "id", diag->id);
	json_string(json, "subject", "config");
	json_place(json, diag->file, diag->line, diag->column);
	json_string(json, "what", diag->what);
	if (diag->expected) {
		json_string(json, "expected", diag->expected);
	}
	json_string(json, "hint", diag->hint ? diag->hint : "");
	json_map_end(json);
}

static void report_text(struct report *report, const struct check_result *result)
{
	const struct ctl_error *err = result->err;
	char place[320];

	if (!err) {
		printf("%-8s %-12s %s\n", "ok", result->subject, result->note);
		return;
	}
	config_place_format(report->cfg, &result->place, place, sizeof(place));
	printf("%-8s %-12s %s: %s%s%s [%s]\n", "error", result->subject, place, err->what,
	       err->cause[0] ? ": " : "", err->cause, err->id);
	print_hint(err->hint);
}

/* What a check against the machine has found. */
static void report_check(void *state, const struct check_result *result)
{
	struct report *report = state;
	struct yajl_gen_t *json = report->axl->json;
	const struct ctl_error *err = result->err;

	report->errors += err != NULL;
	if (!json) {
		report_text(report, result);
		return;
	}
	json_map(json, NULL);
	json_string(json, "severity", err ? "error" : "ok");
	json_string(json, "id", err ? err->id : "ok");
	json_string(json, "subject", result->subject);
	json_place(json, report->cfg->source, result->place.line, result->place.column);
	if (result->place.override) {
		json_number(json, "override", (uint64_t)result->place.override);
	}
	if (err) {
		json_error(json, err);
	} else {
		json_string(json, "what", result->note);
	}
	json_map_end(json);
}

/* No hypervisor or no xenstore: one more finding, the checks that need them are left out. */
static void check_machine(struct report *report, struct domain_config *cfg)
{
	struct axl *axl = report->axl;
	struct start start = start_init(axl, cfg);

	if (axl_need(axl)) {
		const struct check_result result = {.subject = "host", .err = &axl->err};

		report_check(report, &result);
	} else {
		start_check(&start, report_check, report);
	}
	start_release(&start);
	ctl_error_clear(&axl->err);
}

int check_explain(struct axl *axl, const char *file, struct domain_config *cfg)
{
	struct report report = {.axl = axl, .cfg = cfg};

	if (axl->json) {
		json_string(axl->json, "file", file);
		json_array(axl->json, "findings");
	}
	for (size_t i = 0; i < axl->diags.count; i++) {
		report_diag(&report, &axl->diags.list[i]);
	}
	if (cfg) {
		check_machine(&report, cfg);
	}
	if (axl->json) {
		json_array_end(axl->json);
		json_number(axl->json, "errors", report.errors);
		json_number(axl->json, "warnings", report.warnings);
		json_bool(axl->json, "ok", !report.errors);
	} else {
		printf("%s: %zu error%s, %zu warning%s\n", file, report.errors,
		       report.errors == 1 ? "" : "s", report.warnings,
		       report.warnings == 1 ? "" : "s");
	}
	return report.errors ? -EINVAL : 0;
}

int verb_check(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {{NULL, 0, NULL, 0}};
	struct domain_config *cfg = NULL;
	int ret;

	options_reset();
	if (getopt_long(argc, argv, "", longs, NULL) != -1) {
		return axl_usage(axl, "unknown option %s", argv[optind - 1]);
	}
	if (optind == argc) {
		return axl_usage(axl, "no config file given");
	}
	config_read_file(argv[optind], (const char *const *)argv + optind + 1,
			 (size_t)(argc - optind - 1), &cfg, &axl->diags);
	ret = check_explain(axl, argv[optind], cfg);
	config_free(cfg);
	return ret;
}
