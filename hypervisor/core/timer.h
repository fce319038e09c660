/* SPDX-License-Identifier: MIT */
/*
 * Software timers on the system time, a heap per CPU.  Callbacks run from
 * the softirq of that CPU, interrupts off, no locks held.
 */
#ifndef ARGON_CORE_TIMER_H
#define ARGON_CORE_TIMER_H

#include "lib/types.h"

struct timer {
	stime_t expires;
	void (*fn)(void *data);
	void *data;
	uint16_t cpu;	/* whose heap it is in */
	uint16_t state; /* TIMER_* of timer.c */
	uint32_t heap_index;
};

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu);
/* (Re)arms for an absolute system time; a past time fires at once. */
void timer_set(struct timer *t, stime_t expires);
/* After it returns the timer is not pending (its callback may still run). */
void timer_stop(struct timer *t);
/* Stops it for good and waits until a running callback is over. */
void timer_kill(struct timer *t);
void timer_migrate(struct timer *t, unsigned int cpu);
/* Softirq: runs what is due and programs the hardware for the next. */
void timer_softirq(void);
void timers_init_cpu(unsigned int cpu);

#endif
