/* SPDX-License-Identifier: MIT */
/* A guest's console, from the ring to its log and terminal. */
#ifndef DOM0_TOOLS_CONSOLED_GUEST_H
#define DOM0_TOOLS_CONSOLED_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "../libstore/store.h"
#include "logfile.h"
#include "terminal.h"
#include "wire.h"

struct guest;
TAILQ_HEAD(guest_list, guest);

/* All guests and what they share. Filled in by the daemon. */
struct guests {
	struct store *store;
	struct terminals *terminals;
	struct wires *wires;
	struct logfile_options log_options;
	bool log;           /* keep logs of guests */
	bool keep_overflow; /* a slow reader stops the guest instead of losing output */
	struct guest_list all;
};

struct guest *guest_find(struct guests *guests, uint16_t domid);

/* A domain was introduced: watches its console's nodes. 0 or -errno. */
int guest_add(struct guests *guests, uint16_t domid);

/* Its nodes have changed: connects as soon as ring and port are known. */
void guest_update(struct guest *guest);

/* The domain has died: takes what its ring still holds and lets go of it. The terminal stays
 * until who is there has read all, at most some seconds. */
void guest_die(struct guest *guest);

/* A period is over: a reader of a dead guest's terminal has had another. Wires stay busy as long as
 * there is one. After wires_tick(). */
void guests_tick(struct guests *guests);

/* Asks the store which domains there are: new ones are added, those gone have died. */
void guests_look_for_new(struct guests *guests);
void guests_look_for_dead(struct guests *guests);

void guests_reopen_logs(struct guests *guests);

/* Lets go of everything. */
void guests_close(struct guests *guests);

#endif
