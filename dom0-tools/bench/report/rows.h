/* SPDX-License-Identifier: MIT */
/* What the report shows: tables, their columns and rows, and the goals. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#define COLUMNS_MAX 6
#define EVENTS 9 /* as many as plugin/decode.h counts */

enum table_id {
	TABLE_MICRO,
	TABLE_OPERATIONS,
	TABLE_LIFE,
	TABLE_SIZE,
	TABLE_SHARING,
	TABLE_CLOCKS,
	TABLE_COUNT,
};

struct column {
	const char *key; /* as in the file of values */
	const char *title;
};

struct table {
	const char *name;
	const char *title;
	struct column column[COLUMNS_MAX]; /* ended by a NULL key */
	/* whose ratio is shown, and who must meet the goal */
	const char *theirs;
	const char *ours;
};

/* The value is (key - minus + plus) / divisor; minus and plus may be NULL, divisor 0 is 1. */
struct row {
	enum table_id table;
	const char *key;
	const char *title;
	double goal; /* 0: none set */
	const char *minus;
	const char *plus;
	double divisor;
};

extern const struct table tables[TABLE_COUNT];
extern const struct row rows[];
extern const unsigned int row_count;

#endif /* BENCH_ROWS_H */
