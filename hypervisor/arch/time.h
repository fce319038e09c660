/* SPDX-License-Identifier: MIT */
/* Clocks: system time, the one-shot timer of each CPU, the wall clock. */
#ifndef ARGON_ARCH_TIME_H
#define ARGON_ARCH_TIME_H

#include "lib/types.h"

/* System time in ns: monotonic, the same on all CPUs. */
stime_t now_ns(void);
uint64_t tsc_read(void);
/* Scale that guests use: ns = ((tsc - tsc_base) << shift or >> -shift) * mul >> 32 (pvclock). */
struct time_scale {
	uint32_t mul;
	int8_t shift;
	bool stable; /* TSCs are synchronous and invariant */
};
extern struct time_scale tsc_scale;
/* Reads tsc and system time as one consistent pair. */
void time_snapshot(uint64_t *tsc, stime_t *system);
/* Arms this CPU's hardware timer so that WORK_TIMER is raised at (or soon
 * after) the deadline; STIME_MAX: nothing to wait for. */
void cpu_timer_program(stime_t deadline);
/* Wall clock: UTC seconds and ns at system time 0 (dom0 may set it). */
void wallclock_get(uint64_t *sec, uint32_t *nsec);
void wallclock_set(uint64_t sec, uint32_t nsec, stime_t at);

#endif
