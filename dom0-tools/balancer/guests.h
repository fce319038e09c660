/* SPDX-License-Identifier: MIT */
/* The guests as the balancer sees them: read, asked, and shown in the store. */
#ifndef DOM0_TOOLS_BALANCER_GUESTS_H
#define DOM0_TOOLS_BALANCER_GUESTS_H

#include "../libctl/ctl.h"
#include "../libstore/store.h"
#include "policy.h"

/* Where decisions are shown: STATUS_DIR/state and STATUS_DIR/domain/N/last. */
#define STATUS_DIR "/tool/argon-balancer"

struct settings {
	uint64_t reserve_kib; /* of the machine, to stay free */
	bool share_silent;
	bool dry_run; /* decide and show, ask nobody */
	unsigned int interval;
};

struct guests {
	struct ctl *ctl;
	struct store *store;
	size_t count;
	xen_domid_t *domids;
	char **ids; /* the same in decimal */
	struct policy_guest *rows;
	char **shown; /* what STATUS_DIR says of each */
	size_t shown_count;
	uint64_t rounds;
	int64_t spare_kib;
};

/*
 * One round: reads what runs, decides, asks who is to change, shows the result. Guests that are
 * paused, shut down or dying, dom0, and those without bounds in the store are left out. 0, or
 * -errno when the store or the hypervisor does not answer.
 */
int guests_balance(struct guests *guests, const struct settings *settings);

/* Takes STATUS_DIR away and frees all but the connections. */
void guests_end(struct guests *guests);

#endif
