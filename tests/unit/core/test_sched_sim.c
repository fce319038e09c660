/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler promises, on a simulated machine (sched_sim.h): shares
 * by weight, caps, short waits for who sleeps much, nobody starves, affinity
 * and work conservation (checked after every event).  Figures are printed.
 */
#include "core/sched_sim.h"

#include <stdio.h>
#include <stdlib.h>

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC

static const struct sim_script spinner = {.burst = 1};
/* Serves requests: a little work, then waits for the next. */
static const struct sim_script server = {.burst = 100 * US, .pause = 4 * MS};

static void sim_over(void)
{
	printf("    %u vCPUs on %u CPUs: %lu events, %lu switches\n", sim.count, sim.cpus,
	       sim.steps, sim.switches);
	sim_end();
}

/* Per mille by which ran misses want. */
static unsigned int error_permille(uint64_t ran, uint64_t want)
{
	return (unsigned int)((ran > want ? ran - want : want - ran) * 1000 / want);
}

/*
 * Spinners of three weights, as many of each, and somebody who wakes up now and then (a control
 * domain); returns the greatest error of a vCPU.
 */
static unsigned int weights_error(unsigned int cpus, unsigned int each, struct sim_script waker)
{
	static const unsigned int weight[] = {256, 512, 1024};
	struct sim_vcpu *s[3][64];
	unsigned int worst = 0;

	sim_start(cpus, 64, &sched_credit);
	for (unsigned int w = 0; w < 3; w++) {
		for (unsigned int i = 0; i < each; i++) {
			s[w][i] = sim_add(sim_domain(weight[w], 0), spinner);
		}
	}
	if (waker.pause) {
		sim_add(sim_domain(256, 0), waker);
	}
	sim_run(1 * S);
	sim_run(20 * S);
	assert_int_equal(sim_all_ran(), 20 * S * cpus);
	for (unsigned int w = 0; w < 3; w++) {
		for (unsigned int i = 0; i < each; i++) {
			uint64_t want = 20 * S * cpus * weight[w] / (each * (256 + 512 + 1024));

			worst = MAX(worst, error_permille(sim_ran(s[w][i]), want));
		}
	}
	return worst;
}

static void test_weights(void **state)
{
	static const unsigned int shape[][2] = {{1, 1}, {1, 4}, {2, 3}, {4, 4}, {8, 10}};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(shape); i++) {
		unsigned int error =
			weights_error(shape[i][0], shape[i][1], (struct sim_script){0});

		printf("    weights 1:2:4, %u each: error %u.%u %%\n", shape[i][1], error / 10,
		       error % 10);
		assert_true(error <= 20);
		sim_over();
	}
}

/* Who wakes with time saved must not pull those back who are rightly ahead. */
static void test_weights_beside_waker(void **state)
{
	static const uint64_t pause[] = {4 * MS, 7 * MS, 30 * MS};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(pause); i++) {
		struct sim_script waker = {.burst = 5 * US, .pause = pause[i]};
		unsigned int error = weights_error(1, 1, waker);

		printf("    weights 1:2:4, one wakes each %lu ms: error %u.%u %%\n",
		       (unsigned long)(pause[i] / MS), error / 10, error % 10);
		assert_true(error <= 10);
		sim_over();
	}
}

/* The least and the greatest weight there are: both get their share. */
static void test_extreme_weights(void **state)
{
	struct sim_vcpu *light, *heavy;

	(void)state;
	sim_start(1, 64, &sched_credit);
	light = sim_add(sim_domain(100, 0), spinner);
	heavy = sim_add(sim_domain(6500, 0), spinner);
	sim_run(66 * S);
	assert_in_range(sim_ran(light), 900 * MS, 1100 * MS);
	assert_in_range(sim_ran(heavy), 64 * S, 66 * S);
	sim_over();
}

/* Groups pinned to different CPUs keep the weights within, whatever goes on beside. */
static void test_weights_of_pinned(void **state)
{
	struct sim_vcpu *s[4];

	(void)state;
	sim_start(2, 64, &sched_credit);
	s[0] = sim_add(sim_domain(256, 0), spinner);
	s[1] = sim_add(sim_domain(1024, 0), spinner);
	s[2] = sim_add(sim_domain(256, 0), spinner);
	s[3] = sim_add(sim_domain(256, 0), spinner);
	for (unsigned int i = 0; i < 4; i++) {
		sim_pin(s[i], i < 2 ? 1 : 2, ~0ULL);
	}
	sim_run(20 * S);
	assert_true(error_permille(sim_ran(s[0]), 4 * S) <= 30);
	assert_true(error_permille(sim_ran(s[1]), 16 * S) <= 30);
	assert_true(error_permille(sim_ran(s[2]), 10 * S) <= 30);
	/* One that may run anywhere joins late: it waits for nobody to catch up. */
	s[0] = sim_add(sim_domain(256, 0), spinner);
	sim_run(10 * MS * 4);
	assert_true(sim_ran(s[0]) > 0);
	sim_run(2 * S);
	assert_true(sim_ran(s[0]) >= 500 * MS);
	for (unsigned int i = 1; i < 4; i++) {
		assert_true(sim_ran(s[i]) >= 300 * MS);
	}
	sim_over();
}

static void test_caps(void **state)
{
	static const struct {
		unsigned int cap, vcpus, rivals;
		struct sim_script script;
	} shape[] = {
		{5, 1, 0, {.burst = 1}},     {5, 1, 3, {.burst = 1}},
		{50, 1, 1, {.burst = 1}},    {1, 2, 0, {.burst = 1}},
		{150, 4, 0, {.burst = 1}},   {150, 4, 4, {.burst = 1}},
		{5, 8, 8, {.burst = 1}},     {30, 1, 0, {.burst = 3 * MS, .pause = 1 * MS}},
		{1600, 64, 0, {.burst = 1}},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(shape); i++) {
		unsigned int cpus = shape[i].cap > 800 ? 24 : 4, error;
		struct domain *d;
		uint64_t want;

		sim_start(cpus, 8, &sched_credit);
		d = sim_domain(256, shape[i].cap);
		for (unsigned int n = 0; n < shape[i].vcpus; n++) {
			sim_add(d, shape[i].script);
		}
		for (unsigned int n = 0; n < shape[i].rivals; n++) {
			sim_add(sim_domain(256, 0), spinner);
		}
		sim_run(100 * MS);
		sim_run(20 * S);
		want = 20 * S / 100 * shape[i].cap;
		error = error_permille(sim_domain_ran(d), want);
		printf("    cap %u %%, %u vCPUs, %u rivals: off by %u.%u %%\n", shape[i].cap,
		       shape[i].vcpus, shape[i].rivals, error / 10, error % 10);
		assert_true(error <= 20);
		/* What it leaves the others have. */
		if (shape[i].rivals >= 4) {
			assert_true(sim_all_ran() == 20 * S * cpus);
		}
		sim_over();
	}
}

/* Who sleeps most of the time gets in soon, however many spin. */
static void test_wake_latency(void **state)
{
	static const unsigned int spinners[] = {0, 1, 4, 16, 64};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(spinners); i++) {
		sim_start(4, 64, &sched_credit);
		for (unsigned int n = 0; n < spinners[i]; n++) {
			sim_add(sim_domain(256, 0), spinner);
		}
		for (unsigned int n = 0; n < 8; n++) {
			sim_add(sim_domain(256, 0), server);
		}
		sim_run(20 * S);
		printf("    8 servers, %u spinners: wake-up 50 %% < %lu us, 99 %% < %lu us, most "
		       "%llu us\n",
		       spinners[i], sim_percentile(&sim.wake, 500), sim_percentile(&sim.wake, 990),
		       sim.wake.max / US);
		assert_true(sim.wake.count > 20000);
		assert_true(sim_percentile(&sim.wake, 990) <= 2048);
		assert_true(sim.wake.max <= 10 * MS);
		sim_over();
	}
}

/* Thousands of all kinds, weights, pins; nobody is forgotten, the rules hold. */
static void mix(unsigned int cpus, unsigned int count, uint64_t time, unsigned int seed)
{
	uint64_t rest = 0;
	unsigned int starved = 0;

	srandom(seed);
	sim_start(cpus, 16, &sched_credit);
	for (unsigned int i = 0; i < count; i++) {
		struct sim_script script = {
			.burst = (uint64_t)(random() % 5000 + 1) * US,
			.pause = random() % 4 ? (uint64_t)(random() % 200000) * US : 0,
			.yields = random() % 8 == 0,
		};
		struct domain *d = i % 3 || !i ? sim_domain(64U << random() % 5, 0)
					       : sim.domains[sim.domain_count - 1];
		struct sim_vcpu *s = sim_add(d, script);

		if (random() % 4 == 0) {
			cpumask_t some = (cpumask_t)random() | (cpumask_t)random() << 32;

			some &= cpu_online_map;
			sim_pin(s, some ? some : 1, ~0ULL);
		} else if (random() % 3 == 0) {
			sim_pin(s, ~0ULL, 1ULL << random() % cpus);
		}
	}
	sim_run(time);
	for (unsigned int i = 0; i < count; i++) {
		starved += sim_ran(sim.all[i]) == 0;
	}
	rest = time * cpus - sim_all_ran();
	printf("    mix of %u on %u CPUs: longest wait %llu ms, %llu ms of CPU idle\n", count, cpus,
	       sim.longest_wait / MS, rest / MS);
	assert_int_equal(starved, 0);
	sim_over();
}

static void test_mixes(void **state)
{
	(void)state;
	mix(4, 40, 5 * S, 1);
	mix(16, 300, 5 * S, 2);
	mix(64, 1000, 5 * S, 3);
	mix(8, 4000, 12 * S, 4);
}

/* Queues of few CPUs each: idle ones fetch work, spinners spread by load. */
static void test_balance(void **state)
{
	struct sim_vcpu *s[48];

	(void)state;
	sim_start(16, 4, &sched_credit);
	for (unsigned int i = 0; i < 48; i++) {
		s[i] = sim_add(sim_domain(256, 0), spinner);
		sim_pin(s[i], 0xf, ~0ULL); /* all in one queue */
	}
	for (unsigned int i = 0; i < 48; i++) {
		sim_pin(s[i], ~0ULL, ~0ULL);
	}
	sim_run(200 * MS);
	sim_run(10 * S);
	assert_int_equal(sim_all_ran(), 160 * S);
	for (unsigned int i = 0; i < 48; i++) {
		assert_true(error_permille(sim_ran(s[i]), 10 * S / 3) <= 60);
	}
	sim_over();
}

/* Who had a CPU alone and moves to others is not made to wait until they have had as much. */
static void test_moved(void **state)
{
	struct sim_vcpu *all[7];

	(void)state;
	sim_start(2, 8, &sched_credit);
	for (unsigned int i = 0; i < 7; i++) {
		all[i] = sim_add(sim_domain(256, 0), spinner);
		sim_pin(all[i], i ? 2 : 1, ~0ULL);
	}
	sim_run(20 * S);
	assert_true(sim_ran(all[0]) > 19 * S);
	sim_pin(all[0], 2, ~0ULL);
	sim_run(1 * S);
	for (unsigned int i = 0; i < 7; i++) {
		assert_in_range(sim_ran(all[i]), S / 10, S / 5);
	}
	sim_over();
}

static void test_soft_affinity(void **state)
{
	struct sim_vcpu *s[4];

	(void)state;
	sim_start(4, 64, &sched_credit);
	for (unsigned int i = 0; i < 2; i++) {
		s[i] = sim_add(sim_domain(256, 0), spinner);
		sim_pin(s[i], ~0ULL, 1ULL << (3 - i));
	}
	sim_run(20 * MS);
	/* There is room: each is where it would rather be. */
	assert_int_equal(s[0]->v.cpu, 3);
	assert_int_equal(s[1]->v.cpu, 2);
	/* Three want CPU 3: nobody waits for it while others are idle. */
	for (unsigned int i = 2; i < 4; i++) {
		s[i] = sim_add(sim_domain(256, 0), spinner);
		sim_pin(s[i], ~0ULL, 8);
	}
	sim_run(1 * S);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(sim_ran(s[i]), 1 * S);
	}
	sim_over();
}

/* Who yields in a loop has no more of it than who spins, and who spins no less. */
static void test_attackers(void **state)
{
	static const struct sim_script storm[] = {
		{.burst = 1},                          /* spins */
		{.burst = 2 * US, .yields = true},     /* yields in a loop */
		{.burst = 2 * US, .pause = 2 * US},    /* arms a timer and sleeps, in a loop */
		{.burst = 900 * US, .pause = 20 * US}, /* always gone when the tick comes */
		{.burst = 9900 * US, .pause = 100 * US},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(storm); i++) {
		uint64_t time = i == 1 || i == 2 ? S / 2 : 10 * S, ran;
		struct sim_vcpu *victim, *server_like;

		sim_start(2, 64, &sched_credit);
		victim = sim_add(sim_domain(256, 0), spinner);
		server_like = sim_add(sim_domain(256, 0), server);
		for (unsigned int n = 0; n < 3; n++) {
			sim_add(sim_domain(256, 0), storm[i]);
		}
		sim_run(time);
		ran = sim_ran(victim) * 1000 / time;
		printf("    attacker %u: victim has %lu.%lu %% of a CPU; server waits at most "
		       "%llu us\n",
		       i, ran / 10, ran % 10, sim.wake.max / US);
		/* Two CPUs, four that spin and one that needs little. */
		assert_true(ran >= 450);
		assert_true(sim_ran(server_like) * 1000 >= 22 * time);
		assert_true(sim.wake.max <= 10 * MS);
		sim_over();
	}
}

static void test_null(void **state)
{
	struct sim_vcpu *s[6];
	uint64_t ran = 0;

	(void)state;
	sim_start(4, 64, &sched_null);
	for (unsigned int i = 0; i < 6; i++) {
		s[i] = sim_add(sim_domain(256, 0), i ? spinner : server);
	}
	sim_run(1 * S);
	for (unsigned int i = 0; i < 6; i++) {
		ran += sim_ran(s[i]) != 0;
	}
	/* One sleeps now and then: a fifth takes its place. */
	assert_int_equal(ran, 5);
	assert_int_equal(sim_all_ran(), 4 * S);
	sim_end();
	/* No more of them than CPUs: each has its own and is never stopped. */
	sim_start(4, 64, &sched_null);
	for (unsigned int i = 0; i < 4; i++) {
		s[i] = sim_add(sim_domain(256, 0), i ? spinner : server);
	}
	sim_run(1 * S);
	for (unsigned int i = 1; i < 4; i++) {
		assert_int_equal(sim_ran(s[i]), 1 * S);
	}
	assert_int_equal(sim.wake.max, 0);
	sim_over();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_weights_beside_waker),
		cmocka_unit_test(test_extreme_weights),
		cmocka_unit_test(test_weights_of_pinned),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_wake_latency),
		cmocka_unit_test(test_mixes),
		cmocka_unit_test(test_balance),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_soft_affinity),
		cmocka_unit_test(test_attackers),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
