/* SPDX-License-Identifier: MIT */
/* Devices that their guest does not connect to: what a monitor notes in the journal. */
#ifndef DOM0_TOOLS_AXL_CONNECTING_H
#define DOM0_TOOLS_AXL_CONNECTING_H

#include "../devices/devices.h"
#include "axl.h"
#include "xen/domctl.h"

/* So long a guest has run, with all its devices there, before one is noted. */
#define CONNECTING_SECONDS 30

#define CONNECTING_NOTED_MAX 64

struct connecting {
	xen_domid_t domid;
	int64_t next_ms;   /* of the next look; 0: there is none */
	unsigned int seen; /* seconds the guest ran since the last device came */
	struct {
		enum device_kind kind;
		uint32_t devid;
	} noted[CONNECTING_NOTED_MAX];
	size_t noted_count;
};

/* Begins with a domain: watches its devices, which wakes store_wait_event(). */
void connecting_start(struct connecting *c, struct axl *axl, xen_domid_t domid);

/* What a watch said: if a device came or went, the time begins again. */
void connecting_event(struct connecting *c, const struct store_event *event);

/* How long to wait for events before connecting_look(), in ms; -1: for ever. */
int connecting_timeout(const struct connecting *c);

/* Notes what has not connected in time, once for each device; cheap if it is not time yet. */
void connecting_look(struct connecting *c, struct axl *axl,
		     const struct xen_domctl_getdomaininfo *info, const char *name);

/* What to do about a device whose sides are in these states, for people. */
const char *connecting_hint(enum device_kind kind, int frontend_state);

#endif
