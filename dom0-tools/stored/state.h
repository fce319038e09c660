/* SPDX-License-Identifier: MIT */
/*
 * The whole store as bytes, for the daemon's successor: docs/designs/xenstore-migration.md has the
 * format. What is read here was written by a daemon, but is checked as if by an attacker: a torn or
 * foreign file must not become half a store.
 */
#ifndef DOM0_TOOLS_STORED_STATE_H
#define DOM0_TOOLS_STORED_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "connection.h"
#include "stored.h"

#define STATE_MAGIC "ArgnStor"
#define STATE_VERSION 1U
#define STATE_HEADER 24U /* magic, version, CRC-32 of the records, their length */

enum state_record {
	STATE_END = 0,
	STATE_STORE = 1,      /* counters, quotas, permissions of the special watches */
	STATE_DEATHS = 2,     /* when domain ids were last freed */
	STATE_NODE = 3,       /* in order, parents first */
	STATE_CONNECTION = 4, /* what follows belongs to it */
	STATE_MESSAGE = 5,    /* waits to be sent */
	STATE_WATCH = 6,
	STATE_TRANSACTION = 7,
	STATE_TX_NODE = 8, /* of the transaction before it; in order, parents first */
};

enum state_connection_kind {
	STATE_SOCKET = 0,
	STATE_KERNEL = 1, /* domain 0's ring */
	STATE_GUEST = 2,
	STATE_CONNECTION_KINDS,
};

/* Where a new daemon takes connections from. Functions give a transport, or -errno. */
struct state_source {
	/* The client on the old daemon's descriptor `fd`, which is open still. */
	int (*socket)(void *arg, uint32_t fd, struct transport **transport);
	/* A ring (the kernel's for domain 0) whose peer has `port`; `ours` is our end's, 0 if the
	 * old daemon's ports are gone. Its page is left as it is. */
	int (*ring)(void *arg, uint16_t domid, uint32_t port, uint32_t ours,
		    struct transport **transport);
	void *arg;
};

/*
 * Appends header and records. Without `live` the reader will have neither the sockets, which are
 * left out, nor our ports. -ENOMEM.
 */
int state_dump(const struct stored *stored, bool live, struct bytes *to);

/*
 * Makes a store of what state_dump() wrote. NULL, and *fault says why. A guest whose ring does not
 * open any more is released, as if it had died. Quotas are those of the old store.
 */
struct stored *state_load(const struct stored_backend *backend, const struct state_source *source,
			  const void *data, size_t len, const char **fault);

#endif
