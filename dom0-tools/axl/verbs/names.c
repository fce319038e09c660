/* SPDX-License-Identifier: MIT */
/* axl domid, domname, rename, sysrq, console: verbs about one domain. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../axl.h"
#include "../../config/config.h"
#include "../console.h"
#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../records.h"
#include "../verbs.h"

/* Checks the number of arguments behind the verb and finds the domain the first one names. */
static int one_domain(struct axl *axl, int argc, char **argv, int wanted, struct domain *domain)
{
	int ret;

	if (argc - 1 != wanted) {
		return axl_usage(axl, "%d argument%s wanted, %d given", wanted,
				 wanted == 1 ? "" : "s", argc - 1);
	}
	ret = axl_need(axl);
	return ret ? ret : domain_find(axl, argv[1], domain);
}

static void both_json(struct axl *axl, const struct domain *domain)
{
	json_number(axl->json, "domid", domain->info.domain);
	json_string(axl->json, "name", domain->name);
}

int verb_domid(struct axl *axl, int argc, char **argv)
{
	struct domain domain = {0};
	int ret = one_domain(axl, argc, argv, 1, &domain);

	if (ret) {
		return ret;
	}
	if (axl->json) {
		both_json(axl, &domain);
	} else {
		printf("%u\n", domain.info.domain);
	}
	return 0;
}

int verb_domname(struct axl *axl, int argc, char **argv)
{
	struct domain domain = {0};
	int ret;

	if (argc == 2 && !isdigit((unsigned char)argv[1][0])) {
		ctl_error_set(&axl->err, "no-such-domain", "no domain with the id \"%s\"", argv[1]);
		ctl_error_cause(&axl->err, "an id is a number");
		ctl_error_hint(&axl->err, "axl list; axl domid finds the id of a name");
		return -ESRCH;
	}
	ret = one_domain(axl, argc, argv, 1, &domain);
	if (ret) {
		return ret;
	}
	if (axl->json) {
		both_json(axl, &domain);
	} else {
		printf("%s\n", domain.name);
	}
	return 0;
}

/* As name= of a configuration, but that no digit may come first. */
static bool is_name(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c == '/' || *c == 0x7f ||
		    (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)) {
			return false;
		}
	}
	return text[0] && strlen(text) < DOMAIN_NAME_MAX && !isdigit((unsigned char)text[0]);
}

int verb_rename(struct axl *axl, int argc, char **argv)
{
	struct domain domain = {0};
	int ret = one_domain(axl, argc, argv, 2, &domain);

	if (!ret && !is_name(argv[2])) {
		return axl_usage(axl,
				 "\"%s\" cannot be a name: 1 to %d characters, no digit "
				 "first, no slash, no control character",
				 argv[2], DOMAIN_NAME_MAX - 1);
	}
	if (!ret) {
		ret = records_rename(axl, domain.info.domain, argv[2]);
	}
	if (!ret && axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_string(axl->json, "old_name", domain.name);
		json_string(axl->json, "name", argv[2]);
	}
	return ret;
}

int verb_sysrq(struct axl *axl, int argc, char **argv)
{
	struct domain domain = {0};
	int ret = one_domain(axl, argc, argv, 2, &domain);
	char path[64];

	if (!ret && strlen(argv[2]) != 1) {
		return axl_usage(axl, "one letter wanted, \"%s\" given", argv[2]);
	}
	if (!ret) {
		snprintf(path, sizeof(path), "/local/domain/%u/control/sysrq", domain.info.domain);
		ret = store_write(axl->store, STORE_NO_TX, path, argv[2], 1);
		if (ret) {
			ctl_error_set(&axl->err, "xenstore-failed", "cannot send the request");
			ctl_error_errno(&axl->err, ret);
		} else if (axl->json) {
			both_json(axl, &domain);
		}
	}
	return ret;
}

/* "^x", "x" → the control character meant. */
static int parse_escape(const char *text)
{
	if (text[0] == '^' && text[1] && !text[2]) {
		return text[1] & 0x1f;
	}
	return text[0] && !text[1] ? (unsigned char)text[0] : -EINVAL;
}

struct console_options {
	int escape;
	bool log;
	bool tail;
	unsigned int lines;
	unsigned int number; /* a channel, or 0 */
};

static int console_options(struct axl *axl, int argc, char **argv, struct console_options *options)
{
	static const struct option longs[] = {
		{"escape", required_argument, NULL, 'e'},
		{"no-escape", no_argument, NULL, 'E'},
		{"log", no_argument, NULL, 'L'},
		{"tail", optional_argument, NULL, 'T'},
		{NULL, 0, NULL, 0},
	};
	const char *argument;
	char *end;
	int c;

	*options = (struct console_options){.escape = CONSOLE_ESCAPE, .lines = 20};
	options_reset();
	while ((c = getopt_long(argc, argv, "e:t:n:", longs, NULL)) != -1) {
		argument = optarg ? optarg : "";
		switch (c) {
		case 'e':
			options->escape = parse_escape(argument);
			if (options->escape < 0) {
				return axl_usage(axl, "\"%s\" is not one character", argument);
			}
			break;
		case 'E':
			options->escape = CONSOLE_NO_ESCAPE;
			break;
		case 'L':
			options->log = true;
			break;
		case 'T':
			options->tail = true;
			options->lines = optarg ? (unsigned int)strtoul(argument, NULL, 10) : 20;
			break;
		case 't':
			if (strcmp(argument, "pv") != 0) {
				return axl_usage(axl,
						 "PV guests have consoles of type pv; -t %s "
						 "is none",
						 argument);
			}
			break;
		case 'n':
			options->number = (unsigned int)strtoul(argument, &end, 10);
			if (!isdigit((unsigned char)argument[0]) || *end ||
			    options->number > CONFIG_MAX_CHANNELS) {
				return axl_usage(axl,
						 "-n %s is neither 0, the console, nor the "
						 "number of a channel, 1 to 9",
						 argument);
			}
			break;
		default:
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	/* "--tail 5 NAME" as well as "--tail=5 NAME" */
	if (options->tail && argc - optind == 2 && isdigit((unsigned char)argv[optind][0])) {
		options->lines = (unsigned int)strtoul(argv[optind++], NULL, 10);
	}
	return argc - optind == 1 ? 0
				  : axl_usage(axl, "one domain wanted, %d given", argc - optind);
}

/* Moves to the start of the last `lines` lines. */
static void seek_tail(FILE *log, unsigned int lines)
{
	long at;
	int c;

	fseek(log, 0, SEEK_END);
	at = ftell(log);
	for (unsigned int seen = 0; at > 0; at--) {
		fseek(log, at - 1, SEEK_SET);
		c = fgetc(log);
		if (c == '\n' && seen++ == lines) {
			break;
		}
	}
	fseek(log, at, SEEK_SET);
}

/* The log outlives its domain: only the name counts. */
static int console_log(struct axl *axl, const char *text, const struct console_options *options)
{
	struct domain domain = {0};
	char buf[4096];
	FILE *log;
	size_t got;

	if (strchr(text, '/')) {
		return axl_usage(axl, "\"%s\" is not the name of a domain", text);
	}
	if (isdigit((unsigned char)text[0]) && !axl_need(axl) && !domain_find(axl, text, &domain)) {
		text = domain.name;
	}
	log = console_log_open(text);
	if (!log) {
		ctl_error_set(&axl->err, "no-console-log", "no console log of \"%s\"", text);
		ctl_error_errno(&axl->err, errno);
		ctl_error_hint(&axl->err, "run the console daemon with logging on");
		return -ENOENT;
	}
	if (options->tail) {
		seek_tail(log, options->lines);
	}
	if (axl->json) {
		json_string(axl->json, "name", text);
		json_array(axl->json, "lines");
		while (fgets(buf, sizeof(buf), log)) {
			buf[strcspn(buf, "\r\n")] = '\0';
			json_string(axl->json, NULL, buf);
		}
		json_array_end(axl->json);
	} else {
		while ((got = fread(buf, 1, sizeof(buf), log))) {
			fwrite(buf, 1, got, stdout);
		}
	}
	fclose(log);
	return 0;
}

int verb_console(struct axl *axl, int argc, char **argv)
{
	struct console_options options;
	struct domain domain = {0};
	int ret = console_options(axl, argc, argv, &options);

	if (ret) {
		return ret;
	}
	if (options.log || options.tail) {
		return console_log(axl, argv[optind], &options);
	}
	if (axl->json) {
		return axl_usage(axl, "--json needs --log or --tail");
	}
	ret = axl_need(axl);
	if (!ret) {
		ret = domain_find(axl, argv[optind], &domain);
	}
	if (!ret) {
		ret = console_open(axl, domain.info.domain, options.number);
	}
	if (ret >= 0 && options.number) {
		ret = console_attach(axl, ret, options.escape, NULL);
		return ret < 0 ? ret : 0;
	}
	return ret < 0 ? ret
		       : console_stay(axl, ret, domain.info.domain, options.escape, domain.name);
}
