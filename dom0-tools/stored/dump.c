/* SPDX-License-Identifier: MIT */
/* Writing the store's state. */
#include <errno.h>
#include <string.h>

#include "crc.h"
#include "domain.h"
#include "node.h"
#include "permstate.h"
#include "state.h"
#include "transaction.h"
#include "txstate.h"
#include "watch.h"

static void dump_store(const struct stored *stored, struct bytes *to)
{
	size_t start = state_record_begin(to, STATE_STORE);

	bytes_put_number(to, stored->generation, 8);
	bytes_put_number(to, QUOTA_KINDS, 4);
	for (int kind = 0; kind < QUOTA_KINDS; kind++) {
		bytes_put_number(to, stored->quota.limit[kind], 8);
	}
	permstate_dump(&stored->introduce_perms, to);
	permstate_dump(&stored->release_perms, to);
	state_record_end(to, start);
	start = state_record_begin(to, STATE_DEATHS);
	for (unsigned int domid = 0; domid < DOMID_COUNT; domid++) {
		if (stored->died[domid]) {
			bytes_put_number(to, domid, 2);
			bytes_put_number(to, stored->died[domid], 8);
		}
	}
	state_record_end(to, start);
}

static void dump_node(const struct node *node, unsigned int depth, struct bytes *to)
{
	size_t start = state_record_begin(to, STATE_NODE);

	bytes_put_number(to, depth, 2);
	bytes_put_block(to, node->named.name, strlen(node->named.name));
	bytes_put_block(to, node->value, node->value_len);
	permstate_dump(&node->perms, to);
	bytes_put_number(to, node->value_changed, 8);
	bytes_put_number(to, node->perms_changed, 8);
	bytes_put_number(to, node->children_changed, 8);
	state_record_end(to, start);
	for (unsigned int i = 0; i < node->children.count; i++) {
		dump_node((struct node *)node->children.items[i], depth + 1, to);
	}
}

static void dump_messages(const struct connection *connection, struct bytes *to)
{
	const struct message *message;
	size_t start;

	STAILQ_FOREACH(message, &connection->out, link)
	{
		start = state_record_begin(to, STATE_MESSAGE);
		bytes_put_number(to, message->is_event, 1);
		bytes_put_number(to, message->sent, 4);
		bytes_put(to, &message->header, sizeof(message->header));
		bytes_put_block(to, message->payload, message->header.len);
		state_record_end(to, start);
	}
}

static void dump_watches(const struct connection *connection, struct bytes *to)
{
	const struct watch *watch;
	size_t start;

	TAILQ_FOREACH(watch, &connection->watches, same_connection)
	{
		start = state_record_begin(to, STATE_WATCH);
		bytes_put_block(to, watch->path, watch->path_len);
		bytes_put_number(to, watch->prefix_len, 2);
		bytes_put_number(to, watch->depth, 4);
		bytes_put_block(to, watch->token, strlen(watch->token));
		state_record_end(to, start);
	}
}

static enum state_connection_kind kind_of(const struct connection *connection)
{
	if (connection->subject.domid) {
		return STATE_GUEST;
	}
	return connection->transport->ops->is_ring ? STATE_KERNEL : STATE_SOCKET;
}

static void dump_connection(const struct connection *connection, bool live, struct bytes *to)
{
	const struct transport_ops *ops = connection->transport->ops;
	const struct domain *domain = domain_find(connection->stored, connection->subject.domid);
	const struct transaction *tx;
	size_t start = state_record_begin(to, STATE_CONNECTION);

	bytes_put_number(to, kind_of(connection), 1);
	bytes_put_number(to, connection->subject.domid, 2);
	bytes_put_number(to, connection->subject.target, 2);
	bytes_put_number(to, domain ? domain->port : 0, 4);
	bytes_put_number(to, domain && domain->shutdown, 1);
	bytes_put_number(to, live && ops->port ? ops->port(connection->transport) : 0, 4);
	bytes_put_number(to, connection->stopped, 1);
	bytes_put_number(to, connection->last_tx_id, 4);
	bytes_put_number(to, connection->have, 4);
	bytes_put(to, &connection->header, sizeof(connection->header));
	bytes_put_block(to, connection->payload,
			connection->payload ? connection->have - sizeof(connection->header) : 0);
	state_record_end(to, start);
	dump_messages(connection, to);
	dump_watches(connection, to);
	LIST_FOREACH(tx, &connection->transactions, link)
	{
		txstate_dump(tx, to);
	}
}

int state_dump(const struct stored *stored, bool live, struct bytes *to)
{
	const struct connection *connection;
	size_t header = to->len, body;
	uint32_t crc;

	bytes_put(to, STATE_MAGIC, 8);
	bytes_put_number(to, STATE_VERSION, 4);
	bytes_put_number(to, 0, 4);
	bytes_put_number(to, 0, 8);
	body = to->len;
	dump_store(stored, to);
	dump_node(stored->root, 0, to);
	TAILQ_FOREACH(connection, &stored->connections, link)
	{
		if (live || kind_of(connection) != STATE_SOCKET) {
			dump_connection(connection, live, to);
		}
	}
	state_record_end(to, state_record_begin(to, STATE_END));
	if (to->failed) {
		return -ENOMEM;
	}
	crc = crc32_of(to->data + body, to->len - body);
	for (unsigned int i = 0; i < 8; i++) {
		to->data[header + 16 + i] = (uint8_t)((uint64_t)(to->len - body) >> (8 * i));
		to->data[header + 12 + i % 4] = (uint8_t)(crc >> (8 * (i % 4)));
	}
	return 0;
}
