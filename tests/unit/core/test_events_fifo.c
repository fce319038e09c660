/* SPDX-License-Identifier: MIT */
/* The FIFO layout: its order, refusals, hostile words, and senders on several CPUs. */
#include "core/event_guest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void test_order_by_priority(void **state)
{
	(void)state;
	event_consume_all();
	event_prioritise(0, 9);
	event_prioritise(1, 2);
	event_prioritise(2, 2);
	event_send(0);
	event_send(2);
	event_send(1);
	assert_int_equal(consumer[0].block->ready, BIT(9) | BIT(2));
	assert_int_equal(consumer[0].block->head[2], inner[2]);
	assert_int_equal(words[inner[2]] & EVTCHN_FIFO_LINK_MASK, inner[1]);
	event_consume_all();
	assert_false(owed[0] || owed[1] || owed[2]);
}

static void test_fifo_refusals(void **state)
{
	struct evtchn_init_control c = {.control_gfn = world_frame(guest)};
	struct evtchn_expand_array e = {.array_gfn = world_frame(guest)};
	uint64_t frame = c.control_gfn;

	(void)state;
	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_expand_array, &e), -EOPNOTSUPP);
	c.offset = PAGE_SIZE - 64;
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), -EINVAL);
	c.offset = 4;
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), -EINVAL);
	c.offset = 0;
	c.vcpu = VCPUS;
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), -ENOENT);
	c.vcpu = 0;
	c.control_gfn = world_frame(peer);
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), -EINVAL);
	c.control_gfn = ~0ULL;
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), -EINVAL);
	c.control_gfn = 0xf0000; /* a device */
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), -EINVAL);
	assert_int_equal(page_get_and_type(mfn_to_page(mfn(frame)), guest, PT_SEGDESC), 0);
	c.control_gfn = frame;
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), -EINVAL);
	page_put_and_type(mfn_to_page(mfn(frame)));
	assert_ptr_equal(guest->evtchn->layout, &evtchn_2level);
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), 0);
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), -EINVAL); /* has one */
	e.array_gfn = ~0ULL;
	assert_int_equal(call_events(EVTCHNOP_expand_array, &e), -EINVAL);
	e.array_gfn = frame; /* the same frame again harms nobody else */
	for (unsigned int i = 0; i < EVTCHN_FIFO_NR_CHANNELS / WORDS; i++) {
		assert_int_equal(call_events(EVTCHNOP_expand_array, &e), 0);
	}
	assert_int_equal(call_events(EVTCHNOP_expand_array, &e), -ENOSPC);
	assert_int_equal(page_get_and_type(mfn_to_page(mfn(frame)), guest, PT_SEGDESC), -EINVAL);
}

/* Events from before the switch, and from before their word had a page. */
static void test_early_events(void **state)
{
	(void)state;
	event_pair(0);
	event_pair(1);
	event_consume_all();
	event_send(0);
	use_fifo = true;
	fifo_register(0);
	event_pair(2);
	event_send(1);
	event_send(2);
	words = world_memory(fifo_expand());
	consumer[0].v->info->evtchn_upcall_pending = 1;
	event_consume_all();
	for (unsigned int i = 0; i < 3; i++) {
		/* Binding counts as an event: the model may be ahead of us. */
		assert_false(owed[i]);
		assert_int_equal(handled[i], 1);
	}
}

/* A port still on a queue is not given out again; others are. */
static void test_busy_port(void **state)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = PEER};

	(void)state;
	event_consume_all();
	event_send(5);
	assert_int_equal(evtchn_close(guest, inner[5]), 0);
	owed[5] = false;
	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), 0);
	assert_int_not_equal(a.port, inner[5]);
	assert_int_equal(evtchn_close(guest, a.port), 0);
	event_consume_all();
	guest->max_evtchn_port = PORTS;
	assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), 0);
	assert_int_equal(a.port, inner[5]);
	assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), -ENOSPC);
	/* A guest that marks its ports has fewer. */
	guest->max_evtchn_port = 2 * WORDS;
	for (unsigned int i = 0; i < WORDS; i++) {
		words[i] = BIT(EVTCHN_FIFO_LINKED);
	}
	assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), 0);
	assert_int_equal(a.port, WORDS);
}

static void test_hostile_words(void **state)
{
	volatile uint32_t *block = (void *)consumer[0].block;

	(void)state;
	srandom(3);
	for (unsigned int step = 0; step < 20000; step++) {
		words[random() % WORDS] = (uint32_t)random() * 2 + (random() & 1);
		block[random() % (sizeof(struct evtchn_fifo_control_block) / 4)] =
			(uint32_t)random();
		evtchn_send(peer, outer[random() % PORTS]);
		if (step % 7 == 0) {
			event_mask((unsigned int)random() % PORTS, false);
		}
		if (step % 11 == 0) {
			event_bind_vcpu((unsigned int)random() % PORTS,
					(unsigned int)random() % VCPUS);
			event_prioritise((unsigned int)random() % PORTS, (uint32_t)random() % 16);
		}
	}
	/* With order restored all is well again. */
	world_act_as(guest->vcpu[0]);
	assert_int_equal(evtchn_reset(guest), 0);
	assert_ptr_equal(guest->evtchn->layout, &evtchn_2level);
	assert_int_equal(type_oracle_check(), 0);
	memset(guest->shared->evtchn_pending, 0, sizeof(guest->shared->evtchn_pending));
	memset(consumer, 0, sizeof(consumer));
	for (unsigned int i = 0; i < VCPUS; i++) {
		consumer[i].v = guest->vcpu[i];
		fifo_register(i);
	}
	words = world_memory(fifo_expand());
	for (unsigned int i = 0; i < PORTS; i++) {
		assert_int_equal(evtchn_close(peer, outer[i]), 0);
	}
	event_pairs();
	event_send(0);
	event_consume_all();
	assert_false(owed[0]);
}

/* Back on two levels there are no ports beyond the bitmaps, used or not. */
static void test_leave_fifo(void **state)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = PEER};
	struct evtchn_unmask u = {.port = EVTCHN_2L_NR_CHANNELS + 100};
	struct evtchn_reset r = {.dom = DOMID_SELF};

	(void)state;
	world_act_as(guest->vcpu[0]);
	do {
		assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), 0);
	} while (a.port < u.port);
	assert_int_equal(call_events(EVTCHNOP_unmask, &u), 0);
	world_preempt_every(1);
	assert_int_equal(call_events(EVTCHNOP_reset, &r), 0);
	assert_true(world_continuations > 50);
	assert_ptr_equal(guest->evtchn->layout, &evtchn_2level);
	assert_int_equal(call_events(EVTCHNOP_unmask, &u), -EINVAL);
	assert_false(evtchn_is_pending(guest, u.port));
	/* Those frames of channels serve again. */
	for (unsigned int i = 0; i < VCPUS; i++) {
		fifo_register(i);
	}
	do {
		assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), 0);
	} while (a.port < u.port);
}

#define SENDERS 3
#define SENDS 30000
static unsigned int senders_left;

static void *sender(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, seed = cpu;

	world_cpu(cpu);
	for (unsigned int n = 0; n < SENDS; n++) {
		unsigned int i = (unsigned int)rand_r(&seed) % PORTS;

		__atomic_store_n(&owed[i], true, __ATOMIC_SEQ_CST);
		evtchn_send(peer, outer[i]);
	}
	__atomic_fetch_sub(&senders_left, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Takes events off without the model's strictness, which threads would race with. */
static void drain_queues(struct consumer *c)
{
	if (!__atomic_exchange_n(&c->v->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST)) {
		return;
	}
	c->ready = __atomic_exchange_n(&c->block->ready, 0, __ATOMIC_SEQ_CST);
	while (c->ready) {
		unsigned int q = bit_first(c->ready);
		evtchn_port_t port = c->head[q] ? c->head[q] : c->block->head[q];
		event_word_t w = __atomic_fetch_and(&words[port],
						    ~(BIT(EVTCHN_FIFO_LINKED) |
						      (uint32_t)EVTCHN_FIFO_LINK_MASK),
						    __ATOMIC_SEQ_CST);

		c->head[q] = w & EVTCHN_FIFO_LINK_MASK;
		if (!c->head[q]) {
			c->ready &= ~BIT(q);
		}
		if (__atomic_fetch_and(&words[port], ~BIT(EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST) &
		    BIT(EVTCHN_FIFO_PENDING)) {
			__atomic_store_n(&owed[event_index(port)], false, __ATOMIC_SEQ_CST);
		}
		c->ready |= __atomic_exchange_n(&c->block->ready, 0, __ATOMIC_SEQ_CST);
	}
}

static void test_threads(void **state)
{
	pthread_t t[SENDERS];

	(void)state;
	event_consume_all();
	for (unsigned int i = 0; i < PORTS; i++) {
		event_bind_vcpu(i, i % VCPUS);
		event_prioritise(i, i % 4);
	}
	senders_left = SENDERS;
	for (unsigned int i = 0; i < SENDERS; i++) {
		assert_int_equal(pthread_create(&t[i], NULL, sender, (void *)(uintptr_t)(i + 1)),
				 0);
	}
	while (__atomic_load_n(&senders_left, __ATOMIC_SEQ_CST)) {
		for (unsigned int i = 0; i < VCPUS; i++) {
			drain_queues(&consumer[i]);
		}
	}
	for (unsigned int i = 0; i < SENDERS; i++) {
		pthread_join(t[i], NULL);
	}
	for (unsigned int i = 0; i < VCPUS; i++) {
		drain_queues(&consumer[i]);
	}
	for (unsigned int i = 0; i < PORTS; i++) {
		assert_int_equal(words[inner[i]] &
					 (BIT(EVTCHN_FIFO_PENDING) | BIT(EVTCHN_FIFO_LINKED)),
				 0);
	}
}

#define PAIR_TEST(fn) cmocka_unit_test_setup_teardown(fn, events_begin, world_test_end)
#define FIFO_TEST(fn) cmocka_unit_test_setup_teardown(fn, events_begin_fifo, world_test_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIFO_TEST(test_order_by_priority), PAIR_TEST(test_fifo_refusals),
		PAIR_TEST(test_early_events),      FIFO_TEST(test_busy_port),
		FIFO_TEST(test_hostile_words),     FIFO_TEST(test_leave_fifo),
		FIFO_TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
