/* SPDX-License-Identifier: MIT */
/* Storms (see the header). */
#include <stdio.h>
#include <string.h>

#include <xen/io/console.h>
#include <xen/sched.h>

#include "claim.h"
#include "clock.h"
#include "events.h"
#include "hypercall.h"
#include "pagetable.h"
#include "runtime.h"
#include "storm.h"
#include "traps.h"
#include "vcpus.h"

#define TICKS 50U
#define TICK_NS 2000000UL

static void (*storm_round)(unsigned long n);
static volatile unsigned long done;
static volatile unsigned int ticks;

/* vCPU 1 begins here and never comes back. */
static _Noreturn void storm(void)
{
	for (;;) {
		storm_round(done);
		done++;
	}
}

static void count_tick(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	ticks++;
}

static void nothing(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
}

/* One line from the console, without its end. */
static void console_line(char *line, size_t room)
{
	struct xencons_interface *r = mfn_to_va(start_info->console.domU.mfn);
	size_t n = 0;
	char c = 0;

	while (c != '\n') {
		uint32_t cons = r->in_cons;

		while (cons == __atomic_load_n(&r->in_prod, __ATOMIC_ACQUIRE)) {
			events_wait();
		}
		c = r->in[cons % sizeof(r->in)];
		__atomic_store_n(&r->in_cons, cons + 1, __ATOMIC_RELEASE);
		if (c >= ' ' && n < room - 1) {
			line[n++] = c;
		}
	}
	line[n] = '\0';
	events_send(start_info->console.domU.evtchn);
}

static void console_answer(void)
{
	char line[64];

	events_handle(start_info->console.domU.evtchn, nothing, NULL);
	printf("the storm goes on\n");
	for (;;) {
		console_line(line, sizeof(line));
		if (strcmp(line, "end") == 0) {
			return;
		}
		printf("round %lu, you said: %s\n", done, line);
	}
}

void storm_run(void (*round)(unsigned long n), unsigned long rounds)
{
	unsigned long before;

	storm_round = round;
	events_handle(events_bind_virq(VIRQ_TIMER), count_tick, NULL);
	if (!vcpu_start(storm)) {
		SKIP("there is no second vCPU");
		return;
	}
	while (done == 0) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
	before = done;
	for (unsigned int i = 0; i < TICKS; i++) {
		clock_set_timer(clock_now() + TICK_NS);
		while (ticks <= i) {
			events_wait();
		}
	}
	while (done - before < rounds) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
	printf("%u ticks in %lu rounds\n", ticks, done - before);
	if (!runtime_is_dom0()) {
		console_answer();
	}
}

static bool pass_over(struct trap_frame *frame)
{
	frame->rip = frame->rbx;
	return true;
}

void storm_faults(void)
{
	static const unsigned int vectors[] = {0, VECTOR_UD, VECTOR_GP, VECTOR_PF};

	for (unsigned int i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		trap_handle(vectors[i], pass_over);
	}
}
