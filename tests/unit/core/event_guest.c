/* SPDX-License-Identifier: MIT */
/* A model of the guest that consumes events, on both layouts (see event_guest.h). */
#include "core/event_guest.h"

#include <string.h>

struct domain *guest, *peer;
evtchn_port_t inner[PORTS], outer[PORTS];
struct consumer consumer[VCPUS];
volatile event_word_t *words;
bool use_fifo;
bool owed[PORTS];
unsigned int handled[PORTS];

unsigned int event_index(evtchn_port_t port)
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
	unsigned int i = event_index(port);

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
bool event_consume(struct consumer *c)
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

void event_consume_all(void)
{
	bool any;

	do {
		any = false;
		for (unsigned int i = 0; i < VCPUS; i++) {
			any |= event_consume(&consumer[i]);
		}
	} while (any);
}

void event_mask(unsigned int i, bool on)
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

void event_send(unsigned int i)
{
	owed[i] = true;
	assert_int_equal(evtchn_send(peer, outer[i]), 0);
}

void fifo_register(unsigned int vcpu)
{
	struct evtchn_init_control c = {.control_gfn = world_frame(guest),
					.vcpu = vcpu,
					.offset = 64 * vcpu};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_init_control, &c), 0);
	assert_int_equal(c.link_bits, EVTCHN_FIFO_LINK_BITS);
	consumer[vcpu].block = (void *)((char *)world_memory(c.control_gfn) + c.offset);
}

uint64_t fifo_expand(void)
{
	struct evtchn_expand_array e = {.array_gfn = world_frame(guest)};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_expand_array, &e), 0);
	return e.array_gfn;
}

void event_pair(unsigned int i)
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

int events_begin(void **state)
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

void event_pairs(void)
{
	for (unsigned int i = 0; i < PORTS; i++) {
		event_pair(i);
	}
}

int events_begin_2level(void **state)
{
	events_begin(state);
	event_pairs();
	return 0;
}

int events_begin_fifo(void **state)
{
	events_begin(state);
	use_fifo = true;
	for (unsigned int i = 0; i < VCPUS; i++) {
		fifo_register(i);
	}
	words = world_memory(fifo_expand());
	event_pairs();
	return 0;
}

void event_bind_vcpu(unsigned int i, unsigned int vcpu)
{
	struct evtchn_bind_vcpu b = {.port = inner[i], .vcpu = vcpu};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_bind_vcpu, &b), 0);
}

void event_prioritise(unsigned int i, uint32_t priority)
{
	struct evtchn_set_priority p = {.port = inner[i], .priority = priority};

	world_act_as(guest->vcpu[0]);
	assert_int_equal(call_events(EVTCHNOP_set_priority, &p), use_fifo ? 0 : -ENOSYS);
}
