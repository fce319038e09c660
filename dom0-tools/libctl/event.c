/* SPDX-License-Identifier: MIT */
/* event_channel_op calls that /dev/xen/evtchn does not offer. */
#include "event.h"

#include "xen/event.h"
#include "xen/hypercall.h"

int ctl_event_alloc_unbound(struct ctl *ctl, xen_domid_t domid, xen_domid_t remote)
{
	struct evtchn_alloc_unbound *arg = ctl_arg_page(ctl);
	const uint64_t args[5] = {EVTCHNOP_alloc_unbound, (uintptr_t)arg};
	long ret;

	*arg = (struct evtchn_alloc_unbound){.dom = domid, .remote_dom = remote};
	ret = ctl_hypercall(ctl, __HYPERVISOR_event_channel_op, args);
	return ret < 0 ? (int)ret : (int)arg->port;
}
