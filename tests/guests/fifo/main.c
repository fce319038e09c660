/* SPDX-License-Identifier: MIT */
/*
 * Claim: after init_control events come through the FIFO: words, queues by priority, linked and
 * masked states, array growth; the refusals are Xen 4.17's.
 */
#include <errno.h>
#include <stdio.h>

#include "claim.h"
#include "clock.h"
#include "events.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "fifo: control block, event words, priorities";

#define BIT32(n) (1U << (n))

static volatile struct evtchn_fifo_control_block *control;
static volatile event_word_t *words; /* of the first array page */

/* False when the hypervisor has no FIFO at all, which guests must live with. */
static bool check_unconfigured(void)
{
	struct evtchn_set_priority prio = {.port = 1, .priority = 0};
	struct evtchn_expand_array expand = {.array_gfn = va_to_mfn(page_alloc())};

	if (events_op(EVTCHNOP_expand_array, &expand) == -ENOSYS) {
		SKIP("no FIFO event channels here");
		return false;
	}
	CHECK_EQ(events_op(EVTCHNOP_expand_array, &expand), -EOPNOTSUPP);
	CHECK_EQ(events_op(EVTCHNOP_set_priority, &prio), -ENOSYS);
	return true;
}

static void check_init(void)
{
	char *page = page_alloc(), *array = page_alloc();
	struct evtchn_init_control init = {.control_gfn = va_to_mfn(page), .vcpu = 0};
	struct evtchn_expand_array expand = {.array_gfn = va_to_mfn(array)};

	init.offset = 4096 - 8;
	CHECK_EQ(events_op(EVTCHNOP_init_control, &init), -EINVAL);
	init.offset = 12;
	CHECK_EQ(events_op(EVTCHNOP_init_control, &init), -EINVAL);
	init.offset = 0;
	init.vcpu = 4096;
	CHECK_EQ(events_op(EVTCHNOP_init_control, &init), -ENOENT);
	init.vcpu = 0;
	init.control_gfn = 0x7fffffffffff;
	CHECK_EQ(events_op(EVTCHNOP_init_control, &init), -EINVAL);
	/* a page table can't be written behind the guest's back */
	init.control_gfn = va_to_mfn(pt_kernel_l4());
	CHECK(events_op(EVTCHNOP_init_control, &init) < 0);
	init.control_gfn = va_to_mfn(page);
	CHECK_EQ(events_op(EVTCHNOP_init_control, &init), 0);
	CHECK_EQ(init.link_bits, EVTCHN_FIFO_LINK_BITS);
	CHECK_EQ(events_op(EVTCHNOP_init_control, &init), -EINVAL);
	control = (void *)page;
	expand.array_gfn = 0x7fffffffffff;
	CHECK_EQ(events_op(EVTCHNOP_expand_array, &expand), -EINVAL);
	expand.array_gfn = va_to_mfn(array);
	CHECK_EQ(events_op(EVTCHNOP_expand_array, &expand), 0);
	words = (void *)array;
	/* the hypervisor holds both pages: they are no page tables any more */
	pt_make_readonly(page);
	CHECK_EQ(pt_pin(page, 1), -EINVAL);
	pt_make_writable(page);
}

/* Takes the head of a queue as a guest does; 0 when it is empty. */
static evtchn_port_t consume(unsigned int queue)
{
	evtchn_port_t port = control->head[queue];
	event_word_t word;

	if (port == 0) {
		return 0;
	}
	word = __atomic_fetch_and(&words[port],
				  ~(BIT32(EVTCHN_FIFO_LINKED) | (uint32_t)EVTCHN_FIFO_LINK_MASK),
				  __ATOMIC_SEQ_CST);
	control->head[queue] = word & EVTCHN_FIFO_LINK_MASK;
	__atomic_fetch_and(&words[port], ~BIT32(EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST);
	return port;
}

static void pair(evtchn_port_t *in, evtchn_port_t *out)
{
	struct evtchn_unmask unmask;

	*in = events_alloc_unbound(DOMID_SELF);
	*out = events_bind_interdomain(DOMID_SELF, *in);
	unmask.port = *in;
	CHECK_EQ(events_op(EVTCHNOP_unmask, &unmask), 0);
}

static void check_delivery(void)
{
	struct vcpu_info *vcpu = runtime_vcpu_info();
	evtchn_port_t in[3], out[3];
	struct evtchn_set_priority prio;
	struct evtchn_unmask unmask;

	/* upcalls stay off: this looks at the shared memory only */
	vcpu->evtchn_upcall_mask = 1;
	for (unsigned int i = 0; i < 3; i++) {
		pair(&in[i], &out[i]);
	}
	while (consume(EVTCHN_FIFO_PRIORITY_DEFAULT) != 0) {
	}
	control->ready = 0;
	vcpu->evtchn_upcall_pending = 0;

	/* first come, first served, each port once */
	CHECK_EQ(events_send(out[1]), 0);
	CHECK_EQ(events_send(out[0]), 0);
	CHECK_EQ(events_send(out[1]), 0);
	CHECK_EQ(vcpu->evtchn_upcall_pending, 1);
	CHECK_EQ(control->ready, BIT32(EVTCHN_FIFO_PRIORITY_DEFAULT));
	CHECK_EQ(words[in[1]] & (BIT32(EVTCHN_FIFO_PENDING) | BIT32(EVTCHN_FIFO_LINKED)),
		 BIT32(EVTCHN_FIFO_PENDING) | BIT32(EVTCHN_FIFO_LINKED));
	CHECK_EQ(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), in[1]);
	CHECK_EQ(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), in[0]);
	CHECK_EQ(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), 0);

	/* masked: pending but not linked, until unmasked */
	control->ready = 0;
	__atomic_fetch_or(&words[in[2]], BIT32(EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	CHECK_EQ(events_send(out[2]), 0);
	CHECK_EQ(words[in[2]] & (BIT32(EVTCHN_FIFO_PENDING) | BIT32(EVTCHN_FIFO_LINKED)),
		 BIT32(EVTCHN_FIFO_PENDING));
	CHECK_EQ(control->ready, 0);
	unmask.port = in[2];
	CHECK_EQ(events_op(EVTCHNOP_unmask, &unmask), 0);
	CHECK_EQ(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), in[2]);

	/* priorities have queues of their own */
	control->ready = 0;
	prio = (struct evtchn_set_priority){.port = in[0], .priority = 3};
	CHECK_EQ(events_op(EVTCHNOP_set_priority, &prio), 0);
	CHECK_EQ(events_send(out[0]), 0);
	CHECK_EQ(events_send(out[1]), 0);
	CHECK_EQ(control->ready, BIT32(3) | BIT32(EVTCHN_FIFO_PRIORITY_DEFAULT));
	CHECK_EQ(consume(3), in[0]);
	CHECK_EQ(consume(EVTCHN_FIFO_PRIORITY_DEFAULT), in[1]);
	prio.priority = EVTCHN_FIFO_PRIORITY_MIN + 1;
	CHECK_EQ(events_op(EVTCHNOP_set_priority, &prio), -EINVAL);
	prio = (struct evtchn_set_priority){.port = 9999, .priority = 3};
	CHECK_EQ(events_op(EVTCHNOP_set_priority, &prio), -EINVAL);
	vcpu->evtchn_upcall_mask = 0;
}

/* A guest that scribbles over its queues harms itself alone. */
static void check_scribble(void)
{
	struct vcpu_info *vcpu = runtime_vcpu_info();
	evtchn_port_t in, out;

	vcpu->evtchn_upcall_mask = 1;
	pair(&in, &out);
	for (unsigned int i = 0; i < 1024; i++) {
		words[i] = 0xffffffff;
	}
	for (unsigned int i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++) {
		control->head[i] = 0xffffffff;
	}
	events_send(out);
	for (unsigned int i = 0; i < 1024; i++) {
		words[i] = BIT32(EVTCHN_FIFO_LINKED) | i;
	}
	events_send(out);
	for (unsigned int i = 0; i < 1024; i++) {
		words[i] = BIT32(EVTCHN_FIFO_BUSY) | BIT32(EVTCHN_FIFO_LINKED);
	}
	events_send(out);
	for (unsigned int i = 0; i < 1024; i++) {
		words[i] = 0;
	}
	CHECK_EQ(events_send(out), 0);
	CHECK_EQ(events_op(EVTCHNOP_close, &out), 0);
}

void test_main(void)
{
	traps_init();
	if (!check_unconfigured()) {
		return;
	}
	check_init();
	check_delivery();
	check_scribble();
}
