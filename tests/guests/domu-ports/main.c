/* SPDX-License-Identifier: MIT */
/*
 * Claim: event channels reach other domains only where these left a door open: no binding to
 * ports meant for others, no status, no allocation, no reset, no interrupt of theirs.
 */
#include <errno.h>
#include <stdio.h>

#include "claim.h"
#include "events.h"
#include "hypercall.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "domu-ports: event channels of other domains";

static void check_bind(void)
{
	unsigned int bound = 0;

	/* dom0 holds two ports open for this domain, and both are bound already */
	for (evtchn_port_t port = 0; port < 4200; port++) {
		struct evtchn_bind_interdomain bind = {.remote_dom = 0, .remote_port = port};

		if (events_op(EVTCHNOP_bind_interdomain, &bind) == 0) {
			bound++;
			FAIL("port %u of dom0 lets itself be bound", port);
			events_close(bind.local_port);
		}
	}
	CHECK_EQ(bound, 0);
}

static void check_others(void)
{
	static const xen_domid_t others[] = {0, DOMID_XEN, DOMID_IO, 0x7abc};

	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct evtchn_status status = {.dom = others[i], .port = 1};
		struct evtchn_reset reset = {.dom = others[i]};
		struct evtchn_alloc_unbound alloc = {.dom = others[i], .remote_dom = DOMID_SELF};

		CHECK(events_op(EVTCHNOP_status, &status) < 0);
		CHECK(events_op(EVTCHNOP_reset, &reset) < 0);
		CHECK(events_op(EVTCHNOP_alloc_unbound, &alloc) < 0);
	}
}

static void check_interrupts(void)
{
	for (uint32_t pirq = 0; pirq < 300; pirq++) {
		struct evtchn_bind_pirq bind = {.pirq = pirq};

		if (events_op(EVTCHNOP_bind_pirq, &bind) == 0) {
			FAIL("interrupt %u can be bound", pirq);
		}
	}
	for (uint32_t virq = 0; virq < NR_VIRQS + 2; virq++) {
		struct evtchn_bind_virq bind = {.virq = virq};
		long rc = events_op(EVTCHNOP_bind_virq, &bind);

		/* its own timer, debug and performance ones; the machine's tell it nothing */
		if (rc == 0) {
			events_close(bind.port);
			CHECK(virq < NR_VIRQS);
		}
	}
}

/* As many ports as there are: the end is an error, and all come back. */
static void check_exhaustion(void)
{
	static evtchn_port_t ports[4200];
	unsigned int count = 0, again = 0;
	long rc = 0;

	for (int round = 0; round < 2; round++) {
		for (count = 0; count < 4200; count++) {
			struct evtchn_alloc_unbound alloc = {
				.dom = DOMID_SELF,
				.remote_dom = DOMID_SELF,
			};

			rc = events_op(EVTCHNOP_alloc_unbound, &alloc);
			if (rc != 0) {
				break;
			}
			ports[count] = alloc.port;
		}
		CHECK(rc == -ENOSPC || rc == -ENOMEM);
		CHECK(count > 16 && count <= 1023); /* the toolstack says 1023 */
		again = round == 0 ? count : again;
		for (unsigned int i = 0; i < count; i++) {
			struct evtchn_close close = {.port = ports[i]};

			CHECK_EQ(events_op(EVTCHNOP_close, &close), 0);
		}
	}
	CHECK_EQ(count, again);
	printf("%u ports could be had\n", count);
}

void test_main(void)
{
	if (runtime_is_dom0()) {
		SKIP("this is dom0");
		return;
	}
	traps_init();
	events_init();
	check_bind();
	check_others();
	check_interrupts();
	check_exhaustion();
}
