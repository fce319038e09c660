/* SPDX-License-Identifier: MIT */
/* The options that every daemon of ours has, and the loop that takes a command line apart. */
#ifndef DOM0_TOOLS_LIBDAEMON_OPTIONS_H
#define DOM0_TOOLS_LIBDAEMON_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

/* What the common options say. */
struct daemon_settings {
	const char *name; /* the program's, and the default user's */
	const char *user; /* NULL: the default */
	const char *pid_file;
	bool foreground; /* the daemons' own options say so, by different letters */
	bool no_sandbox;
};

/* Beyond the letters and the daemons' own numbers. */
enum { OPTION_USER = 1024, OPTION_NO_SANDBOX };

/* Rows for a daemon's table of long options. -h and -V print its usage and its version where the
 * daemon does not take them itself. */
/* clang-format off */
#define DAEMON_OPTIONS                                          \
	{"help", no_argument, NULL, 'h'},                       \
	{"pid-file", required_argument, NULL, 'F'},             \
	{"user", required_argument, NULL, OPTION_USER},         \
	{"no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX}
/* clang-format on */

enum option_answer { OPTION_TAKEN, OPTION_UNKNOWN, OPTION_WRONG };

struct option_table {
	const char *usage;
	const char *letters;
	const struct option *longs;
	/* Takes one option, with optarg; has told the user what is wrong with a wrong one. */
	enum option_answer (*take)(void *options, int letter);
};

/* What a function that takes an option's argument says. */
static inline enum option_answer option_taken(bool is_right)
{
	return is_right ? OPTION_TAKEN : OPTION_WRONG;
}

/* Takes all options; `options` goes to take(). False after a line on standard error. Does not
 * return from --help and --version. */
bool options_take(const struct option_table *table, int argc, char **argv, void *options,
		  struct daemon_settings *settings);

#endif
