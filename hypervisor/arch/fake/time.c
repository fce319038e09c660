/* SPDX-License-Identifier: MIT */
/* Clocks of the fake machine: time stands still until a test moves it. */
#include "arch/time.h"

#include "arch/cpu.h"
#include "arch/fake/fake.h"

stime_t fake_now;
stime_t fake_deadline[MAX_CPUS];
/* One tick of the TSC is a nanosecond: mul / 2^32 << shift is 1. */
struct time_scale tsc_scale = {.mul = 0x80000000, .shift = 1, .stable = true};
uint32_t cpu_khz = 1000000;
static uint64_t wall_sec = 1700000000;
static uint32_t wall_nsec;

stime_t now_ns(void)
{
	return fake_now;
}

uint64_t tsc_read(void)
{
	return fake_now;
}

void time_snapshot(uint64_t *tsc, stime_t *system)
{
	*tsc = *system = fake_now;
}

void cpu_timer_program(stime_t deadline)
{
	fake_deadline[smp_processor_id()] = deadline;
}

void wallclock_get(uint64_t *sec, uint32_t *nsec)
{
	*sec = wall_sec;
	*nsec = wall_nsec;
}

void wallclock_set(uint64_t sec, uint32_t nsec, stime_t at)
{
	wall_sec = sec - at / NSEC_PER_SEC;
	wall_nsec = nsec;
}
