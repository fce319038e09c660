/* SPDX-License-Identifier: MIT */
/*
 * One client: a socket, a guest's ring, or a test. Gathers requests, queues answers and events,
 * and owns the client's watches and transactions.
 */
#ifndef DOM0_TOOLS_STORED_CONNECTION_H
#define DOM0_TOOLS_STORED_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "perms.h"
#include "quota.h"
#include "stored.h"
#include "xen/io/xs_wire.h"

/* The bytes' way to the client. */
struct transport {
	const struct transport_ops *ops;
	struct connection *connection; /* that uses it */
};

struct transport_ops {
	bool is_ring; /* a shared page, else a socket */
	/* Our end: an event channel port, or a descriptor. NULL for a transport without. */
	uint32_t (*port)(struct transport *transport);
	/* Non-blocking; bytes moved, -EAGAIN for none now, other -errno for a dead connection. */
	ssize_t (*read)(struct transport *transport, void *to, size_t len);
	ssize_t (*write)(struct transport *transport, const void *from, size_t len);
	/* Says when to call connection_wake(): if there is something to read, if there is room to
	 * write. NULL for a transport that always does. */
	void (*want)(struct transport *transport, bool read, bool write);
	/* Everything that can be done at once has been done; may be NULL. */
	void (*flush)(struct transport *transport);
	/* The client broke the protocol (XENSTORE_ERROR_*) and is not listened to any more. A
	 * transport without this is closed instead. */
	void (*stopped)(struct transport *transport, uint32_t error);
	/* Frees the transport. */
	void (*close)(struct transport *transport);
};

struct watch;
struct transaction;

/* A message on its way to the client. */
struct message {
	STAILQ_ENTRY(message) link;
	LIST_ENTRY(message) same_hash; /* events only, in connection->pending[] */
	uint32_t hash;                 /* of token and path, events only */
	bool is_event;
	size_t len; /* of header and payload */
	size_t sent;
	struct xsd_sockmsg header;
	char payload[];
};

#define PENDING_BUCKETS 256U
#define REQUESTS_PER_TURN 8U /* then the next connection has its turn */

struct connection {
	TAILQ_ENTRY(connection) link;       /* in stored->connections */
	TAILQ_ENTRY(connection) awake_link; /* in stored->awake */
	bool awake;
	struct stored *stored;
	struct transport *transport;
	struct account *account; /* held */
	struct subject subject;
	bool stopped;    /* broke the protocol: nothing is read or sent any more */
	bool gone;       /* failed: closed or stopped at its next turn */
	bool wants_read; /* as last told to the transport */
	bool wants_write;

	struct watch_chain watches;
	LIST_HEAD(transaction_chain, transaction) transactions;
	uint32_t last_tx_id;

	STAILQ_HEAD(message_queue, message) out;
	LIST_HEAD(pending_chain, message) pending[PENDING_BUCKETS]; /* events not begun yet */
	size_t answers; /* messages in `out` that are not events */
	size_t out_bytes;

	struct xsd_sockmsg header; /* the request being gathered */
	size_t have;               /* its bytes so far, header included */
	char *payload;             /* with room for a NUL; NULL until the header is whole */
};

/* Takes over the transport. NULL if out of memory: the transport is the caller's still. */
struct connection *connection_create(struct stored *stored, struct transport *transport,
				     uint16_t domid);

/* Ends everything that belongs to it, without events to anybody. */
void connection_destroy(struct connection *connection);

/* There is something to read, to send or to write room for: it gets a turn. */
void connection_wake(struct connection *connection);

/* Gives every connection that is awake one turn, with a bounded number of requests. Connections
 * may be destroyed by it. True if some are still awake. */
bool connections_run(struct stored *stored);

/* Drops watches, transactions, what is queued and half-read requests: a ring begins anew. */
void connection_reset(struct connection *connection);

/* Queues an answer to the request at hand. Without memory the connection is given up. */
void connection_answer(struct connection *connection, uint32_t type, const void *data, size_t len);

/* Queues an event unless the same one waits already. Dropped, with a line in the log, when the
 * domain's memory is used up. */
void connection_event(struct connection *connection, const char *path, const char *token);

/* Queues a message as it stood in another daemon's queue, `sent` bytes of it gone. False: no
 * memory. */
bool connection_requeue(struct connection *connection, bool is_event,
			const struct xsd_sockmsg *header, const void *payload, size_t sent);

/* Takes back the answer that was queued last, of which nothing has been sent. */
void connection_take_back(struct connection *connection);

/* The client broke the protocol: XENSTORE_ERROR_*. */
void connection_stop(struct connection *connection, uint32_t error);

#endif
