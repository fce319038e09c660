/* SPDX-License-Identifier: MIT */
/* System time: nanoseconds since the hypervisor started. */
#ifndef RUNTIME_CLOCK_H
#define RUNTIME_CLOCK_H

#include <stdint.h>

static inline uint64_t clock_tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* Reads vCPU 0's clock page, again when it changed meanwhile. */
uint64_t clock_now(void);

/* Arms vCPU 0's single-shot timer (VIRQ_TIMER) for an absolute system time. */
long clock_set_timer(uint64_t when);

#endif /* RUNTIME_CLOCK_H */
