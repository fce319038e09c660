/* SPDX-License-Identifier: MIT */
/*
 * The run queues' locks: real threads, each a CPU, wake, stop, pin and weigh the same vCPUs while
 * they switch between them. No two CPUs ever have one vCPU, and in the end none is lost.
 */
#include "core/sched_sim.h"

#include <pthread.h>
#include <sched.h>

#define THREADS 6
#define VCPUS 24
#define STEPS 40000

static struct sim_vcpu *vcpus[VCPUS];
static int holder[VCPUS]; /* CPU + 1, 0: nobody's */
static unsigned int switches, known;

void __real_arch_context_switch(struct vcpu *prev, struct vcpu *next);
void __wrap_arch_context_switch(struct vcpu *prev, struct vcpu *next);

static int *holder_of(const struct vcpu *v)
{
	for (unsigned int i = 0; i < known; i++) {
		if (&vcpus[i]->v == v) {
			return &holder[i];
		}
	}
	return NULL;
}

/* Runs where a vCPU's state leaves a CPU and another's comes. */
void __wrap_arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
	int *from = holder_of(prev), *to = holder_of(next);

	__atomic_fetch_add(&switches, 1, __ATOMIC_RELAXED);
	if (from) {
		assert_int_equal(__atomic_exchange_n(from, 0, __ATOMIC_SEQ_CST), fake_cpu + 1);
	}
	sched_yield();
	if (to) {
		assert_int_equal(__atomic_exchange_n(to, (int)fake_cpu + 1, __ATOMIC_SEQ_CST), 0);
	}
	__real_arch_context_switch(prev, next);
}

static uint64_t rnd(uint64_t *s, uint64_t n)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s % n;
}

static void one_step(uint64_t *s)
{
	struct vcpu *v = &vcpus[rnd(s, VCPUS)]->v;

	switch (rnd(s, 12)) {
	case 0:
	case 1:
		__atomic_fetch_or(&v->blocked, VCPU_BLOCKED, __ATOMIC_SEQ_CST);
		sched_sleep_nosync(v);
		break;
	case 2:
	case 3:
	case 4:
		vcpu_unblock(v);
		break;
	case 5:
		__atomic_store_n(&v->hard_affinity,
				 rnd(s, 1 << THREADS) | cpumask_of(rnd(s, THREADS)),
				 __ATOMIC_SEQ_CST);
		sched_changed(v);
		break;
	case 6:
		sched_set_share(v->domain, 128 + (unsigned int)rnd(s, 256), 0);
		break;
	case 7:
		if (!vcpu_is_idle(current)) {
			vcpu_yield();
		}
		break;
	case 8:
		cpu_raise_self(WORK_SCHEDULE);
		break;
	case 9:
		__atomic_fetch_add(&fake_now, rnd(s, 3000) * NSEC_PER_USEC, __ATOMIC_SEQ_CST);
		cpu_raise_self(WORK_TIMER);
		break;
	default:
		break;
	}
}

static void work_off(void)
{
	while (cpu_work_pending()) {
		uint32_t work = cpu_work_take();

		if (work & WORK_TIMER) {
			timer_softirq();
		}
		if (work & WORK_SCHEDULE) {
			sched_softirq();
		}
	}
}

static void *cpu(void *number)
{
	uint64_t seed = 0x9e3779b97f4a7c15ULL * ((uintptr_t)number + 1);

	fake_cpu = (unsigned int)(uintptr_t)number;
	for (unsigned int i = 0; i < STEPS; i++) {
		one_step(&seed);
		work_off();
		if (!vcpu_is_idle(current)) {
			assert_int_equal(*holder_of(current), fake_cpu + 1);
		}
	}
	return NULL;
}

/* With nobody meddling each vCPU runs within a while, wherever it was left. */
static void none_is_lost(void)
{
	uint64_t before[VCPUS];
	unsigned int i, ran = 0;

	for (i = 0; i < VCPUS; i++) {
		vcpus[i]->v.hard_affinity = ~0ULL;
		vcpu_unblock(&vcpus[i]->v);
		sched_changed(&vcpus[i]->v);
	}
	for (i = 0; i < VCPUS; i++) {
		before[i] = vcpu_run_time(&vcpus[i]->v);
	}
	for (unsigned int turn = 0; turn < 40 * VCPUS && ran < VCPUS; turn++) {
		for (unsigned int c = 0; c < THREADS; c++) {
			world_cpu(c);
			cpu_raise_self(WORK_TIMER | WORK_SCHEDULE);
			work_off();
			assert_false(vcpu_is_idle(current));
		}
		fake_now += 10 * NSEC_PER_MSEC;
		for (i = ran = 0; i < VCPUS; i++) {
			ran += vcpu_run_time(&vcpus[i]->v) > before[i];
		}
	}
	world_cpu(0);
	assert_int_equal(ran, VCPUS);
}

static void stress(unsigned int per_socket)
{
	pthread_t t[THREADS];
	struct domain *d = NULL;

	sim_start(THREADS, per_socket, &sched_credit);
	switches = known = 0;
	for (unsigned int i = 0; i < VCPUS; i++) {
		if (i % 4 == 0) {
			d = sim_domain(256, 0);
		}
		vcpus[i] = sim_add(d, (struct sim_script){.burst = 1});
	}
	for (unsigned int i = 0; i < VCPUS; i++) {
		const struct vcpu *v = &vcpus[i]->v;

		holder[i] = v->is_running ? (int)v->cpu + 1 : 0;
	}
	known = VCPUS;
	for (uintptr_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&t[i], NULL, cpu, (void *)i), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
	}
	print_message("    %u CPUs, %u share a queue: %u switches\n", THREADS, per_socket,
		      switches);
	none_is_lost();
	known = 0;
	sim_end();
}

static void test_one_queue(void **state)
{
	(void)state;
	stress(THREADS);
}

static void test_many_queues(void **state)
{
	(void)state;
	stress(2);
	stress(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_queue),
		cmocka_unit_test(test_many_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
