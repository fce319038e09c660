/* SPDX-License-Identifier: MIT */
/*
 * workload [-s STREAM] FAMILY [ARGUMENT]: times a family of operations (workload.h); also the
 * small helpers that the benchmark's scripts in dom0 need.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <argon/bench_marks.h>

#include "workload.h"

char workload_path[256];
static unsigned int stream;

uint64_t ticks(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void operation_skip(const char *name, const char *reason)
{
	printf("BENCH-SKIP %s %s\n", name, reason);
	fflush(stdout);
}

void value_print(const char *name, double value)
{
	printf("BENCH %s %.1f 1\n", name, value);
	fflush(stdout);
}

static int trial(const struct operation *op, uint64_t *spent)
{
	uint64_t start;
	int rc;

	if (op->before != NULL && op->before(op->units) != 0) {
		return -1;
	}
	BENCH_MARK(MARK_BEGIN);
	start = ticks();
	rc = op->run(op->units);
	*spent = ticks() - start;
	BENCH_MARK(MARK_END);
	if (op->after != NULL) {
		int error = errno;

		op->after();
		errno = error;
	}
	return rc;
}

void operation_time(const char *family, const struct operation *op)
{
	uint64_t spent[TRIALS], median;
	char name[96];

	snprintf(name, sizeof(name), "%s.%s", family, op->name);
	for (int i = 0; i < TRIALS; i++) {
		if (trial(op, &spent[i]) != 0) {
			operation_skip(name, strerror(errno));
			return;
		}
	}
	bench_mark_row(stream);
	qsort(spent, TRIALS, sizeof(spent[0]), compare);
	median = spent[TRIALS / 2];
	printf("BENCH %s %.1f %ld\n", name, (double)median / (double)op->units, op->units);
	fflush(stdout);
}

void operations_time(const char *family, const struct operation *list, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		operation_time(family, &list[i]);
	}
}

/* TSC and the kernel's clock at one moment: their difference is when the kernel began to count. */
static int show_clock(const char *arg)
{
	struct timespec t;
	uint64_t tsc = ticks();

	(void)arg;
	clock_gettime(CLOCK_BOOTTIME, &t);
	bench_mark_row(0);
	printf("tsc %llu boottime %llu\n", (unsigned long long)tsc,
	       (unsigned long long)t.tv_sec * 1000000000U + (unsigned long long)t.tv_nsec);
	return 0;
}

/* Ticks of 10,000 NOPs: 10,000 and a few if the TSC counts instructions. */
static int show_calibration(const char *arg)
{
	uint64_t start = ticks();

	(void)arg;
	__asm__ volatile(".rept 10000; nop; .endr");
	printf("BENCH-INFO 10000 nops %llu ticks\n", (unsigned long long)(ticks() - start));
	return 0;
}

/* The shell command's duration in ticks on standard output; its own output is left alone. */
static int time_command(const char *command)
{
	uint64_t start, end;
	int status;

	BENCH_MARK(MARK_BEGIN);
	start = ticks();
	status = system(command);
	end = ticks();
	BENCH_MARK(MARK_END);
	bench_mark_row(stream);
	printf("ticks %llu\n", (unsigned long long)(end - start));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int do_nothing(const char *arg)
{
	(void)arg;
	return 0;
}

static const struct {
	const char *name;
	int (*fn)(const char *arg);
	const char *argument;
} commands[] = {
	{"calibrate", show_calibration, ""},
	{"clock", show_clock, ""},
	{"cpu", family_cpu, ""},
	{"hyp", family_hyp, ""},
	{"blk", family_blk, "DEVICE"},
	{"net", family_net, "ADDRESS"},
	{"serve", serve_net, ""},
	{"memory", show_memory, ""},
	{"shares", show_shares, "MILLISECONDS"},
	{"counts", show_counts, "MILLISECONDS"},
	{"clocks", show_clocks, "COUNT,MILLISECONDS"},
	{"drift", show_drift, "FILE,FILE"},
	{"load", run_load, "PERCENT"},
	{"burn", run_burn, "SECONDS"},
	{"time", time_command, "COMMAND"},
	{"nothing", do_nothing, ""},
};

static void usage(void)
{
	fputs("usage: workload [-s STREAM] WHAT, one of:\n", stderr);
	for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		fprintf(stderr, "  %s %s\n", commands[i].name, commands[i].argument);
	}
}

/*
 * Whether a new mapping also needs page tables depends on where it lands, which costs a PV guest
 * tens of thousands of instructions: no randomised addresses.
 */
static void addresses_fix(char **argv)
{
	ssize_t n = readlink("/proc/self/exe", workload_path, sizeof(workload_path) - 1);
	int now = personality(0xffffffff);

	if (n > 0 && now != -1 && !(now & ADDR_NO_RANDOMIZE) &&
	    personality((unsigned long)now | ADDR_NO_RANDOMIZE) != -1) {
		execv(workload_path, argv);
	}
}

int main(int argc, char **argv)
{
	char **arg = argv + 1;

	addresses_fix(argv);
	if (argc > 2 && strcmp(arg[0], "-s") == 0) {
		stream = (unsigned int)atoi(arg[1]);
		arg += 2;
	}
	for (unsigned int i = 0; arg[0] != NULL && i < sizeof(commands) / sizeof(commands[0]);
	     i++) {
		if (strcmp(arg[0], commands[i].name) == 0 &&
		    (commands[i].argument[0] == '\0') == (arg[1] == NULL)) {
			return commands[i].fn(arg[1]);
		}
	}
	usage();
	return 2;
}
