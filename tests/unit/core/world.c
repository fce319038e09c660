/* SPDX-License-Identifier: MIT */
/* The world of core tests (see the header). */
#include "core/world.h"

#include <string.h>

#include <asm/directmap.h>

#include "core/vcpu_time.h"
#include "mm/init.h"
#include "xen/hypercall.h"

unsigned int world_continuations;
static unsigned int preempt_every, preempt_calls;
static uint64_t free_before;
static uint64_t continuation[4];
static bool continued;
/* On every CPU until the scheduler has its idle vCPUs. */
static struct vcpu nobody = {.domain = &(struct domain){.id = DOMID_IDLE, .is_idle = true}};

bool preempt_needed(void)
{
	return preempt_every && ++preempt_calls % preempt_every == 0;
}

void world_preempt_every(unsigned int n)
{
	preempt_every = n;
	preempt_calls = 0;
}

long hypercall_continue(unsigned int number, unsigned int nargs, uint64_t a1, uint64_t a2,
			uint64_t a3, uint64_t a4)
{
	const uint64_t args[4] = {a1, a2, a3, a4};

	(void)nargs;
	memcpy(continuation, args, sizeof(args));
	continued = true;
	world_continuations++;
	return (long)number;
}

void world_cpu(unsigned int n)
{
	fake_cpu = n;
}

/* Who acts on a CPU instead of whom the scheduler has put there, or NULL. */
static struct vcpu *acting[CPUS];

void world_act_as(struct vcpu *v)
{
	acting[fake_cpu] = v;
	cpu_set_current(v ? v : sched_current(fake_cpu));
}

void world_work(unsigned int cpu)
{
	unsigned int self = fake_cpu;

	world_cpu(cpu);
	cpu_set_current(sched_current(cpu));
	while (cpu_work_pending()) {
		uint32_t work = cpu_work_take();

		if (work & WORK_TIMER) {
			timer_softirq();
		}
		if (work & WORK_SCHEDULE) {
			sched_softirq();
		}
	}
	world_act_as(acting[cpu]);
	world_cpu(self);
}

static bool any_work(void)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (fake_cpus[cpu].work) {
			return true;
		}
	}
	return false;
}

void world_settle(void)
{
	for (unsigned int turns = 0; any_work(); turns++) {
		/* CPUs that only keep waking each other have a fault. */
		assert_true(turns < 1000);
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			world_work(cpu);
		}
	}
}

void world_pass(uint64_t ns)
{
	fake_now += ns;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (fake_deadline[cpu] <= fake_now) {
			cpu_raise(cpu, WORK_TIMER);
		}
	}
	world_settle();
}

/* What boot does, in its order. */
int world_start(void **state)
{
	static const struct fake_ram ram[] = {{0, 0x9f000}, {0x100000, 64UL << 20}};
	struct domain_params p = {
		.max_vcpus = 2,
		.max_evtchn_port = 1000,
		.max_grant_frames = 8,
		.max_maptrack_frames = 8,
		.grant_version_max = 1,
		.is_privileged = true,
	};
	int rc;

	(void)state;
	cpu_online_map = (1 << CPUS) - 1;
	cpu_count = CPUS;
	fake_now = NSEC_PER_SEC;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		fake_deadline[cpu] = STIME_MAX;
		fake_cpus[cpu].vcpu = &nobody;
	}
	fake_machine_start(&boot_info, ram, 2);
	mm_init(&boot_info);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		world_cpu(cpu);
		timers_init_cpu(cpu);
		sched_init_cpu(cpu);
	}
	world_cpu(0);
	dom0 = domain_create(DOM0_ID, &p, &rc);
	assert_non_null(dom0);
	assert_non_null(vcpu_create(dom0, 0));
	assert_non_null(vcpu_create(dom0, 1));
	dom0->max_pages = 1000;
	return 0;
}

int world_test_begin(void **state)
{
	(void)state;
	world_preempt_every(0);
	fake_bad_address = ~0ULL;
	/* What is made once and kept, like chunks of the domain table, exists from here on. */
	world_domain_end(world_domain(7, 1));
	free_before = frames_free_count();
	world_act_as(dom0->vcpu[0]);
	return 0;
}

int world_test_end(void **state)
{
	struct domain *d;
	unsigned int id = 1;

	(void)state;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		world_cpu(cpu);
		world_act_as(NULL);
	}
	world_cpu(0);
	world_preempt_every(0);
	fake_bad_address = ~0ULL;
	assert_int_equal(type_oracle_check(), 0);
	while ((d = domain_lookup_from((xen_domid_t)id)) != NULL) {
		id = d->id + 1U;
		domain_put(d);
		if (d->dying == DOMAIN_ALIVE) {
			world_domain_end(d);
		}
	}
	assert_null(domain_lookup_from(1));
	world_act_as(dom0->vcpu[0]);
	assert_int_equal(evtchn_reset(dom0), 0);
	assert_int_equal(dom0->evtchn->in_use, 0);
	world_settle();
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		assert_true(vcpu_is_idle(sched_current(cpu)));
	}
	assert_int_equal(frames_free_count(), free_before);
	return 0;
}

struct domain *world_domain(xen_domid_t id, unsigned int vcpus)
{
	const struct domain_params p = {
		.max_vcpus = vcpus,
		.max_evtchn_port = EVTCHN_FIFO_NR_CHANNELS - 1,
		.max_grant_frames = 4,
		.max_maptrack_frames = 4,
		.grant_version_max = 1,
	};
	struct domain *d;
	int rc;

	d = domain_create(id, &p, &rc);
	assert_non_null(d);
	for (unsigned int i = 0; i < vcpus; i++) {
		assert_non_null(vcpu_create(d, i));
		d->vcpu[i]->blocked &= ~(uint32_t)VCPU_DOWN;
		d->vcpu[i]->initialised = true;
	}
	d->max_pages = 1000;
	return d;
}

void world_unpause(struct domain *d)
{
	d->ctrl_pause_count = 0;
	domain_unpause(d);
	world_settle();
}

void world_domain_end(struct domain *d)
{
	/* As domctl does, by dom0, which is nowhere in the scheduler here. */
	domain_get(d);
	world_cpu(0);
	world_act_as(dom0->vcpu[0]);
	domain_pause_nosync(d);
	world_settle();
	while (domain_kill(d) == -ERESTART) {
	}
	domain_put(d);
}

uint64_t world_frame(struct domain *d)
{
	struct page_info *p = domain_page_alloc(d, 0, 0);

	assert_non_null(p);
	return page_to_mfn(p).v;
}

void *world_memory(uint64_t frame)
{
	return mfn_to_virt(mfn(frame));
}

long call_domctl(struct xen_domctl *op)
{
	long rc;

	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	do {
		continued = false;
		rc = do_domctl(gptr((uint64_t)op));
	} while (continued);
	return rc;
}

long call_sysctl(struct xen_sysctl *op)
{
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return do_sysctl(gptr((uint64_t)op));
}

long call_grant(uint32_t cmd, void *list, uint32_t count)
{
	long rc;

	continued = false;
	rc = do_grant_table_op(cmd, gptr((uint64_t)list), count);
	while (continued) {
		continued = false;
		rc = do_grant_table_op((uint32_t)continuation[0], gptr(continuation[1]),
				       (uint32_t)continuation[2]);
	}
	return rc;
}

long call_events(uint32_t cmd, void *arg)
{
	long rc;

	do {
		continued = false;
		rc = do_event_channel_op(cmd, gptr((uint64_t)arg));
	} while (continued);
	return rc;
}
