/* SPDX-License-Identifier: MIT */
/*
 * Clocks of domains beside each other. All read the same TSC, which is the ruler: each domain
 * writes what its clocks say at which TSC, and one of them compares.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

#define SECOND ((int64_t)1000000000)
#define TRIES 16 /* of a reading, until nothing came between the TSC and the clock */
#define LOAD_PERIOD_NS (SECOND / 10)
#define READINGS_MAX 4096U

struct reading {
	int64_t tsc;
	int64_t realtime;
	int64_t monotonic;
};

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* The narrowest of some tries: one that was not interrupted. */
static struct reading clocks_read(void)
{
	struct reading best = {0};
	int64_t narrowest = INT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		int64_t from = (int64_t)ticks();
		int64_t realtime = clock_ns(CLOCK_REALTIME);
		int64_t middle = (int64_t)ticks();
		int64_t monotonic = clock_ns(CLOCK_MONOTONIC);
		int64_t to = (int64_t)ticks();

		if (to - from < narrowest) {
			narrowest = to - from;
			best = (struct reading){
				.tsc = from + (middle - from) / 2,
				.realtime = realtime,
				.monotonic = monotonic - (to - middle) / 2 - (middle - from) / 2,
			};
		}
	}
	return best;
}

/* A reading at each full interval of the monotonic clock, "CLOCK tsc realtime monotonic late". */
int show_clocks(const char *arg)
{
	unsigned long count = 0, interval_ms = 0;
	int64_t next;

	if (sscanf(arg, "%lu,%lu", &count, &interval_ms) != 2 || interval_ms == 0) {
		fprintf(stderr, "workload: clocks COUNT,MILLISECONDS, not %s\n", arg);
		return 2;
	}
	next = clock_ns(CLOCK_MONOTONIC);
	for (; count > 0; count--) {
		struct timespec until;
		struct reading r;

		next += (int64_t)interval_ms * 1000000;
		until = (struct timespec){.tv_sec = next / SECOND, .tv_nsec = next % SECOND};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		r = clocks_read();
		printf("CLOCK %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", r.tsc, r.realtime,
		       r.monotonic, clock_ns(CLOCK_MONOTONIC) - next);
		fflush(stdout);
	}
	puts("CLOCKS-DONE");
	return 0;
}

static unsigned int readings_take(const char *path, struct reading *list)
{
	FILE *in = fopen(path, "r");
	char line[256];
	unsigned int n = 0;

	while (in != NULL && n < READINGS_MAX && fgets(line, sizeof(line), in) != NULL) {
		struct reading *r = &list[n];

		n += sscanf(line, "CLOCK %" SCNd64 " %" SCNd64 " %" SCNd64, &r->tsc, &r->realtime,
			    &r->monotonic) == 3;
	}
	if (in != NULL) {
		fclose(in);
	}
	return n;
}

/* What a clock that showed a and b said at the TSC between. */
static int64_t between(int64_t tsc_a, int64_t a, int64_t tsc_b, int64_t b, int64_t tsc)
{
	return a + (int64_t)((__int128)(b - a) * (tsc - tsc_a) / (tsc_b - tsc_a));
}

struct spread {
	int64_t first;
	int64_t furthest; /* from the first */
};

static void spread_add(struct spread *s, int64_t difference, bool is_first)
{
	if (is_first) {
		s->first = difference;
	}
	if (llabs(difference - s->first) > s->furthest) {
		s->furthest = llabs(difference - s->first);
	}
}

/*
 * The second file's clocks beside the first's, as far as both have readings: what they differ by,
 * and how far that ever moved. Nanoseconds; "DRIFT seconds readings offset moved moved".
 */
int show_drift(const char *arg)
{
	static struct reading ours[READINGS_MAX], theirs[READINGS_MAX];
	struct spread realtime = {0}, monotonic = {0};
	char first[256], second[256];
	unsigned int n, m, used = 0;
	int64_t begin = 0, end = 0;

	if (sscanf(arg, "%255[^,],%255s", first, second) != 2) {
		fprintf(stderr, "workload: drift FILE,FILE, not %s\n", arg);
		return 2;
	}
	n = readings_take(first, ours);
	m = readings_take(second, theirs);
	for (unsigned int i = 0, k = 0; i < m; i++) {
		const struct reading *t = &theirs[i], *a, *b;

		while (k + 1 < n && ours[k + 1].tsc <= t->tsc) {
			k++;
		}
		a = &ours[k];
		b = a + 1;
		if (k + 1 >= n || t->tsc < a->tsc) {
			continue;
		}
		spread_add(&realtime,
			   t->realtime - between(a->tsc, a->realtime, b->tsc, b->realtime, t->tsc),
			   used == 0);
		spread_add(&monotonic,
			   t->monotonic -
				   between(a->tsc, a->monotonic, b->tsc, b->monotonic, t->tsc),
			   used == 0);
		begin = used == 0 ? t->monotonic : begin;
		end = t->monotonic;
		used++;
	}
	printf("DRIFT seconds %" PRId64 " readings %u offset %" PRId64 " realtime %" PRId64
	       " monotonic %" PRId64 "\n",
	       (end - begin) / SECOND, used, realtime.first, realtime.furthest, monotonic.furthest);
	return used == 0;
}

/* Works this many percent of each tenth of a second, for ever. */
int run_load(const char *arg)
{
	int64_t percent = atoi(arg), next = clock_ns(CLOCK_MONOTONIC);

	if (percent < 1 || percent > 100) {
		fprintf(stderr, "workload: load of 1 to 100 percent, not %s\n", arg);
		return 2;
	}
	for (;;) {
		int64_t done = clock_ns(CLOCK_THREAD_CPUTIME_ID) + LOAD_PERIOD_NS * percent / 100;
		int64_t now;

		while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < done) {
		}
		now = clock_ns(CLOCK_MONOTONIC);
		next = next + LOAD_PERIOD_NS > now ? next + LOAD_PERIOD_NS : now;
		usleep((useconds_t)((next - now) / 1000));
	}
}

/* Milliseconds that the kernel says were stolen, and that it had the CPU busy for. */
static void cpu_times(unsigned long *busy, unsigned long *stolen)
{
	unsigned long user = 0, nice = 0, system = 0, idle, iowait, irq = 0, softirq = 0;
	FILE *in = fopen("/proc/stat", "r");

	*stolen = 0;
	if (in == NULL || fscanf(in, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &user, &nice, &system,
				 &idle, &iowait, &irq, &softirq, stolen) != 8) {
		perror("/proc/stat");
	}
	if (in != NULL) {
		fclose(in);
	}
	*busy = (user + nice + system + irq + softirq) * 10;
	*stolen *= 10;
}

/* Computes for so many seconds of the clock, and says how much of them it had; milliseconds. */
int run_burn(const char *arg)
{
	int64_t start = clock_ns(CLOCK_MONOTONIC), end = start + atoi(arg) * SECOND;
	unsigned long busy, stolen, busy_then, stolen_then;

	cpu_times(&busy_then, &stolen_then);
	while (clock_ns(CLOCK_MONOTONIC) < end) {
	}
	cpu_times(&busy, &stolen);
	printf("BURN elapsed %" PRId64 " busy %lu stolen %lu\n",
	       (clock_ns(CLOCK_MONOTONIC) - start) / 1000000, busy - busy_then,
	       stolen - stolen_then);
	return 0;
}
