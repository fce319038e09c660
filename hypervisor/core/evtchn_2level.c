/* SPDX-License-Identifier: MIT */
/*
 * The two-level layout: one bit per port in shared_info, a selector word per
 * vCPU that says which words to look at.
 */
#include "core/evtchn_2level.h"
#include "lib/errno.h"

static bool is_pending(const struct domain *d, evtchn_port_t port)
{
	return bit_test(d->shared->evtchn_pending, port);
}

static bool is_masked(const struct domain *d, evtchn_port_t port)
{
	return bit_test(d->shared->evtchn_mask, port);
}

static void clear_pending(struct domain *d, evtchn_port_t port)
{
	bit_test_and_clear(d->shared->evtchn_pending, port);
}

static void unmask(struct domain *d, evtchn_port_t port, struct evtchn *c)
{
	if (bit_test_and_clear(d->shared->evtchn_mask, port) && is_pending(d, port)) {
		evtchn_2level_select(d->vcpu[c->notify_vcpu], port);
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
	.set_pending = evtchn_2level_set_pending,
	.clear_pending = clear_pending,
	.unmask = unmask,
	.set_priority = set_priority,
	.max_ports = EVTCHN_2L_NR_CHANNELS,
};
