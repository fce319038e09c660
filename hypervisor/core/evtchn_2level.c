/* SPDX-License-Identifier: MIT */
/*
 * The two-level layout: one bit per port in shared_info, a selector word per
 * vCPU that says which words to look at.
 */
#include "core/evtchn.h"
#include "lib/bitops.h"
#include "lib/errno.h"
#include "xen/arch.h"

static bool is_pending(const struct domain *d, evtchn_port_t port)
{
	return bit_test(d->shared->evtchn_pending, port);
}

static bool is_masked(const struct domain *d, evtchn_port_t port)
{
	return bit_test(d->shared->evtchn_mask, port);
}

static void select_word(struct vcpu *v, evtchn_port_t port)
{
	if (!bit_test_and_set(&v->info->evtchn_pending_sel, port / 64)) {
		vcpu_mark_events_pending(v);
	}
}

static void set_pending(struct vcpu *v, evtchn_port_t port, struct evtchn *c)
{
	struct domain *d = v->domain;

	(void)c;
	if (!bit_test_and_set(d->shared->evtchn_pending, port) && !is_masked(d, port)) {
		select_word(v, port);
	}
}

static void clear_pending(struct domain *d, evtchn_port_t port)
{
	bit_test_and_clear(d->shared->evtchn_pending, port);
}

static void unmask(struct domain *d, evtchn_port_t port, struct evtchn *c)
{
	if (bit_test_and_clear(d->shared->evtchn_mask, port) && is_pending(d, port)) {
		select_word(d->vcpu[c->notify_vcpu], port);
	}
}

static int set_priority(struct domain *d, struct evtchn *c, uint32_t priority)
{
	(void)d;
	(void)c;
	(void)priority;
	return -ENOSYS;
}

const struct evtchn_layout evtchn_2level = {
	.is_pending = is_pending,
	.is_masked = is_masked,
	.set_pending = set_pending,
	.clear_pending = clear_pending,
	.unmask = unmask,
	.set_priority = set_priority,
	.max_ports = EVTCHN_2L_NR_CHANNELS,
};
