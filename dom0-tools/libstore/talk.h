/* SPDX-License-Identifier: MIT */
/* Inside libstore: the connection, and one exchange of request and answer on it. */
#ifndef DOM0_TOOLS_LIBSTORE_TALK_H
#define DOM0_TOOLS_LIBSTORE_TALK_H

#include <sys/queue.h>
#include <sys/uio.h>

#include "store.h"
#include "xen/io/xs_wire.h"

#define READ_AHEAD 4096U /* so many bytes of answers are read at once */

struct queued_event {
	STAILQ_ENTRY(queued_event) link;
	struct store_event event; /* path and token share path's block */
};

STAILQ_HEAD(event_queue, queued_event);

struct store {
	int fd;
	int broken;       /* -errno once the connection has failed, else 0 */
	uint32_t last_id; /* req_id of the latest request */
	struct event_queue events;
	bool batching;
	unsigned int unanswered; /* requests of the batch, the latest is last_id */
	int batch_error;         /* the first of its errors */
	char **replies;          /* where the batch's next answer goes; NULL: nobody wants it */
	uint8_t *batch;          /* requests not sent yet, BATCH_BYTES of room */
	size_t batch_len;
	uint8_t ahead[READ_AHEAD]; /* read already and not looked at: [ahead_at, ahead_end) */
	size_t ahead_at, ahead_end;
	size_t have; /* bytes in `in`: one message as far as it has arrived */
	struct {
		struct xsd_sockmsg header;
		char payload[XENSTORE_PAYLOAD_MAX + 1]; /* room for a final NUL */
	} in;
};

/* So much is sent at once, and so many answers may wait: neither side's socket fills up. */
#define BATCH_BYTES 16384U
#define BATCH_REQUESTS 64U

/* Sends what the batch has gathered and takes all answers; their first error stays in it. */
int talk_batch_flush(struct store *store);

/* Asks in a batch for what path holds; the answer goes to *store->replies, which moves on. Without
 * a batch that happens at once. An answer that is an error leaves NULL there. */
int talk_read_later(struct store *store, uint32_t tx, const char *path);

/* Reads until a whole message stands in store->in: 1, 0 if it would block and !wait, -errno. The
 * caller sets store->have to 0 once it has used the message. */
int talk_fill(struct store *store, bool wait);

/* Moves the watch event in store->in to the queue. */
int talk_queue_event(struct store *store);

/* Sends a request made of `parts` and waits for its answer. 0 and, if `reply` is not NULL, the
 * payload in a block with a NUL behind it; or -errno, the store's error included. */
int talk(struct store *store, uint32_t type, uint32_t tx, const struct iovec *parts,
	 unsigned int count, char **reply, size_t *len);

/* A string with its NUL as a request part. */
struct iovec talk_string(const char *string);

/* talk() with one string and no interest in the answer. */
int talk_path(struct store *store, uint32_t type, uint32_t tx, const char *path);

/* The errno value for an error name of the protocol; EINVAL if unknown. */
int talk_errno(const char *name);

#endif
