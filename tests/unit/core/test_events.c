/* SPDX-License-Identifier: MIT */
/*
 * Events arrive: nothing sent is lost, nothing comes that was not sent, on
 * both layouts, judged by a model of the guest that consumes them.
 */
#include "core/event_guest.h"

#include <stdlib.h>

/* Whatever the order of sending, moving, masking and consuming, nothing is lost. */
static void test_random(void **state)
{
	(void)state;
	srandom(7);
	for (unsigned int step = 0; step < 60000; step++) {
		unsigned int i = (unsigned int)random() % PORTS;

		switch (random() % 10) {
		case 0:
		case 1:
		case 2:
			event_send(i);
			break;
		case 3:
			event_bind_vcpu(i, (unsigned int)random() % VCPUS);
			break;
		case 4:
			event_prioritise(i, (uint32_t)random() % (EVTCHN_FIFO_PRIORITY_MIN + 1));
			break;
		case 5:
			event_mask(i, random() % 4 == 0);
			break;
		default:
			event_consume(&consumer[random() % VCPUS]);
			break;
		}
		if (step % 1000 == 999) {
			for (i = 0; i < PORTS; i++) {
				event_mask(i, false);
			}
			event_consume_all();
			for (i = 0; i < PORTS; i++) {
				assert_false(owed[i]);
			}
		}
	}
	for (unsigned int i = 0; i < PORTS; i++) {
		assert_true(handled[i] > 100);
	}
}

static void test_masked_waits(void **state)
{
	(void)state;
	event_consume_all();
	event_mask(3, true);
	event_send(3);
	event_consume_all();
	assert_true(owed[3]);
	assert_true(evtchn_is_pending(guest, inner[3]));
	event_mask(3, false);
	event_consume_all();
	assert_false(owed[3]);
	/* A closed port's event is forgotten. */
	event_mask(4, true);
	event_send(4);
	assert_int_equal(evtchn_close(guest, inner[4]), 0);
	assert_false(evtchn_is_pending(guest, inner[4]));
	event_consume_all();
	assert_int_equal(evtchn_send(peer, outer[4]), 0); /* its peer waits unbound: dropped */
	assert_int_equal(evtchn_close(guest, inner[4]), -EINVAL);
}

static void test_status(void **state)
{
	struct evtchn_status s = {.dom = DOMID_SELF, .port = 0};

	(void)state;
	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_status, &s), 0); /* listings start there */
	assert_int_equal(s.status, EVTCHNSTAT_closed);
	s.port = inner[3];
	assert_int_equal(call_events(EVTCHNOP_status, &s), 0);
	assert_int_equal(s.status, EVTCHNSTAT_interdomain);
	assert_int_equal(s.u.interdomain.dom, PEER);
	assert_int_equal(s.u.interdomain.port, outer[3]);
	s.port = ~0U;
	assert_int_equal(call_events(EVTCHNOP_status, &s), -EINVAL);
	s.dom = PEER;
	assert_int_equal(call_events(EVTCHNOP_status, &s), -EPERM);
}

#define TWO_LEVEL_TEST(fn) cmocka_unit_test_setup_teardown(fn, events_begin_2level, world_test_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TWO_LEVEL_TEST(test_masked_waits),
		{"test_masked_waits_fifo", test_masked_waits, events_begin_fifo, world_test_end,
		 NULL},
		TWO_LEVEL_TEST(test_random),
		{"test_random_fifo", test_random, events_begin_fifo, world_test_end, NULL},
		TWO_LEVEL_TEST(test_status),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
