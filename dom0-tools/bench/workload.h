/* SPDX-License-Identifier: MIT */
/*
 * The benchmark program that runs natively, in dom0 and in guests: families of operations, each
 * timed by the TSC, which under QEMU's -icount shift=0 counts the instructions of the machine.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdint.h>

#define TRIALS 5
#define PAGE 4096UL

/* An operation to time. Functions return 0, or -1 with errno set. */
struct operation {
	const char *name;
	long units;                /* how many a trial does */
	int (*before)(long units); /* untimed, before each trial; may be NULL */
	int (*run)(long units);
	void (*after)(void); /* untimed; may be NULL */
};

/*
 * Runs TRIALS trials and prints "BENCH family.name TICKS UNITS", TICKS per unit of the median
 * trial, or "BENCH-SKIP family.name REASON".
 */
void operation_time(const char *family, const struct operation *op);
void operations_time(const char *family, const struct operation *list, unsigned int count);

/* "BENCH-SKIP name REASON" for what cannot be done here. */
void operation_skip(const char *name, const char *reason);

/* "BENCH family.name VALUE 1" for what was measured otherwise. */
void value_print(const char *name, double value);

uint64_t ticks(void);

/* This program's own file, for exec. */
extern char workload_path[256];

/* The families; the argument is what followed the family's name. 0, or an exit status. */
int family_cpu(const char *arg);
int family_hyp(const char *arg);
int family_blk(const char *device);
int family_net(const char *address);
int serve_net(const char *arg);
int show_memory(const char *arg);
int show_shares(const char *milliseconds);
int show_counts(const char *milliseconds);
int show_clocks(const char *arg);
int show_drift(const char *arg);
int run_load(const char *arg);
int run_burn(const char *arg);

#endif /* BENCH_WORKLOAD_H */
