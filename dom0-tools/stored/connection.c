/* SPDX-License-Identifier: MIT */
/* Gathering requests and sending answers and events, whatever the transport. */
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../libdaemon/log.h"
#include "domain.h"
#include "transaction.h"
#include "watch.h"
#include "wire.h"

/* A trusted client that never reads would fill our memory; it is cut off here. */
#define MAX_SOCKET_BACKLOG (4U << 20)

#define SEND_BYTES 4096U /* of a queue, sent at once */

struct connection *connection_create(struct stored *stored, struct transport *transport,
				     uint16_t domid)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		return NULL;
	}
	connection->account = account_hold(stored, domid);
	if (!connection->account) {
		free(connection);
		return NULL;
	}
	connection->stored = stored;
	connection->transport = transport;
	transport->connection = connection;
	connection->wants_read = true;
	connection->subject = (struct subject){.domid = domid, .target = NO_TARGET};
	TAILQ_INIT(&connection->watches);
	LIST_INIT(&connection->transactions);
	STAILQ_INIT(&connection->out);
	TAILQ_INSERT_TAIL(&stored->connections, connection, link);
	connection_wake(connection);
	return connection;
}

void connection_wake(struct connection *connection)
{
	if (!connection->awake) {
		TAILQ_INSERT_TAIL(&connection->stored->awake, connection, awake_link);
		connection->awake = true;
	}
}

static size_t message_memory(const struct message *message)
{
	return sizeof(*message) + message->len - sizeof(message->header);
}

/* Takes the first message off the queue. */
static void drop_first(struct connection *connection)
{
	struct message *message = STAILQ_FIRST(&connection->out);

	STAILQ_REMOVE_HEAD(&connection->out, link);
	if (!message->is_event) {
		connection->answers--;
	} else if (!message->sent) {
		LIST_REMOVE(message, same_hash);
	}
	connection->out_bytes -= message_memory(message);
	quota_uncharge(connection->account, message_memory(message));
	free(message);
}

void connection_reset(struct connection *connection)
{
	struct transaction *tx;

	while (!STAILQ_EMPTY(&connection->out)) {
		drop_first(connection);
	}
	while ((tx = LIST_FIRST(&connection->transactions))) {
		tx_drop(tx);
	}
	watch_remove_all(connection);
	free(connection->payload);
	connection->payload = NULL;
	connection->have = 0;
}

void connection_destroy(struct connection *connection)
{
	connection_reset(connection);
	if (connection->stored->update.asker == connection) {
		connection->stored->update.asker = NULL;
	}
	TAILQ_REMOVE(&connection->stored->connections, connection, link);
	if (connection->awake) {
		TAILQ_REMOVE(&connection->stored->awake, connection, awake_link);
	}
	account_put(connection->stored, connection->account);
	connection->transport->ops->close(connection->transport);
	free(connection);
}

void connection_stop(struct connection *connection, uint32_t error)
{
	char name[DOMAIN_LABEL];

	if (account_may_complain(&connection->account->stopped_at)) {
		log_warn("%s: broke the store's protocol (error %u): not listened to any more "
			 "until it reconnects",
			 domain_label(connection->stored, connection->subject.domid, name), error);
	}
	connection_reset(connection);
	connection->stopped = true;
	if (connection->transport->ops->stopped) {
		connection->transport->ops->stopped(connection->transport, error);
	} else {
		connection->gone = true;
	}
}

/* What a transport's error means for the client. */
static void transport_failed(struct connection *connection, int error)
{
	if (error == -EPROTO) {
		connection_stop(connection, XENSTORE_ERROR_PROTO);
	} else if (error == -EBADMSG) {
		connection_stop(connection, XENSTORE_ERROR_RINGIDX);
	} else {
		connection->gone = true;
	}
}

static struct message *make_message(struct connection *connection, uint32_t type, size_t len)
{
	struct message *message = calloc(1, sizeof(*message) + len);

	if (!message) {
		log_error("out of memory: a client is cut off");
		connection->gone = true;
		return NULL;
	}
	message->header.type = type;
	message->header.len = (uint32_t)len;
	message->len = sizeof(message->header) + len;
	return message;
}

static void queue_message(struct connection *connection, struct message *message)
{
	STAILQ_INSERT_TAIL(&connection->out, message, link);
	connection_wake(connection);
	connection->out_bytes += message_memory(message);
	quota_charge(connection->stored, connection->account, message_memory(message));
	if (!connection->subject.domid && connection->out_bytes > MAX_SOCKET_BACKLOG) {
		log_warn("a client in domain 0 does not read what it is sent (%zu bytes wait): "
			 "cut off",
			 connection->out_bytes);
		connection->gone = true;
	}
}

void connection_answer(struct connection *connection, uint32_t type, const void *data, size_t len)
{
	struct message *message;

	if (len > XENSTORE_PAYLOAD_MAX) {
		wire_error(connection, E2BIG);
		return;
	}
	message = make_message(connection, type, len);
	if (!message) {
		return;
	}
	message->header.req_id = connection->header.req_id;
	message->header.tx_id = connection->header.tx_id;
	if (len) {
		memcpy(message->payload, data, len);
	}
	connection->answers++;
	queue_message(connection, message);
}

static uint32_t event_hash(const char *data, size_t len)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)data[i]) * 16777619U;
	}
	return hash;
}

/* Whether an event that the client has not begun to read says the same. */
static bool event_is_pending(struct connection *connection, const struct message *event)
{
	struct message *other;

	LIST_FOREACH(other, &connection->pending[event->hash % PENDING_BUCKETS], same_hash)
	{
		if (other->hash == event->hash && other->len == event->len &&
		    !memcmp(other->payload, event->payload, event->header.len)) {
			return true;
		}
	}
	return false;
}

void connection_event(struct connection *connection, const char *path, const char *token)
{
	size_t path_len = strlen(path) + 1, token_len = strlen(token) + 1;
	struct message *event;

	if (connection->stopped || connection->gone ||
	    path_len + token_len > XENSTORE_PAYLOAD_MAX) {
		return;
	}
	event = make_message(connection, XS_WATCH_EVENT, path_len + token_len);
	if (!event) {
		return;
	}
	event->is_event = true;
	memcpy(event->payload, path, path_len);
	memcpy(event->payload + path_len, token, token_len);
	event->hash = event_hash(event->payload, event->header.len);
	if (event_is_pending(connection, event) ||
	    !quota_allows(connection->stored, connection->account, QUOTA_MEMORY,
			  connection->account->memory, message_memory(event))) {
		free(event);
		return;
	}
	LIST_INSERT_HEAD(&connection->pending[event->hash % PENDING_BUCKETS], event, same_hash);
	queue_message(connection, event);
}

bool connection_requeue(struct connection *connection, bool is_event,
			const struct xsd_sockmsg *header, const void *payload, size_t sent)
{
	struct message *message = make_message(connection, header->type, header->len);

	if (!message) {
		return false;
	}
	message->header = *header;
	message->is_event = is_event;
	message->sent = sent;
	if (header->len) {
		memcpy(message->payload, payload, header->len);
	}
	if (!is_event) {
		connection->answers++;
	} else if (!sent) {
		message->hash = event_hash(message->payload, header->len);
		LIST_INSERT_HEAD(&connection->pending[message->hash % PENDING_BUCKETS], message,
				 same_hash);
	}
	queue_message(connection, message);
	return true;
}

void connection_take_back(struct connection *connection)
{
	struct message *message = STAILQ_FIRST(&connection->out);

	while (STAILQ_NEXT(message, link)) {
		message = STAILQ_NEXT(message, link);
	}
	STAILQ_REMOVE(&connection->out, message, message, link);
	connection->answers--;
	connection->out_bytes -= message_memory(message);
	quota_uncharge(connection->account, message_memory(message));
	free(message);
}

/* Copies as much of the queue as there is room for. */
static size_t pack_queued(const struct connection *connection, char *room, size_t size)
{
	const struct message *message;
	size_t len = 0;

	STAILQ_FOREACH(message, &connection->out, link)
	{
		size_t part = message->len - message->sent;

		part = part < size - len ? part : size - len;
		memcpy(room + len, (const char *)&message->header + message->sent, part);
		len += part;
		if (len == size) {
			break;
		}
	}
	return len;
}

/* The transport has taken the first `sent` bytes of the queue. */
static void mark_sent(struct connection *connection, size_t sent)
{
	while (sent) {
		struct message *message = STAILQ_FIRST(&connection->out);
		size_t part = message->len - message->sent;

		part = part < sent ? part : sent;
		if (message->is_event && !message->sent) {
			LIST_REMOVE(message, same_hash);
		}
		message->sent += part;
		sent -= part;
		if (message->sent == message->len) {
			drop_first(connection);
		}
	}
}

/* Sends until the queue is empty or the transport is full; small messages go together. */
static void send_queued(struct connection *connection)
{
	struct transport *transport = connection->transport;
	char room[SEND_BYTES];
	ssize_t put;

	while (!connection->gone && !connection->stopped && !STAILQ_EMPTY(&connection->out)) {
		put = transport->ops->write(transport, room,
					    pack_queued(connection, room, sizeof(room)));
		if (put == -EAGAIN) {
			break;
		}
		if (put < 0) {
			transport_failed(connection, (int)put);
			return;
		}
		mark_sent(connection, (size_t)put);
	}
}

/* Moves bytes of the request at hand: 1 if it is whole, 0 if more are needed, -errno. */
static int gather(struct connection *connection)
{
	struct transport *transport = connection->transport;
	const size_t header_len = sizeof(connection->header);
	size_t end;
	void *to;
	ssize_t got;

	for (;;) {
		end = connection->payload ? header_len + connection->header.len : header_len;
		if (connection->have == end && connection->payload) {
			connection->payload[connection->header.len] = '\0';
			return 1;
		}
		if (connection->have == end) {
			if (connection->header.len > XENSTORE_PAYLOAD_MAX) {
				return -EPROTO;
			}
			connection->payload = malloc(connection->header.len + 1);
			if (!connection->payload) {
				return -ENOMEM;
			}
			continue;
		}
		to = connection->payload ? connection->payload + connection->have - header_len
					 : (char *)&connection->header + connection->have;
		got = transport->ops->read(transport, to, end - connection->have);
		if (got < 0) {
			return got == -EAGAIN ? 0 : (int)got;
		}
		connection->have += (size_t)got;
	}
}

/* Whether the client has read enough of what it was sent to be heard again. */
static bool may_ask(const struct connection *connection)
{
	return connection->answers < connection->stored->quota.limit[QUOTA_OUTSTANDING];
}

/* Tells the transport what to wait for, if that has changed. */
static void tell_wishes(struct connection *connection)
{
	bool to_read = may_ask(connection), to_write = !STAILQ_EMPTY(&connection->out);

	if (connection->transport->ops->want &&
	    (to_read != connection->wants_read || to_write != connection->wants_write)) {
		connection->transport->ops->want(connection->transport, to_read, to_write);
		connection->wants_read = to_read;
		connection->wants_write = to_write;
	}
}

/* One turn; true if there may be more to do at once. */
static bool turn(struct connection *connection)
{
	unsigned int left = REQUESTS_PER_TURN;
	int ret = 1;

	send_queued(connection);
	/* The answers of a turn go together: a client that asks for much at once waits for all. */
	while (ret == 1 && left && may_ask(connection) && !connection->gone &&
	       !connection->stopped) {
		ret = gather(connection);
		if (ret == 1) {
			wire_handle(connection);
			free(connection->payload);
			connection->payload = NULL;
			connection->have = 0;
			left--;
		} else if (ret < 0) {
			transport_failed(connection, ret);
		}
	}
	send_queued(connection);
	if (connection->transport->ops->flush) {
		connection->transport->ops->flush(connection->transport);
	}
	tell_wishes(connection);
	return connection->gone || (ret == 1 && may_ask(connection) && !connection->stopped);
}

/* Closes a failed connection, or stops it where a reconnect is possible. True if it was freed. */
static bool settle(struct connection *connection)
{
	if (!connection->gone) {
		return false;
	}
	if (connection->transport->ops->stopped) {
		connection->gone = false;
		connection_stop(connection, XENSTORE_ERROR_COMM);
		return false;
	}
	connection_destroy(connection);
	return true;
}

bool connections_run(struct stored *stored)
{
	struct connection *connection;
	size_t turns = 0;

	TAILQ_FOREACH(connection, &stored->awake, awake_link)
	{
		turns++;
	}
	while (turns-- && (connection = TAILQ_FIRST(&stored->awake))) {
		TAILQ_REMOVE(&stored->awake, connection, awake_link);
		connection->awake = false;
		if (!settle(connection) && turn(connection)) {
			connection_wake(connection);
		}
	}
	return !TAILQ_EMPTY(&stored->awake);
}
