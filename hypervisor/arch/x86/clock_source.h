/* SPDX-License-Identifier: MIT */
/* Clocks of known rate to measure the TSC with, and the RTC; boot only. */
#ifndef ARGON_X86_CLOCK_SOURCE_H
#define ARGON_X86_CLOCK_SOURCE_H

#include "lib/types.h"

struct clock_source {
	const char *name;
	uint64_t hz;
	uint64_t mask;          /* the counter wraps there */
	uint64_t (*read)(void); /* counts up */
};

/* The best there is: PM timer, HPET, or PIT channel 2. */
void clock_source_find(struct clock_source *s);
/* TSC ticks a second, measured for us microseconds. */
uint64_t clock_source_measure_tsc(const struct clock_source *s, unsigned int us);
/* Seconds since 1970 from the CMOS clock (taken as UTC). */
uint64_t rtc_read(void);

#endif
