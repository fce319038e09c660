/* SPDX-License-Identifier: MIT */
/* The simulated machine (see the header). */
#include "core/sched_sim.h"

#include <stdlib.h>
#include <string.h>

#include "core/cpupool.h"
#include "core/vcpu_time.h"
#include "mm/init.h"
#include "xen/vcpu.h"

struct sim sim;
static struct vcpu_info info;

/* xorshift64*, one per vCPU: what one does does not change what another draws. */
static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dULL;
}

/* Between half and one and a half of it. */
static uint64_t about(struct sim_vcpu *s, uint64_t ns)
{
	return ns / 2 + draw(&s->seed) % (ns + 1);
}

static struct sim_vcpu *of(struct vcpu *v)
{
	return container_of(v, struct sim_vcpu, v);
}

static void machine_once(void)
{
	static const struct fake_ram ram[] = {{0, 0x9f000}, {0x100000, 64UL << 20}};
	static struct domain nowhere = {.is_idle = true};
	static struct vcpu nobody = {.domain = &nowhere};
	static bool done;

	if (done) {
		return;
	}
	done = true;
	fake_now = NSEC_PER_SEC;
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		fake_deadline[cpu] = STIME_MAX;
		fake_cpus[cpu].vcpu = &nobody;
	}
	fake_machine_start(&boot_info, ram, 2);
	mm_init(&boot_info);
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		world_cpu(cpu);
		fake_cpus[cpu].cpu = cpu;
		timers_init_cpu(cpu);
		sched_init_cpu(cpu);
	}
	world_cpu(0);
}

static bool settle_once(void)
{
	bool any = false;

	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!fake_cpus[cpu].work) {
			continue;
		}
		any = true;
		world_cpu(cpu);
		while (cpu_work_pending()) {
			uint32_t work = cpu_work_take();

			if (work & WORK_TIMER) {
				timer_softirq();
			}
			if (work & WORK_SCHEDULE) {
				struct vcpu *before = sched_current(cpu);

				sched_softirq();
				sim.switches += sched_current(cpu) != before;
			}
		}
	}
	world_cpu(0);
	return any;
}

static void settle(void)
{
	for (unsigned int turns = 0; settle_once(); turns++) {
		assert_true(turns < 1000);
	}
}

void sim_start(unsigned int cpus, unsigned int per_socket, const struct scheduler *policy)
{
	struct cpupool *pool = cpupool_default();

	machine_once();
	settle();
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (cpumask_test(pool->cpus, cpu)) {
			sched_cpu_leave(cpu);
		}
	}
	settle();
	pool->sched = policy;
	cpu_count = cpus;
	cpu_online_map = cpus < 64 ? (1ULL << cpus) - 1 : ~0ULL;
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		cpu_topology[cpu].socket = cpu / per_socket;
		sched_cpu_join(cpu, pool);
	}
	settle();
	memset(&sim, 0, sizeof(sim));
	sim.cpus = cpus;
}

void sim_end(void)
{
	for (unsigned int i = 0; i < sim.count; i++) {
		struct vcpu *v = &sim.all[i]->v;

		timer_kill(&sim.all[i]->alarm);
		v->blocked |= VCPU_DOWN;
		sched_sleep_nosync(v);
	}
	settle();
	for (unsigned int i = 0; i < sim.count; i++) {
		sched_vcpu_remove(&sim.all[i]->v);
		free(sim.all[i]);
	}
	settle();
	for (unsigned int i = 0; i < sim.domain_count; i++) {
		timer_kill(&sim.domains[i]->cap_timer);
		free(sim.domains[i]->vcpu);
		free(sim.domains[i]);
	}
	for (unsigned int cpu = 0; cpu < sim.cpus; cpu++) {
		assert_int_equal(sched_queue_of(cpu)->waiting, 0);
		assert_int_equal(sched_queue_of(cpu)->load, 0);
	}
	sim.count = sim.domain_count = 0;
}

struct domain *sim_domain(unsigned int weight, unsigned int cap)
{
	struct domain *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->vcpu = calloc(MAX_VCPUS, sizeof(*d->vcpu));
	assert_non_null(d->vcpu);
	sched_domain_init(d, NULL);
	d->weight = (uint16_t)weight;
	d->cap = (uint16_t)cap;
	sim.domains[sim.domain_count++] = d;
	return d;
}

static void begin_burst(struct sim_vcpu *s)
{
	s->burst_end = s->script.pause || s->script.yields
			       ? vcpu_run_time(&s->v) + MAX(about(s, s->script.burst), 1UL)
			       : STIME_MAX;
}

static void wake_up(void *sleeper)
{
	struct sim_vcpu *s = sleeper;

	s->woken = fake_now;
	begin_burst(s);
	vcpu_unblock(&s->v);
}

struct sim_vcpu *sim_add(struct domain *d, struct sim_script script)
{
	struct sim_vcpu *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_true(d->max_vcpus < MAX_VCPUS && sim.count < ARRAY_SIZE(sim.all));
	s->v.domain = d;
	s->v.id = d->max_vcpus;
	s->v.info = &info;
	sched_vcpu_init(&s->v);
	vcpu_timers_init(&s->v);
	s->script = script;
	s->seed = 0x9e3779b97f4a7c15ULL * (sim.count + 1);
	timer_init(&s->alarm, wake_up, s, 0);
	d->vcpu[d->max_vcpus++] = &s->v;
	sim.all[sim.count++] = s;
	begin_burst(s);
	sched_wake(&s->v);
	settle();
	return s;
}

void sim_pin(struct sim_vcpu *s, cpumask_t hard, cpumask_t soft)
{
	s->v.hard_affinity = hard;
	s->v.soft_affinity = soft;
	sched_changed(&s->v);
	settle();
}

static void note_latency(struct sim_latency *l, uint64_t ns)
{
	unsigned int b = 0;

	while (b < 31 && ns >= NSEC_PER_USEC << b) {
		b++;
	}
	l->bucket[b]++;
	l->count++;
	l->max = MAX(l->max, ns);
}

uint64_t sim_percentile(const struct sim_latency *l, unsigned int permille)
{
	uint64_t below = 0;

	for (unsigned int b = 0; b < 32; b++) {
		below += l->bucket[b];
		if (below * 1000 >= l->count * permille) {
			return 1UL << b;
		}
	}
	return ~0UL;
}

/* What holds whatever happens. */
static void check(void)
{
	cpumask_t idle = 0;

	for (unsigned int cpu = 0; cpu < sim.cpus; cpu++) {
		struct vcpu *v = sched_current(cpu);

		if (vcpu_is_idle(v)) {
			idle |= cpumask_of(cpu);
			continue;
		}
		assert_true(vcpu_is_runnable(v) && v->is_running && v->cpu == cpu);
		assert_true(cpumask_test(v->hard_affinity, cpu));
		if (of(v)->woken) {
			note_latency(&sim.wake, fake_now - of(v)->woken);
			of(v)->woken = 0;
		}
	}
	/* Work conserving: nobody waits in a queue while a CPU it may use is idle. */
	for (unsigned int cpu = 0; idle && cpu < sim.cpus; cpu++) {
		const struct runqueue *q = sched_queue_of(cpu);
		struct vcpu *v;

		for (v = bit_first(q->cpus) == cpu ? q->head[0] : NULL; v; v = v->sched.next[0]) {
			bool may = !v->domain->cap || v->domain->budget > 0;

			assert_true(!may || !(v->hard_affinity & idle));
		}
	}
}

/* When what runs on a CPU reaches the end of its burst. */
static stime_t burst_ends(unsigned int cpu)
{
	struct vcpu *v = sched_current(cpu);
	struct sim_vcpu *s;

	if (vcpu_is_idle(v) || of(v)->burst_end == STIME_MAX) {
		return STIME_MAX;
	}
	s = of(v);
	return fake_now + (s->burst_end - MIN(s->burst_end, vcpu_run_time(v)));
}

static void end_burst(unsigned int cpu)
{
	struct sim_vcpu *s = of(sched_current(cpu));

	world_cpu(cpu);
	if (s->script.yields) {
		begin_burst(s);
		vcpu_yield();
	} else {
		timer_migrate(&s->alarm, (unsigned int)(draw(&s->seed) % sim.cpus));
		timer_set(&s->alarm, fake_now + MAX(about(s, s->script.pause), 1UL));
		__atomic_fetch_or(&s->v.blocked, VCPU_BLOCKED, __ATOMIC_SEQ_CST);
		cpu_raise_self(WORK_SCHEDULE);
	}
	world_cpu(0);
}

void sim_run(uint64_t ns)
{
	stime_t end = fake_now + ns;

	for (unsigned int i = 0; i < sim.count; i++) {
		sim.all[i]->run_before = vcpu_run_time(&sim.all[i]->v);
	}
	while (fake_now < end) {
		stime_t next = end;

		for (unsigned int cpu = 0; cpu < sim.cpus; cpu++) {
			next = MIN(next, fake_deadline[cpu]);
			next = MIN(next, burst_ends(cpu));
		}
		fake_now = MAX(fake_now, next);
		for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
			if (fake_deadline[cpu] <= fake_now) {
				fake_deadline[cpu] = STIME_MAX;
				cpu_raise(cpu, WORK_TIMER);
			}
			if (cpu < sim.cpus && burst_ends(cpu) <= fake_now) {
				end_burst(cpu);
			}
		}
		settle();
		check();
		sim.steps++;
	}
	for (unsigned int i = 0; i < sim.count; i++) {
		struct vcpu_runstate_info r;

		vcpu_runstate_get(&sim.all[i]->v, &r);
		if (r.state == RUNSTATE_runnable) {
			sim.longest_wait = MAX(sim.longest_wait, fake_now - r.state_entry_time);
		}
	}
}

uint64_t sim_ran(const struct sim_vcpu *s)
{
	return vcpu_run_time((struct vcpu *)&s->v) - s->run_before;
}

uint64_t sim_domain_ran(const struct domain *d)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < d->max_vcpus; i++) {
		sum += sim_ran(of(d->vcpu[i]));
	}
	return sum;
}

uint64_t sim_all_ran(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < sim.count; i++) {
		sum += sim_ran(sim.all[i]);
	}
	return sum;
}
