/* SPDX-License-Identifier: MIT */
/*
 * One console ring with its event channel: what a guest sends is taken a ring at a time, each guest
 * in its turn and no faster than its share, so that a flood of one neither starves the others nor
 * fills the disk in no time. Where the bytes go and come from is the owner's.
 */
#ifndef DOM0_TOOLS_CONSOLED_WIRE_H
#define DOM0_TOOLS_CONSOLED_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "ring.h"

#define WIRE_PERIOD_MS 100U
#define WIRE_PER_PERIOD 32768U /* bytes that a guest may send on one wire in each period */

/* What wires need from the machine below; replaced by fakes in tests. */
struct wire_backend {
	/* Maps the console page: by grant 0, else the frame that the toolstack names. */
	int (*map)(void *arg, uint16_t domid, uint64_t mfn, struct xencons_interface **page);
	/* Maps the page that the guest has granted under this reference. */
	int (*map_grant)(void *arg, uint16_t domid, uint32_t ref, struct xencons_interface **page);
	void (*unmap)(void *arg, struct xencons_interface *page);
	/* Connects to the guest's port; the local one or -errno. */
	int (*bind)(void *arg, uint16_t domid, uint32_t port);
	void (*unbind)(void *arg, int port);
	void (*notify)(void *arg, int port);
	/* Lets the next event of the port through. */
	void (*unmask)(void *arg, int port);
	void *arg;
};

struct wire;
TAILQ_HEAD(wire_list, wire);

/* All wires. */
struct wires {
	const struct wire_backend *backend;
	struct wire_list all;   /* connected ones */
	struct wire_list ready; /* those with output, in their turn */
	bool busy;              /* periods must be counted: somebody sends or waits */
};

void wires_init(struct wires *wires);

/* What the owner of a wire does with it. */
struct wire_ops {
	/* Takes all of what the guest has sent. */
	void (*sent)(struct wire *wire, const char *bytes, size_t len);
	/* Whether the guest has to wait because what it sends would be lost. */
	bool (*is_full)(const struct wire *wire);
	/* Gives bytes for the guest: how many, 0 for none now. */
	size_t (*take)(struct wire *wire, char *bytes, size_t room);
	/* Says whether wire_feed() is wanted when there are bytes to take. */
	void (*listen)(struct wire *wire, bool wanted);
};

/* Embedded in its owner; not connected while there is no page. */
struct wire {
	TAILQ_ENTRY(wire) link;
	TAILQ_ENTRY(wire) ready_link;
	struct wires *wires;
	const struct wire_ops *ops;
	const char *what; /* "console", for messages */
	uint16_t domid;
	bool ready;        /* in wires->ready */
	bool masked;       /* an event has come that was not unmasked yet */
	bool starved;      /* has more to do in the next period */
	bool broken;       /* its ring made no sense: not looked at any more */
	bool told;         /* that was said, in this connection or an earlier one */
	bool waiting;      /* there are bytes for the guest, and the ring has no room */
	int port;          /* ours, 0 = not connected */
	unsigned int left; /* bytes it may still send in this period */
	struct xencons_interface *page;
};

/* `what` is kept, not copied. */
void wire_init(struct wire *wire, struct wires *wires, const struct wire_ops *ops, uint16_t domid,
	       const char *what);

/* Takes a page that one of the backend's functions has mapped, and binds to the guest's port. 0, or
 * -errno and the page is unmapped. */
int wire_connect(struct wire *wire, struct xencons_interface *page, uint32_t port);

/* Lets go of page and port; nothing if there are none. */
void wire_disconnect(struct wire *wire);

/* There are bytes for the guest. */
void wire_feed(struct wire *wire);

/* Takes what the ring still holds, whatever the share. */
void wire_drain(struct wire *wire);

/* The guest sent on its local port. */
void wires_event(struct wires *wires, int port);

/* Gives every wire that is ready one turn. True if some are ready still. */
bool wires_run(struct wires *wires);

/* A period is over: new shares, and ->busy anew. */
void wires_tick(struct wires *wires);

#endif
