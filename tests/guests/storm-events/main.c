/* SPDX-License-Identifier: MIT */
/*
 * Claim: a vCPU that sends events as fast as it can, to itself, to its neighbour and to dom0, and
 * opens and closes ports meanwhile, keeps nobody from work.
 */
#include <stdio.h>

#include "claim.h"
#include "events.h"
#include "runtime.h"
#include "storm.h"
#include "traps.h"

const char test_title[] = "storm-events: sends and interprocessor interrupts without end";

static evtchn_port_t neighbour, own, loop;
static volatile unsigned long upcalls;

static void count(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	upcalls++;
}

static evtchn_port_t bind_ipi(uint32_t vcpu)
{
	struct evtchn_bind_ipi op = {.vcpu = vcpu};

	CHECK_EQ(events_op(EVTCHNOP_bind_ipi, &op), 0);
	return op.port;
}

static void storm_round(unsigned long n)
{
	struct evtchn_unmask unmask = {.port = own};

	events_send(neighbour);
	events_send(own);
	events_op(EVTCHNOP_unmask, &unmask);
	events_send(loop);
	if (!runtime_is_dom0()) {
		events_send(start_info->store_evtchn);
		events_send(start_info->console.domU.evtchn);
	}
	if (n % 16 == 0) {
		struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
		struct evtchn_close close;

		events_op(EVTCHNOP_alloc_unbound, &alloc);
		close.port = alloc.port;
		events_op(EVTCHNOP_close, &close);
	}
}

void test_main(void)
{
	evtchn_port_t end;

	traps_init();
	events_init();
	neighbour = bind_ipi(0);
	events_handle(neighbour, count, NULL);
	own = bind_ipi(1);
	end = events_alloc_unbound(DOMID_SELF);
	loop = events_bind_interdomain(DOMID_SELF, end);
	events_handle(end, count, NULL);
	storm_run(storm_round, 2000);
	CHECK(upcalls > 0);
}
