/* SPDX-License-Identifier: MIT */
/* Setting a port pending in the two-level layout: inline, since it is what most sends do. */
#ifndef ARGON_CORE_EVTCHN_2LEVEL_H
#define ARGON_CORE_EVTCHN_2LEVEL_H

#include "core/evtchn.h"
#include "lib/bitops.h"
#include "xen/arch.h"

/* Has v look at the port's word. */
static inline void evtchn_2level_select(struct vcpu *v, evtchn_port_t port)
{
	if (!bit_test_and_set(&v->info->evtchn_pending_sel, port / 64)) {
		vcpu_mark_events_pending(v);
	}
}

static inline void evtchn_2level_set_pending(struct vcpu *v, evtchn_port_t port, struct evtchn *c)
{
	struct shared_info *s = v->domain->shared;

	(void)c;
	if (!bit_test_and_set(s->evtchn_pending, port) && !bit_test(s->evtchn_mask, port)) {
		evtchn_2level_select(v, port);
	}
}

#endif
