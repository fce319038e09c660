/* SPDX-License-Identifier: MIT */
/*
 * Software timers on the system time: a pairing heap per CPU, links inside
 * the timers, so that arming never needs memory.  Callbacks run from the
 * softirq of that CPU, no locks held.
 */
#ifndef ARGON_CORE_TIMER_H
#define ARGON_CORE_TIMER_H

#include "lib/types.h"

struct timer {
	stime_t expires;
	void (*fn)(void *data);
	void *data;
	struct timer *child, *next, *prev; /* heap; prev is the parent for a first child */
	uint16_t cpu;                      /* whose heap it belongs to */
	bool pending;                      /* in the heap */
	bool killed;                       /* never to be armed again */
};

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu);
/* (Re)arms for an absolute system time; a past time fires at once. */
void timer_set(struct timer *t, stime_t expires);
/* After it returns the timer is not pending (its callback may still run). */
void timer_stop(struct timer *t);
/* Stops it for good and waits until a running callback is over. */
void timer_kill(struct timer *t);
/* From now on its callback runs on that CPU. */
void timer_migrate(struct timer *t, unsigned int cpu);
/* Softirq: runs what is due and programs the hardware for the next. */
void timer_softirq(void);
void timers_init_cpu(unsigned int cpu);

#endif
