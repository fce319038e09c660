/* SPDX-License-Identifier: MIT */
/*
 * The scheduler on a simulated machine of up to 64 CPUs: real sched.c and
 * policies, a clock that jumps from event to event, vCPUs that follow seeded
 * scripts.  After every event the rules that always hold are checked.
 */
#ifndef TESTS_CORE_SCHED_SIM_H
#define TESTS_CORE_SCHED_SIM_H

#include "core/world.h"

/* What a vCPU does: runs for about burst, sleeps for about pause; 0: never sleeps. */
struct sim_script {
	uint64_t burst, pause;
	bool yields; /* gives way after each burst instead of sleeping */
};

struct sim_vcpu {
	struct vcpu v;
	struct sim_script script;
	uint64_t seed;
	uint64_t burst_end; /* by its run time; STIME_MAX: none */
	struct timer alarm; /* ends its sleep */
	stime_t woken;      /* waits to run since; 0: ran since */
	uint64_t run_before;
};

/* Latencies in powers of two of a microsecond, and the greatest. */
struct sim_latency {
	uint64_t count, bucket[32], max;
};

struct sim {
	unsigned int cpus, count;
	struct sim_vcpu *all[8192];
	struct domain *domains[8192];
	unsigned int domain_count;
	uint64_t steps, switches;
	struct sim_latency wake;
	uint64_t longest_wait; /* of those runnable at the end */
};

extern struct sim sim;

/* A machine with cpus CPUs in sockets of so many; ends what was before. */
void sim_start(unsigned int cpus, unsigned int per_socket, const struct scheduler *policy);
void sim_end(void);
struct domain *sim_domain(unsigned int weight, unsigned int cap);
/* A vCPU of d, runnable from now on. */
struct sim_vcpu *sim_add(struct domain *d, struct sim_script script);
void sim_pin(struct sim_vcpu *s, cpumask_t hard, cpumask_t soft);
/* Lets time pass; from then on shares count from its beginning. */
void sim_run(uint64_t ns);
/* Run time of s, of a domain and of all since sim_run began. */
uint64_t sim_ran(const struct sim_vcpu *s);
uint64_t sim_domain_ran(const struct domain *d);
uint64_t sim_all_ran(void);
/* The latency that so many per mille stay below, us. */
uint64_t sim_percentile(const struct sim_latency *l, unsigned int permille);

#endif
