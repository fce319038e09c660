/* SPDX-License-Identifier: MIT */
/*
 * Sending takes no lock.  Whatever happens to the channel between two
 * instructions of a send, closed, bound anew to another domain or port, or to
 * an interrupt: the event reaches what the channel was bound to, or nothing.
 * Each instruction is tried, by single-stepping the processor.
 */
#include "core/world.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>

#define SENDER 1
#define PORTS_SEEN 16
#define STEPS_MAX 100000 /* of one send, under sanitizers */
#define TRAP_FLAG 0x100

static struct domain *sender, *target[2];
static struct evtchn_bind_interdomain bind[2]; /* the sender's port to each target */
static long step, steps;                       /* where the other CPU acts; how far we are */
static void (*meddle)(void);

static void close_port(void)
{
	assert_int_equal(evtchn_close(sender, bind[0].local_port), 0);
}

static void bind_to(unsigned int which)
{
	assert_int_equal(call_events(EVTCHNOP_bind_interdomain, &bind[which]), 0);
	assert_int_equal(bind[which].local_port, bind[0].local_port);
}

static void move_to_second(void)
{
	close_port();
	bind_to(1);
}

static void move_to_interrupt(void)
{
	struct evtchn_bind_virq v = {.virq = VIRQ_DEBUG};

	close_port();
	assert_int_equal(call_events(EVTCHNOP_bind_virq, &v), 0);
	assert_int_equal(v.port, bind[0].local_port);
}

/* Another CPU of the sender's acts, then the send goes on undisturbed. */
static void trap(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	if (steps++ != step) {
		return;
	}
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	world_cpu(1);
	world_act_as(sender->vcpu[1]);
	meddle();
	world_act_as(NULL);
	world_cpu(0);
}

static inline void set_trap_flag(bool on)
{
	unsigned long flags;

	__asm__ volatile("pushf; pop %0" : "=r"(flags)::"memory");
	flags = on ? flags | TRAP_FLAG : flags & ~(unsigned long)TRAP_FLAG;
	__asm__ volatile("push %0; popf" ::"r"(flags) : "memory", "cc");
}

/* One send, meddled with at that step; false if it was over before. */
static bool send_once(long at)
{
	long rc;

	step = at;
	steps = 0;
	set_trap_flag(true);
	rc = evtchn_send(sender, bind[0].local_port);
	set_trap_flag(false);
	assert_true(rc == 0 || rc == -EINVAL);
	return steps > at;
}

static void nothing_but_bound_ports(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		for (evtchn_port_t p = 0; p < PORTS_SEEN; p++) {
			assert_true(p == bind[i].remote_port || !evtchn_is_pending(target[i], p));
		}
		memset(target[i]->shared->evtchn_pending, 0,
		       sizeof(target[i]->shared->evtchn_pending));
	}
}

static void test_every_instruction(void **state)
{
	static void (*const ways[])(void) = {close_port, move_to_second, move_to_interrupt};
	struct sigaction sa = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO}, old;

	(void)state;
	sigaction(SIGTRAP, &sa, &old);
	for (unsigned int w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		bool more = true;
		long at;

		meddle = ways[w];
		for (at = 0; more && at < STEPS_MAX; at++) {
			bind_to(0);
			more = send_once(at);
			nothing_but_bound_ports();
			assert_false(more && meddle == move_to_interrupt &&
				     evtchn_is_pending(sender, bind[0].local_port));
			if (meddle != close_port || !more) {
				close_port();
			}
		}
		assert_in_range(at, 30, STEPS_MAX - 1);
	}
	sigaction(SIGTRAP, &old, NULL);
}

static int begin(void **state)
{
	int rc = world_test_begin(state);

	sender = world_domain(SENDER, 2);
	for (unsigned int i = 0; i < 2; i++) {
		struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = SENDER};

		target[i] = world_domain((xen_domid_t)(SENDER + 1 + i), 1);
		world_act_as(target[i]->vcpu[0]);
		do { /* another number in each */
			assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), 0);
		} while (a.port % 2 != i);
		bind[i] = (struct evtchn_bind_interdomain){
			.remote_dom = target[i]->id,
			.remote_port = a.port,
		};
	}
	world_act_as(sender->vcpu[0]);
	return rc;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_instruction, begin, world_test_end),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
