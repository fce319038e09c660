/* SPDX-License-Identifier: MIT */
/* What was measured: the lines that the runner collects. */
#ifndef BENCH_VALUES_H
#define BENCH_VALUES_H

#include <stdbool.h>

#include "rows.h"

/*
 * Reads a file of lines
 *	value COLUMN KEY NUMBER
 *	events COLUMN KEY INSNS HYPERVISOR HOST_NS EVENT...	per operation
 *	skip COLUMN KEY REASON
 *	info NAME TEXT
 * Exits with a message when it can't be read or a line is wrong.
 */
void values_read(const char *path);

/* The number of a row in a column; false if it was not measured. */
bool value_find(const struct row *row, const char *column, double *value);
bool value_of_key(const char *key, const char *column, double *value);

/* What the plugin counted, per operation. */
struct events {
	double hypervisor; /* instructions of it */
	double host_ns;    /* QEMU's own time */
	double event[EVENTS];
};

/* False if not counted. */
bool events_find(const char *key, const char *column, struct events *events);

/* Why there is no number, or NULL. */
const char *skip_reason(const char *key, const char *column);

/* The n-th info line; false beyond the last. */
bool info_get(unsigned int n, const char **name, const char **text);

#endif /* BENCH_VALUES_H */
