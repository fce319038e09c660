/* SPDX-License-Identifier: MIT */
/*
 * A guest's console, from the ring to its log and terminal. Each guest is drained a ring at a
 * time, in turn, and no faster than its share, so that a flood of one neither starves the others
 * nor fills the disk in no time.
 */
#ifndef DOM0_TOOLS_CONSOLED_GUEST_H
#define DOM0_TOOLS_CONSOLED_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "../libstore/store.h"
#include "logfile.h"
#include "ring.h"
#include "terminal.h"

#define GUEST_PERIOD_MS 100U
#define GUEST_PER_PERIOD 32768U /* bytes that a guest may print in each period */

/* What guests need from the machine below; replaced by fakes in tests. */
struct guest_backend {
	/* Maps the console page: by grant 0, else the frame that the toolstack names. */
	int (*map)(void *arg, uint16_t domid, uint64_t mfn, struct xencons_interface **page);
	void (*unmap)(void *arg, struct xencons_interface *page);
	/* Connects to the guest's port; the local one or -errno. */
	int (*bind)(void *arg, uint16_t domid, uint32_t port);
	void (*unbind)(void *arg, int port);
	void (*notify)(void *arg, int port);
	/* Lets the next event of the port through. */
	void (*unmask)(void *arg, int port);
	void *arg;
};

struct guest;
TAILQ_HEAD(guest_list, guest);

/* All guests and what they share. Filled in by the daemon. */
struct guests {
	struct store *store;
	struct terminals *terminals;
	const struct guest_backend *backend;
	struct logfile_options log_options;
	bool log;           /* keep logs of guests */
	bool keep_overflow; /* a slow reader stops the guest instead of losing output */
	bool busy;          /* periods must be counted: somebody prints, waits or lingers */
	struct guest_list all;
	struct guest_list ready; /* those with output, in their turn */
};

struct guest *guest_find(struct guests *guests, uint16_t domid);

/* A domain was introduced: watches its console's nodes. 0 or -errno. */
int guest_add(struct guests *guests, uint16_t domid);

/* Its nodes have changed: connects as soon as ring and port are known. */
void guest_update(struct guest *guest);

/* The guest sent on its local port. */
void guest_event(struct guests *guests, int port);

/* The domain has died: takes what its ring still holds and lets go of it. The terminal stays
 * until who is there has read all, at most some seconds. */
void guest_die(struct guest *guest);

/* Gives every guest that is ready one turn. True if some are ready still. */
bool guests_run(struct guests *guests);

/* A period is over: new shares, and ->busy anew. */
void guests_tick(struct guests *guests);

/* Asks the store which domains there are: new ones are added, those gone have died. */
void guests_look_for_new(struct guests *guests);
void guests_look_for_dead(struct guests *guests);

void guests_reopen_logs(struct guests *guests);

/* Lets go of everything. */
void guests_close(struct guests *guests);

#endif
