/* SPDX-License-Identifier: MIT */
/* A set of physical CPUs: one word, since MAX_CPUS is 64. */
#ifndef ARGON_LIB_CPUMASK_H
#define ARGON_LIB_CPUMASK_H

#include "lib/bitops.h"

typedef uint64_t cpumask_t;

_Static_assert(MAX_CPUS <= 64, "cpumask_t is one word");

static inline cpumask_t cpumask_of(unsigned int cpu)
{
	return 1ULL << cpu;
}

static inline bool cpumask_test(cpumask_t m, unsigned int cpu)
{
	return (m >> cpu) & 1;
}

static inline void cpumask_set_atomic(cpumask_t *m, unsigned int cpu)
{
	__atomic_fetch_or(m, 1ULL << cpu, __ATOMIC_SEQ_CST);
}

static inline void cpumask_clear_atomic(cpumask_t *m, unsigned int cpu)
{
	__atomic_fetch_and(m, ~(1ULL << cpu), __ATOMIC_SEQ_CST);
}

static inline unsigned int cpumask_count(cpumask_t m)
{
	unsigned int n;

	for (n = 0; m; n++) {
		m &= m - 1;
	}
	return n;
}

#define for_each_cpu_in(cpu, mask)                                                   \
	for (cpumask_t fec_m_ = (mask); fec_m_ && ((cpu) = bit_first(fec_m_), true); \
	     fec_m_ &= fec_m_ - 1)

extern cpumask_t cpu_online_map; /* CPUs that schedule */

#endif
