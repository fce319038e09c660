/* SPDX-License-Identifier: MIT */
/*
 * Claim: event channels work in their 2-level form: loopback, timer, poll, block, IPIs, and the
 * refusals are Xen 4.17's.
 */
#include <errno.h>
#include <stdio.h>

#include <xen/sched.h>
#include <xen/vcpu.h>

#include "claim.h"
#include "clock.h"
#include "events.h"
#include "hypercall.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "events: loopback, timer, poll, block, refusals";

#define MS 1000000UL

static volatile unsigned int count;

static void counting(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	count++;
}

static long status_of(evtchn_port_t port, struct evtchn_status *st)
{
	*st = (struct evtchn_status){.dom = DOMID_SELF, .port = port};
	return events_op(EVTCHNOP_status, st);
}

static void check_loopback(void)
{
	evtchn_port_t unbound = events_alloc_unbound(DOMID_SELF);
	struct evtchn_bind_interdomain again = {.remote_dom = DOMID_SELF};
	struct evtchn_status st;
	evtchn_port_t bound;

	CHECK_EQ(status_of(unbound, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_unbound);
	/* into the void: no error, nothing happens */
	CHECK_EQ(events_send(unbound), 0);
	bound = events_bind_interdomain(DOMID_SELF, unbound);
	/* once is all, and for nobody but whom it is for */
	again.remote_port = unbound;
	CHECK_EQ(events_op(EVTCHNOP_bind_interdomain, &again), -EINVAL);
	again.remote_port = events_alloc_unbound(0x7abc);
	CHECK_EQ(events_op(EVTCHNOP_bind_interdomain, &again), -EINVAL);
	events_close(again.remote_port);
	CHECK(bound != unbound && bound != 0);
	CHECK_EQ(status_of(bound, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_interdomain);
	CHECK_EQ(st.u.interdomain.port, unbound);
	CHECK_EQ(st.vcpu, 0);
	/* masked: the bit alone */
	CHECK_EQ(events_is_pending(unbound), 0);
	CHECK_EQ(events_send(bound), 0);
	CHECK_EQ(events_is_pending(unbound), 1);
	/* binding left the other side pending once, so that it looks */
	count = 0;
	events_handle(unbound, counting, NULL);
	CHECK_EQ(count, 1);
	CHECK_EQ(events_is_pending(unbound), 0);
	CHECK_EQ(events_send(bound), 0);
	CHECK_EQ(count, 2);
	/* upcalls off: pending until they are on and a hypercall returns */
	runtime_vcpu_info()->evtchn_upcall_mask = 1;
	CHECK_EQ(events_send(bound), 0);
	CHECK_EQ(events_send(bound), 0);
	CHECK_EQ(count, 2);
	CHECK_EQ(runtime_vcpu_info()->evtchn_upcall_pending, 1);
	runtime_vcpu_info()->evtchn_upcall_mask = 0;
	hypercall2(__HYPERVISOR_xen_version, 0, 0);
	CHECK_EQ(count, 3);
	CHECK_EQ(runtime_vcpu_info()->evtchn_upcall_mask, 0);
	/* the other side goes: back to unbound */
	events_close(bound);
	CHECK_EQ(status_of(bound, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_closed);
	CHECK_EQ(status_of(unbound, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_unbound);
	events_close(unbound);
}

static void check_timer(void)
{
	evtchn_port_t port = events_bind_virq(VIRQ_TIMER);
	struct evtchn_bind_virq again = {.virq = VIRQ_TIMER};
	uint64_t start, now, last = 0;

	CHECK_EQ(events_op(EVTCHNOP_bind_virq, &again), -EEXIST);
	for (unsigned int i = 0; i < 1000; i++) {
		now = clock_now();
		CHECK(now >= last);
		last = now;
	}
	count = 0;
	events_handle(port, counting, NULL);
	CHECK_EQ(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0);
	start = clock_now();
	CHECK_EQ(clock_set_timer(start + 5 * MS), 0);
	while (count == 0) {
		events_wait();
	}
	now = clock_now();
	CHECK(now >= start + 5 * MS);
	/* in the past: at once */
	count = 0;
	CHECK_EQ(clock_set_timer(start), 0);
	while (count == 0) {
		events_wait();
	}
	/* spinning with upcalls on: the event interrupts */
	count = 0;
	CHECK_EQ(clock_set_timer(clock_now() + 2 * MS), 0);
	while (count == 0) {
		__asm__ volatile("pause" : : : "memory");
	}
	/* the old timer call */
	count = 0;
	CHECK_EQ(hypercall1(__HYPERVISOR_set_timer_op, clock_now() + 2 * MS), 0);
	while (count == 0) {
		events_wait();
	}
	count = 0;
	CHECK_EQ(clock_set_timer(clock_now() + 3600UL * 1000 * MS), 0);
	CHECK_EQ(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_stop_singleshot_timer, 0, 0), 0);
	CHECK_EQ(count, 0);
	events_close(port);
}

static void check_poll(void)
{
	evtchn_port_t a = events_alloc_unbound(DOMID_SELF);
	evtchn_port_t b = events_bind_interdomain(DOMID_SELF, a);
	struct sched_poll poll = {.ports = ptr_arg(&a), .nr_ports = 1};
	evtchn_port_t bad = 4000000;
	uint64_t start = clock_now();

	/* masked ports, upcalls off: what pv spinlocks do */
	runtime_vcpu_info()->evtchn_upcall_mask = 1;
	runtime_shared_info()->evtchn_pending[a / 64] = 0;
	CHECK_EQ(events_send(b), 0);
	CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll)), 0);
	CHECK(events_is_pending(a));
	/* nothing comes: the timeout ends it */
	__atomic_fetch_and(&runtime_shared_info()->evtchn_pending[a / 64], ~(1UL << (a % 64)),
			   __ATOMIC_SEQ_CST);
	poll.timeout = clock_now() + 3 * MS;
	CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll)), 0);
	CHECK(clock_now() >= start + 3 * MS);
	/* refused */
	poll.nr_ports = 129;
	CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll)), -EINVAL);
	poll.nr_ports = 1;
	poll.ports = ptr_arg(&bad);
	CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll)), -EINVAL);
	poll.ports = 0xffff82d040200000UL;
	CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll)), -EFAULT);
	runtime_vcpu_info()->evtchn_upcall_mask = 0;
	events_close(a);
	events_close(b);
}

static void check_ipi(void)
{
	struct evtchn_bind_ipi ipi = {.vcpu = 0};
	struct evtchn_bind_vcpu bind;
	struct evtchn_status st;

	CHECK_EQ(events_op(EVTCHNOP_bind_ipi, &ipi), 0);
	CHECK_EQ(status_of(ipi.port, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_ipi);
	count = 0;
	events_handle(ipi.port, counting, NULL);
	CHECK_EQ(events_send(ipi.port), 0);
	CHECK_EQ(count, 1);
	bind = (struct evtchn_bind_vcpu){.port = ipi.port, .vcpu = 0};
	CHECK_EQ(events_op(EVTCHNOP_bind_vcpu, &bind), -EINVAL);
	events_close(ipi.port);
	ipi.vcpu = 4096;
	CHECK_EQ(events_op(EVTCHNOP_bind_ipi, &ipi), -ENOENT);
}

static void check_block(void)
{
	evtchn_port_t port = events_bind_virq(VIRQ_TIMER);

	count = 0;
	events_handle(port, counting, NULL);
	runtime_vcpu_info()->evtchn_upcall_mask = 1;
	CHECK_EQ(clock_set_timer(clock_now() + 2 * MS), 0);
	/* clears the mask, sleeps, and returns through the upcall */
	CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0), 0);
	CHECK_EQ(runtime_vcpu_info()->evtchn_upcall_mask, 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0), 0);
	CHECK_EQ(hypercall1(__HYPERVISOR_sched_op_compat, 0), 0);
	events_close(port);
}

static void check_refusals(void)
{
	struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = 77};
	struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF};
	struct evtchn_bind_virq virq = {.virq = NR_VIRQS};
	struct evtchn_close close = {.port = 0};
	struct evtchn_unmask unmask = {.port = 0x7fffffff};
	struct evtchn_bind_vcpu vcpu = {.port = 1, .vcpu = 99};
	struct evtchn_status st;

	CHECK_EQ(events_op(EVTCHNOP_bind_interdomain, &bind), -EINVAL);
	bind.remote_port = 0xfffffff;
	CHECK_EQ(events_op(EVTCHNOP_bind_interdomain, &bind), -EINVAL);
	bind.remote_dom = 0x7abc;
	CHECK_EQ(events_op(EVTCHNOP_bind_interdomain, &bind), -ESRCH);
	CHECK_EQ(events_op(EVTCHNOP_bind_virq, &virq), -EINVAL);
	virq = (struct evtchn_bind_virq){.virq = VIRQ_TIMER, .vcpu = 9999};
	CHECK_EQ(events_op(EVTCHNOP_bind_virq, &virq), -ENOENT);
	CHECK_EQ(events_op(EVTCHNOP_close, &close), -EINVAL);
	close.port = 900;
	CHECK_EQ(events_op(EVTCHNOP_close, &close), -EINVAL);
	CHECK_EQ(events_send(0), -EINVAL);
	CHECK_EQ(events_send(900), -EINVAL);
	CHECK_EQ(events_send(0xffffffff), -EINVAL);
	CHECK_EQ(events_op(EVTCHNOP_unmask, &unmask), -EINVAL);
	CHECK_EQ(events_op(EVTCHNOP_bind_vcpu, &vcpu), -ENOENT);
	CHECK_EQ(status_of(0xffffffff, &st), -EINVAL);
	alloc.dom = 0x7abc;
	CHECK_EQ(events_op(EVTCHNOP_alloc_unbound, &alloc), -ESRCH);
}

void test_main(void)
{
	traps_init();
	events_init();
	check_loopback();
	check_timer();
	check_poll();
	check_ipi();
	check_block();
	check_refusals();
}
