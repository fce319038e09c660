/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler costs two vCPUs on one CPU, one "BENCH name value operations" line each: a
 * switch, a round trip of interrupts, and how late who slept runs. Under QEMU with
 * -icount shift=0,sleep=off the TSC counts instructions and a nanosecond is one.
 */
#include <stdio.h>

#include <argon/bench_marks.h>
#include <xen/sched.h>

#include "claim.h"
#include "clock.h"
#include "events.h"
#include "hypercall.h"
#include "runtime.h"
#include "traps.h"
#include "vcpus.h"

const char test_title[] = "bench-smp: switches, interrupts between vCPUs, wake-ups";

#define ROUNDS 5
#define TURNS 256U
#define WAKES 400U

/* What vCPU 1 does, as vCPU 0 orders. */
enum mode { MODE_YIELD, MODE_ANSWER, MODE_SPIN, MODE_SLEEP };
static volatile enum mode mode;
static evtchn_port_t to[2]; /* to[n]: interrupts vCPU n */
static evtchn_port_t timer;
static uint32_t samples[WAKES];

static inline uint64_t ticks(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static void yield(void)
{
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
}

static bool take(evtchn_port_t port)
{
	uint64_t bit = 1UL << port % 64;

	return __atomic_fetch_and(&runtime_shared_info()->evtchn_pending[port / 64], ~bit,
				  __ATOMIC_SEQ_CST) &
	       bit;
}

/* Sleeps until the port is pending. It is masked: nobody is called back. */
static void await(evtchn_port_t port)
{
	struct sched_poll poll = {.ports = ptr_arg(&port), .nr_ports = 1};

	while (!take(port)) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll));
	}
}

static void send(evtchn_port_t port)
{
	struct evtchn_send op = {.port = port};

	hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, ptr_arg(&op));
}

static _Noreturn void second(void)
{
	for (;;) {
		switch (mode) {
		case MODE_YIELD:
			yield();
			break;
		case MODE_ANSWER:
		case MODE_SLEEP:
			await(to[1]);
			if (mode == MODE_ANSWER) {
				send(to[0]);
			}
			break;
		case MODE_SPIN:
			break;
		}
	}
}

static void order(enum mode what)
{
	mode = what;
	send(to[1]);
	for (int i = 0; i < 100; i++) {
		yield();
	}
	take(to[0]);
}

static void report(const char *name, uint64_t total, uint64_t operations)
{
	uint64_t tenths = (total * 10 + operations / 2) / operations;

	bench_mark_row(0);
	printf("BENCH %s %lu.%lu %lu\n", name, tenths / 10, tenths % 10, operations);
}

/* Best of ROUNDS, each TURNS turns of fn. */
static void measure(const char *name, void (*fn)(void), unsigned int per_turn)
{
	uint64_t best = ~0UL;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start;

		BENCH_MARK(MARK_BEGIN);
		start = ticks();
		for (unsigned int i = 0; i < TURNS; i++) {
			fn();
		}
		start = ticks() - start;
		BENCH_MARK(MARK_END);
		best = start < best ? start : best;
	}
	report(name, best, (uint64_t)TURNS * per_turn);
}

static void round_trip(void)
{
	send(to[1]);
	await(to[0]);
}

static evtchn_port_t bind_ipi(unsigned int vcpu)
{
	struct evtchn_bind_ipi op = {.vcpu = vcpu};

	if (events_op(EVTCHNOP_bind_ipi, &op) != 0) {
		runtime_panic("bind_ipi to vCPU %u", vcpu);
	}
	return op.port;
}

static void sort_samples(void)
{
	for (unsigned int i = 1; i < WAKES; i++) {
		uint32_t x = samples[i];
		unsigned int at = i;

		for (; at > 0 && samples[at - 1] > x; at--) {
			samples[at] = samples[at - 1];
		}
		samples[at] = x;
	}
}

/* How long after its timer's deadline vCPU 0 runs: the half, 99 % and the longest. */
static void measure_wake(const char *beside)
{
	static const struct {
		const char *name;
		unsigned int of_100;
	} shares[] = {{"half", 50}, {"99", 99}, {"max", 100}};
	uint32_t random = 1;
	char name[40];

	for (unsigned int i = 0; i < WAKES; i++) {
		uint64_t deadline, now;

		random = random * 1103515245 + 12345;
		deadline = clock_now() + 200000 + (random >> 8) % 3000000;
		clock_set_timer(deadline);
		await(timer);
		now = clock_now(); /* Xen's timers may come 50 µs early */
		samples[i] = now > deadline ? (uint32_t)(now - deadline) : 0;
	}
	sort_samples();
	for (unsigned int i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		unsigned int at = WAKES * shares[i].of_100 / 100;

		snprintf(name, sizeof(name), "wake_%s_%s", beside, shares[i].name);
		report(name, samples[at ? at - 1 : 0], 1);
	}
}

void test_main(void)
{
	traps_init();
	events_init();
	/* nobody is called back: what is measured is the hypervisor's part */
	runtime_vcpu_info()->evtchn_upcall_mask = 1;
	to[0] = bind_ipi(0);
	to[1] = bind_ipi(1);
	timer = events_bind_virq(VIRQ_TIMER);
	if (!vcpu_start(second)) {
		SKIP("there is no second vCPU");
		return;
	}
	order(MODE_YIELD);
	measure("vcpu_switch", yield, 2); /* there and back */
	order(MODE_ANSWER);
	measure("ipi_round_trip", round_trip, 1);
	order(MODE_SLEEP);
	measure_wake("idle");
	order(MODE_SPIN);
	measure_wake("spinner");
}
