/* SPDX-License-Identifier: MIT */
/*
 * Events arrive: nothing sent is lost, nothing comes that was not sent, on
 * both layouts, judged by a model of the guest that consumes them.
 */
#include "core/world.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define GUEST 1
#define PEER 2
#define VCPUS 3
#define PORTS 40
#define WORDS 1024 /* event words in a page */
#define BIT(n) (1U << (n))

static struct domain *guest, *peer;
static evtchn_port_t inner[PORTS], outer[PORTS]; /* the guest's end, the peer's end */

/* The guest's event code, one per vCPU, which can stop after each step. */
static struct consumer {
	struct vcpu *v;
	volatile struct evtchn_fifo_control_block *block;
	uint32_t head[EVTCHN_FIFO_MAX_QUEUES];
	uint32_t ready;     /* queues (or words) still to be looked at */
	evtchn_port_t port; /* taken off a queue, not yet handled; 0: none */
} consumer[VCPUS];
static volatile event_word_t *words;
static bool use_fifo;
static bool owed[PORTS]; /* sent, not yet handled */
static unsigned int handled[PORTS];

static unsigned int index_of(evtchn_port_t port)
{
	for (unsigned int i = 0; i < PORTS; i++) {
		if (inner[i] == port) {
			return i;
		}
	}
	fail_msg("port %u is none of ours", port);
	return 0;
}

static void handle(evtchn_port_t port)
{
	unsigned int i = index_of(port);

	assert_true(owed[i]);
	owed[i] = false;
	handled[i]++;
}

/* One step of the FIFO consumer, as Linux does it. */
static void fifo_step(struct consumer *c)
{
	unsigned int queue;
	event_word_t w;

	if (c->port) {
		w = __atomic_fetch_and(&words[c->port], ~BIT(EVTCHN_FIFO_PENDING),
				       __ATOMIC_SEQ_CST);
		if (w & BIT(EVTCHN_FIFO_PENDING)) {
			handle(c->port);
		}
		c->port = 0;
		return;
	}
	c->ready |= __atomic_exchange_n(&c->block->ready, 0, __ATOMIC_SEQ_CST);
	if (!c->ready) {
		return;
	}
	queue = bit_first(c->ready);
	if (!c->head[queue]) {
		c->head[queue] = c->block->head[queue];
	}
	c->port = c->head[queue];
	assert_int_not_equal(c->port, 0);
	w = __atomic_fetch_and(&words[c->port],
			       ~(BIT(EVTCHN_FIFO_LINKED) | (uint32_t)EVTCHN_FIFO_LINK_MASK),
			       __ATOMIC_SEQ_CST);
	assert_true(w & BIT(EVTCHN_FIFO_LINKED));
	c->head[queue] = w & EVTCHN_FIFO_LINK_MASK;
	if (!c->head[queue]) {
		c->ready &= ~BIT(queue);
	}
	if (w & BIT(EVTCHN_FIFO_MASKED) || !(w & BIT(EVTCHN_FIFO_PENDING))) {
		c->port = 0;
	}
}

static void two_level_step(struct consumer *c)
{
	struct shared_info *s = guest->shared;
	uint64_t bits;
	unsigned int word;

	c->ready |=
		(uint32_t)__atomic_exchange_n(&c->v->info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	if (!c->ready) {
		return;
	}
	word = bit_first(c->ready);
	bits = s->evtchn_pending[word] & ~s->evtchn_mask[word];
	if (!bits) {
		c->ready &= ~BIT(word);
		return;
	}
	__atomic_fetch_and(&s->evtchn_pending[word], ~(bits & -bits), __ATOMIC_SEQ_CST);
	handle(word * 64 + bit_first(bits));
}

static bool is_active(const struct consumer *c)
{
	return c->ready || c->port;
}

/* Interrupt taken if one is pending; then one step.  False: nothing to do. */
static bool consume(struct consumer *c)
{
	if (!is_active(c)) {
		if (!__atomic_exchange_n(&c->v->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST)) {
			return false;
		}
	}
	if (use_fifo) {
		fifo_step(c);
	} else {
		two_level_step(c);
	}
	return true;
}

static void consume_all(void)
{
	bool any;

	do {
		any = false;
		for (unsigned int i = 0; i < VCPUS; i++) {
			any |= consume(&consumer[i]);
		}
	} while (any);
}

static void mask(unsigned int i, bool on)
{
	evtchn_port_t p = inner[i];
	struct evtchn_unmask u = {.port = p};

	if (on && use_fifo) {
		__atomic_fetch_or(&words[p], BIT(EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	} else if (on) {
		bit_test_and_set(guest->shared->evtchn_mask, p);
	} else {
		world_act_as(guest->vcpu[0]);
		assert_int_equal(call_events(EVTCHNOP_unmask, &u), 0);
	}
}

static void send(unsigned int i)
{
	owed[i] = true;
	assert_int_equal(evtchn_send(peer, outer[i]), 0);
}

static void fifo_register(unsigned int vcpu)
{
	struct evtchn_init_control c = {.control_gfn = world_frame(guest),
					.vcpu = vcpu,
					.offset = 64 * vcpu};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), 0);
	assert_int_equal(c.link_bits, EVTCHN_FIFO_LINK_BITS);
	consumer[vcpu].block = (void *)((char *)world_memory(c.control_gfn) + c.offset);
}

static uint64_t fifo_expand(void)
{
	struct evtchn_expand_array e = {.array_gfn = world_frame(guest)};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_expand_array, &e), 0);
	return e.array_gfn;
}

static void pair(unsigned int i)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = PEER};
	struct evtchn_bind_interdomain b = {.remote_dom = GUEST};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), 0);
	inner[i] = b.remote_port = a.port;
	world_act_as(peer->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_bind_interdomain, &b), 0);
	outer[i] = b.local_port;
}

static int begin_pair(void **state)
{
	int rc = world_test_begin(state);

	guest = world_domain(GUEST, VCPUS);
	peer = world_domain(PEER, 1);
	memset(consumer, 0, sizeof(consumer));
	memset(owed, 0, sizeof(owed));
	memset(handled, 0, sizeof(handled));
	words = NULL;
	for (unsigned int i = 0; i < VCPUS; i++) {
		consumer[i].v = guest->vcpu[i];
	}
	use_fifo = false;
	return rc;
}

static void make_pairs(void)
{
	for (unsigned int i = 0; i < PORTS; i++) {
		pair(i);
	}
}

static int begin_2level(void **state)
{
	begin_pair(state);
	make_pairs();
	return 0;
}

static int begin_fifo(void **state)
{
	begin_pair(state);
	use_fifo = true;
	for (unsigned int i = 0; i < VCPUS; i++) {
		fifo_register(i);
	}
	words = world_memory(fifo_expand());
	make_pairs();
	return 0;
}

static void bind_vcpu(unsigned int i, unsigned int vcpu)
{
	struct evtchn_bind_vcpu b = {.port = inner[i], .vcpu = vcpu};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_bind_vcpu, &b), 0);
}

static void prioritise(unsigned int i, uint32_t priority)
{
	struct evtchn_set_priority p = {.port = inner[i], .priority = priority};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_set_priority, &p), use_fifo ? 0 : -ENOSYS);
}

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
			send(i);
			break;
		case 3:
			bind_vcpu(i, (unsigned int)random() % VCPUS);
			break;
		case 4:
			prioritise(i, (uint32_t)random() % (EVTCHN_FIFO_PRIORITY_MIN + 1));
			break;
		case 5:
			mask(i, random() % 4 == 0);
			break;
		default:
			consume(&consumer[random() % VCPUS]);
			break;
		}
		if (step % 1000 == 999) {
			for (i = 0; i < PORTS; i++) {
				mask(i, false);
			}
			consume_all();
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
	consume_all();
	mask(3, true);
	send(3);
	consume_all();
	assert_true(owed[3]);
	assert_true(evtchn_is_pending(guest, inner[3]));
	mask(3, false);
	consume_all();
	assert_false(owed[3]);
	/* A closed port's event is forgotten. */
	mask(4, true);
	send(4);
	assert_int_equal(evtchn_close(guest, inner[4]), 0);
	assert_false(evtchn_is_pending(guest, inner[4]));
	consume_all();
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

static void test_order_by_priority(void **state)
{
	(void)state;
	consume_all();
	prioritise(0, 9);
	prioritise(1, 2);
	prioritise(2, 2);
	send(0);
	send(2);
	send(1);
	assert_int_equal(consumer[0].block->ready, BIT(9) | BIT(2));
	assert_int_equal(consumer[0].block->head[2], inner[2]);
	assert_int_equal(words[inner[2]] & EVTCHN_FIFO_LINK_MASK, inner[1]);
	consume_all();
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
	pair(0);
	pair(1);
	consume_all();
	send(0);
	use_fifo = true;
	fifo_register(0);
	pair(2);
	send(1);
	send(2);
	words = world_memory(fifo_expand());
	consumer[0].v->info->evtchn_upcall_pending = 1;
	consume_all();
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
	consume_all();
	send(5);
	assert_int_equal(evtchn_close(guest, inner[5]), 0);
	owed[5] = false;
	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_alloc_unbound, &a), 0);
	assert_int_not_equal(a.port, inner[5]);
	assert_int_equal(evtchn_close(guest, a.port), 0);
	consume_all();
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
			mask((unsigned int)random() % PORTS, false);
		}
		if (step % 11 == 0) {
			bind_vcpu((unsigned int)random() % PORTS, (unsigned int)random() % VCPUS);
			prioritise((unsigned int)random() % PORTS, (uint32_t)random() % 16);
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
	make_pairs();
	send(0);
	consume_all();
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
			__atomic_store_n(&owed[index_of(port)], false, __ATOMIC_SEQ_CST);
		}
		c->ready |= __atomic_exchange_n(&c->block->ready, 0, __ATOMIC_SEQ_CST);
	}
}

static void test_threads(void **state)
{
	pthread_t t[SENDERS];

	(void)state;
	consume_all();
	for (unsigned int i = 0; i < PORTS; i++) {
		bind_vcpu(i, i % VCPUS);
		prioritise(i, i % 4);
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

#define PAIR_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_pair, world_test_end)
#define TWO_LEVEL_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_2level, world_test_end)
#define FIFO_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin_fifo, world_test_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TWO_LEVEL_TEST(test_masked_waits),
		{"test_masked_waits_fifo", test_masked_waits, begin_fifo, world_test_end, NULL},
		TWO_LEVEL_TEST(test_random),
		{"test_random_fifo", test_random, begin_fifo, world_test_end, NULL},
		TWO_LEVEL_TEST(test_status),
		FIFO_TEST(test_order_by_priority),
		PAIR_TEST(test_fifo_refusals),
		PAIR_TEST(test_early_events),
		FIFO_TEST(test_busy_port),
		FIFO_TEST(test_hostile_words),
		FIFO_TEST(test_leave_fifo),
		FIFO_TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
