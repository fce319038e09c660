/* SPDX-License-Identifier: MIT */
/*
 * A guest and its peer, joined by pairs of ports; the guest's event code, one
 * consumer per vCPU, which can stop after each step; and what is owed to it.
 */
#ifndef TEST_CORE_EVENT_GUEST_H
#define TEST_CORE_EVENT_GUEST_H

#include "core/world.h"

#define GUEST 1
#define PEER 2
#define VCPUS 3
#define PORTS 40
#define WORDS 1024 /* event words in a page */
#define BIT(n) (1U << (n))

extern struct domain *guest, *peer;
extern evtchn_port_t inner[PORTS], outer[PORTS]; /* the guest's end, the peer's end */

extern struct consumer {
	struct vcpu *v;
	volatile struct evtchn_fifo_control_block *block;
	uint32_t head[EVTCHN_FIFO_MAX_QUEUES];
	uint32_t ready;     /* queues (or words) still to be looked at */
	evtchn_port_t port; /* taken off a queue, not yet handled; 0: none */
} consumer[VCPUS];
extern volatile event_word_t *words;
extern bool use_fifo;
extern bool owed[PORTS]; /* sent, not yet handled */
extern unsigned int handled[PORTS];

/* Which of the pairs a port of the guest is of; fails the test if none. */
unsigned int event_index(evtchn_port_t port);
/* Interrupt taken if one is pending; then one step.  False: nothing to do. */
bool event_consume(struct consumer *c);
void event_consume_all(void);
/* Sending, masking, moving and ranking the guest's end of a pair. */
void event_send(unsigned int i);
void event_mask(unsigned int i, bool on);
void event_bind_vcpu(unsigned int i, unsigned int vcpu);
void event_prioritise(unsigned int i, uint32_t priority);
/* FIFO: a vCPU's control block; a page of words, whose frame is returned. */
void fifo_register(unsigned int vcpu);
uint64_t fifo_expand(void);
/* Binds pair i; all pairs. */
void event_pair(unsigned int i);
void event_pairs(void);
/* Set-up of a test: the two domains; with all pairs on either layout. */
int events_begin(void **state);
int events_begin_2level(void **state);
int events_begin_fifo(void **state);

#endif
