/* SPDX-License-Identifier: MIT */
/* The scheduler: who runs where, fair shares, affinity, blocking, accounting. */
#include "core/world.h"

#include <stdlib.h>

#include "core/vcpu_time.h"
#include "xen/vcpu.h"

#define MS NSEC_PER_MSEC

static unsigned int cpu_of(const struct vcpu *v)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (sched_current(cpu) == v) {
			return cpu;
		}
	}
	return CPUS;
}

static bool runs(const struct vcpu *v)
{
	assert_int_equal(cpu_of(v) < CPUS, v->is_running);
	return cpu_of(v) < CPUS;
}

static void pin(struct vcpu *v, cpumask_t cpus)
{
	v->hard_affinity = cpus;
	sched_changed(v);
	world_settle();
}

static void block(struct vcpu *v)
{
	__atomic_fetch_or(&v->blocked, VCPU_BLOCKED, __ATOMIC_SEQ_CST);
	sched_sleep_nosync(v);
	world_settle();
}

static void pass_in_steps(uint64_t ns, uint64_t step)
{
	while (ns) {
		world_pass(step);
		ns -= step;
	}
}

static int begin(void **state)
{
	int rc = world_test_begin(state);

	world_act_as(NULL);
	return rc;
}

#define SCHED_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static void test_spread_over_cpus(void **state)
{
	struct domain *d = world_domain(1, CPUS);

	(void)state;
	world_unpause(d);
	for (unsigned int i = 0; i < CPUS; i++) {
		assert_true(runs(d->vcpu[i]));
	}
	/* What nobody runs on is idle. */
	block(d->vcpu[2]);
	assert_false(runs(d->vcpu[2]));
	assert_int_equal(cpumask_count(sched_idle_cpus), 1);
	vcpu_unblock(d->vcpu[2]);
	world_settle();
	assert_true(runs(d->vcpu[2]));
	assert_int_equal(sched_idle_cpus, 0);
}

static void test_weights(void **state)
{
	struct domain *light = world_domain(1, 1), *heavy = world_domain(2, 1);
	uint64_t a, b;

	(void)state;
	heavy->weight = 2 * light->weight;
	world_unpause(light);
	world_unpause(heavy);
	pin(light->vcpu[0], 1);
	pin(heavy->vcpu[0], 1);
	a = vcpu_run_time(light->vcpu[0]);
	b = vcpu_run_time(heavy->vcpu[0]);
	pass_in_steps(9000 * MS, MS);
	a = vcpu_run_time(light->vcpu[0]) - a;
	b = vcpu_run_time(heavy->vcpu[0]) - b;
	assert_int_equal(a + b, 9000 * MS);
	assert_in_range(a, 2900 * MS, 3100 * MS);
}

/* Four busy vCPUs on one CPU, each other's weight: none waits long. */
static void test_nobody_starves(void **state)
{
	struct domain *d = world_domain(1, 4);
	uint64_t before[4];

	(void)state;
	world_unpause(d);
	for (unsigned int i = 0; i < 4; i++) {
		pin(d->vcpu[i], 2);
		before[i] = vcpu_run_time(d->vcpu[i]);
	}
	for (unsigned int round = 0; round < 10; round++) {
		pass_in_steps(100 * MS, MS);
		for (unsigned int i = 0; i < 4; i++) {
			uint64_t now = vcpu_run_time(d->vcpu[i]);

			assert_true(now - before[i] >= 10 * MS);
			before[i] = now;
		}
	}
}

static void test_waker_preempts(void **state)
{
	struct domain *d = world_domain(1, 2);

	(void)state;
	world_unpause(d);
	pin(d->vcpu[0], 1);
	pin(d->vcpu[1], 1);
	block(d->vcpu[1]);
	pass_in_steps(1000 * MS, 10 * MS);
	assert_true(runs(d->vcpu[0]));
	vcpu_unblock(d->vcpu[1]);
	world_settle();
	/* The other has run for long. */
	assert_true(runs(d->vcpu[1]));
	block(d->vcpu[1]);
	assert_true(runs(d->vcpu[0]));
	world_pass(MS / 4);
	vcpu_unblock(d->vcpu[1]);
	world_settle();
	/* Not within the first millisecond of the other's turn, and not later. */
	assert_true(runs(d->vcpu[0]));
	world_pass(MS - MS / 4 - 1);
	assert_true(runs(d->vcpu[0]));
	world_pass(1);
	assert_true(runs(d->vcpu[1]));
	/* It slept a second, yet may not keep the CPU for one. */
	pass_in_steps(50 * MS, MS);
	assert_true(vcpu_run_time(d->vcpu[0]) > 1000 * MS);
}

static void test_affinity(void **state)
{
	struct domain *d = world_domain(1, 1);
	struct vcpu *v = d->vcpu[0];

	(void)state;
	world_unpause(d);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		pin(v, cpumask_of(cpu));
		assert_int_equal(cpu_of(v), cpu);
	}
	srandom(5);
	for (unsigned int i = 0; i < 200; i++) {
		cpumask_t m = (cpumask_t)random() % ((1 << CPUS) - 1) + 1;

		pin(v, m);
		assert_true(cpumask_test(m, cpu_of(v)));
		world_pass((unsigned long)random() % (20 * MS));
	}
}

static void test_yield(void **state)
{
	struct domain *d = world_domain(1, 2);
	unsigned int changes = 0;

	(void)state;
	world_unpause(d);
	pin(d->vcpu[0], 1);
	pin(d->vcpu[1], 1);
	for (unsigned int i = 0; i < 20; i++) {
		struct vcpu *v = sched_current(0);

		world_cpu(0);
		cpu_set_current(v);
		vcpu_yield();
		world_settle();
		changes += sched_current(0) != v;
	}
	assert_int_equal(changes, 20);
}

static void test_pause_counts(void **state)
{
	struct domain *d = world_domain(1, 2);

	(void)state;
	world_unpause(d);
	domain_pause_nosync(d);
	domain_pause_nosync(d);
	world_settle();
	assert_false(runs(d->vcpu[0]) || runs(d->vcpu[1]));
	domain_unpause(d);
	world_settle();
	assert_false(runs(d->vcpu[0]));
	domain_unpause(d);
	world_settle();
	assert_true(runs(d->vcpu[0]) && runs(d->vcpu[1]));
	/* A wake does not undo a pause. */
	block(d->vcpu[0]);
	domain_pause_nosync(d);
	vcpu_unblock(d->vcpu[0]);
	world_settle();
	assert_false(runs(d->vcpu[0]));
	domain_unpause(d);
	world_settle();
	assert_true(runs(d->vcpu[0]));
}

static void test_runstates_add_up(void **state)
{
	struct domain *d = world_domain(1, 3);
	struct vcpu_runstate_info info;
	stime_t start = fake_now;

	(void)state;
	world_unpause(d);
	for (unsigned int i = 0; i < 3; i++) {
		pin(d->vcpu[i], 1);
	}
	srandom(9);
	for (unsigned int step = 0; step < 500; step++) {
		struct vcpu *v = d->vcpu[random() % 3];

		if (random() % 3 == 0) {
			block(v);
		} else {
			vcpu_unblock(v);
		}
		world_pass((unsigned long)random() % (5 * MS));
	}
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t sum = 0;

		vcpu_runstate_get(d->vcpu[i], &info);
		for (unsigned int s = 0; s < 4; s++) {
			sum += info.time[s];
		}
		assert_int_equal(sum, fake_now - start);
	}
}

/* What waits for others is stolen time; what a pause takes is not. */
static void test_steal_and_pause(void **state)
{
	struct domain *d = world_domain(1, 2);
	struct vcpu_runstate_info before, after;

	(void)state;
	world_unpause(d);
	pin(d->vcpu[0], 1);
	pin(d->vcpu[1], 1);
	vcpu_runstate_get(d->vcpu[0], &before);
	pass_in_steps(1000 * MS, MS);
	vcpu_runstate_get(d->vcpu[0], &after);
	assert_in_range(after.time[RUNSTATE_runnable] - before.time[RUNSTATE_runnable], 480 * MS,
			520 * MS);
	before = after;
	domain_pause_nosync(d);
	world_settle();
	pass_in_steps(60000 * MS, 1000 * MS);
	domain_unpause(d);
	world_settle();
	vcpu_runstate_get(d->vcpu[0], &after);
	assert_int_equal(after.time[RUNSTATE_runnable], before.time[RUNSTATE_runnable]);
	assert_int_equal(after.time[RUNSTATE_offline] - before.time[RUNSTATE_offline], 60000 * MS);
}

static evtchn_port_t bind_timer(struct vcpu *v)
{
	struct evtchn_bind_virq b = {.virq = VIRQ_TIMER, .vcpu = v->id};

	world_act_as(v);
	assert_int_equal(call_events(EVTCHNOP_bind_virq, &b), 0);
	world_act_as(NULL);
	return b.port;
}

static bool ticked(struct domain *d, evtchn_port_t port)
{
	uint64_t *word = &d->shared->evtchn_pending[port / 64];

	return __atomic_fetch_and(word, ~(1ULL << port % 64), __ATOMIC_SEQ_CST) >> port % 64 & 1;
}

/* Timers of a paused guest come due; it finds one tick, and the next at its regular time. */
static void test_timers_across_pause(void **state)
{
	struct domain *d = world_domain(1, 1);
	struct vcpu *v = d->vcpu[0];
	evtchn_port_t port = bind_timer(v);
	stime_t start;

	(void)state;
	world_unpause(d);
	vcpu_set_singleshot(v, fake_now + 100 * MS);
	domain_pause_nosync(d);
	world_settle();
	world_pass(99 * MS);
	assert_false(ticked(d, port));
	world_pass(60000 * MS);
	domain_unpause(d);
	world_settle();
	assert_true(ticked(d, port));
	world_pass(1000 * MS);
	assert_false(ticked(d, port));

	start = fake_now;
	vcpu_set_periodic(v, 10 * MS);
	domain_pause_nosync(d);
	world_settle();
	pass_in_steps(60000 * MS, 5 * MS);
	world_pass(5 * MS);
	domain_unpause(d);
	world_settle();
	assert_true(ticked(d, port));
	assert_false(ticked(d, port));
	world_pass(5 * MS - 1);
	assert_false(ticked(d, port));
	world_pass(1);
	assert_true(ticked(d, port));
	assert_int_equal((fake_now - start) % (10 * MS), 0);
	vcpu_set_periodic(v, 0);
}

/* Everything at once; in the end the right ones run. */
static void test_random(void **state)
{
	struct domain *d[3];

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		d[i] = world_domain((xen_domid_t)(i + 1), 3);
		world_unpause(d[i]);
	}
	srandom(11);
	for (unsigned int step = 0; step < 5000; step++) {
		struct domain *e = d[random() % 3];
		struct vcpu *v = e->vcpu[random() % 3];

		switch (random() % 6) {
		case 0:
			block(v);
			break;
		case 1:
			pin(v, (cpumask_t)random() % ((1 << CPUS) - 1) + 1);
			break;
		case 2:
			domain_pause_nosync(e);
			world_settle();
			domain_unpause(e);
			break;
		default:
			vcpu_unblock(v);
			break;
		}
		world_pass((unsigned long)random() % MS);
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			const struct vcpu *c = sched_current(cpu);

			assert_true(vcpu_is_idle(c) || (vcpu_is_runnable(c) && runs(c)));
			assert_true(vcpu_is_idle(c) || cpumask_test(c->hard_affinity, cpu));
		}
	}
	for (unsigned int i = 0; i < 9; i++) {
		struct vcpu *v = d[i / 3]->vcpu[i % 3];

		/* Nobody waits while a CPU that it may use is idle. */
		if (vcpu_is_runnable(v) && !runs(v)) {
			assert_int_equal(v->hard_affinity & sched_idle_cpus, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCHED_TEST(test_spread_over_cpus), SCHED_TEST(test_weights),
		SCHED_TEST(test_nobody_starves),   SCHED_TEST(test_waker_preempts),
		SCHED_TEST(test_affinity),         SCHED_TEST(test_yield),
		SCHED_TEST(test_pause_counts),     SCHED_TEST(test_runstates_add_up),
		SCHED_TEST(test_steal_and_pause),  SCHED_TEST(test_timers_across_pause),
		SCHED_TEST(test_random),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
