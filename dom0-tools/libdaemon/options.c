/* SPDX-License-Identifier: MIT */
/* A daemon's command line. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>

static bool take_common(const struct option_table *table, int letter,
			struct daemon_settings *settings)
{
	switch (letter) {
	case 'F':
		settings->pid_file = optarg;
		return true;
	case OPTION_USER:
		settings->user = optarg;
		return true;
	case OPTION_NO_SANDBOX:
		settings->no_sandbox = true;
		return true;
	case 'V':
		printf("%s of Argon\n", settings->name);
		exit(0);
	case 'h':
		fputs(table->usage, stdout);
		exit(0);
	default:
		fprintf(stderr, "Try `%s --help'.\n", settings->name);
		return false;
	}
}

bool options_take(const struct option_table *table, int argc, char **argv, void *options,
		  struct daemon_settings *settings)
{
	enum option_answer answer;
	int letter;

	while ((letter = getopt_long(argc, argv, table->letters, table->longs, NULL)) != -1) {
		answer = letter == '?' ? OPTION_UNKNOWN : table->take(options, letter);
		if (answer == OPTION_WRONG ||
		    (answer == OPTION_UNKNOWN && !take_common(table, letter, settings))) {
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: '%s' is not an option\n", settings->name, argv[optind]);
		return false;
	}
	return true;
}
