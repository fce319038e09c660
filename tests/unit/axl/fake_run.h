/* SPDX-License-Identifier: MIT */
/* Running a verb and looking at what it printed. */
#ifndef TESTS_UNIT_AXL_FAKE_RUN_H
#define TESTS_UNIT_AXL_FAKE_RUN_H

#include <stddef.h>
#include <yajl/yajl_tree.h>

#include "../../../dom0-tools/axl/axl.h"

extern char *printed; /* what the last run wrote to stdout */
extern int result;    /* what its verb returned */
extern struct axl axl;

/* Runs "verb arg arg …". */
void run(const char *line);

/* The same of what must fail so, and print nothing. */
void refused(const char *line, const char *id, const char *cause);

/* The same with --json; the result must be an object that says so. */
void run_json(const char *line);

/* A value of the JSON result by its path, "a/0/b", or all of it by ""; NULL if there is none. */
yajl_val get(const char *path);

/* Group teardown. */
int run_forget(void **state);

#endif
