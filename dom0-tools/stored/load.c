/* SPDX-License-Identifier: MIT */
/* Reading the store's state: everything is checked before it becomes part of the store. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../libdaemon/log.h"
#include "crc.h"
#include "domain.h"
#include "node.h"
#include "path.h"
#include "permstate.h"
#include "state.h"
#include "transaction.h"
#include "txstate.h"
#include "watch.h"

struct load {
	struct stored *stored;
	const struct state_source *source;
	const struct stored_backend *backend;
	struct node *node; /* the last one read, at */
	unsigned int depth;
	size_t path_len;
	struct connection *connection; /* the one being read */
	struct txstate tx;
	bool ended;
};

/* Stands in for a ring that does not open any more, until its domain is released. */
static ssize_t gone_read(struct transport *transport, void *to, size_t len)
{
	(void)transport;
	(void)to;
	(void)len;
	return -EAGAIN;
}

static ssize_t gone_write(struct transport *transport, const void *from, size_t len)
{
	(void)transport;
	(void)from;
	(void)len;
	return -EAGAIN;
}

static void gone_close(struct transport *transport)
{
	free(transport);
}

static const struct transport_ops gone_ops = {
	.is_ring = true,
	.read = gone_read,
	.write = gone_write,
	.close = gone_close,
};

static bool load_store(struct load *load, struct reader *reader)
{
	struct stored *stored = load->stored;
	unsigned int kinds;

	if (stored->generation) {
		return false;
	}
	stored->generation = reader_below(reader, 8, UINT64_MAX / 2);
	kinds = (unsigned int)reader_number(reader, 4);
	if (kinds != QUOTA_KINDS || !stored->generation) {
		return false;
	}
	for (unsigned int kind = 0; kind < QUOTA_KINDS; kind++) {
		stored->quota.limit[kind] = reader_below(reader, 8, (1UL << 30) + 1);
	}
	return stored->quota.limit[QUOTA_PATH] <= XENSTORE_ABS_PATH_MAX &&
	       stored->quota.limit[QUOTA_OUTSTANDING] &&
	       permstate_load(stored, reader, &stored->introduce_perms) &&
	       permstate_load(stored, reader, &stored->release_perms);
}

static bool load_deaths(struct load *load, struct reader *reader)
{
	struct stored *stored = load->stored;

	while (reader->left && !reader->bad) {
		uint64_t domid = reader_below(reader, 2, DOMID_COUNT);

		stored->died[domid] = reader_below(reader, 8, stored->generation + 1);
	}
	return !stored->died[0];
}

/* Finds the parent of a node at `depth` that comes after load->node. */
static bool find_parent(struct load *load, unsigned int depth, const char *name,
			struct node **parent)
{
	*parent = load->node;
	if (!load->node) {
		return !depth && !*name;
	}
	if (!depth || depth > load->depth + 1 || !path_name_is_valid(name)) {
		return false;
	}
	for (unsigned int d = load->depth + 1; d > depth; d--) {
		load->path_len -= strlen((*parent)->named.name) + 1;
		*parent = (*parent)->parent;
	}
	load->path_len += strlen(name) + 1;
	return load->path_len <= XENSTORE_ABS_PATH_MAX && !node_child(*parent, name, strlen(name));
}

static bool load_node(struct load *load, struct reader *reader)
{
	struct stored *stored = load->stored;
	uint64_t generation = stored->generation, changed[3];
	char name[XENSTORE_ABS_PATH_MAX + 1], *value = NULL;
	unsigned int depth = (unsigned int)reader_number(reader, 2);
	struct account *owner;
	struct node *parent, *node;
	struct perms perms;
	const void *data;
	size_t len;

	reader_text(reader, name, sizeof(name));
	data = reader_block(reader, XENSTORE_PAYLOAD_MAX, &len);
	if (reader->bad || load->connection || !find_parent(load, depth, name, &parent) ||
	    !permstate_load(stored, reader, &perms)) {
		return false;
	}
	for (unsigned int i = 0; i < 3; i++) {
		changed[i] = reader_below(reader, 8, generation + 1);
	}
	owner = account_of(stored, perms.list[0].domid);
	value = len ? malloc(len) : NULL;
	if (reader->bad || !owner || (len && !value) || (!parent && perms.list[0].domid) ||
	    (parent && names_reserve(&parent->children, 1)) ||
	    !(node = node_make(name, strlen(name), &perms, value, len))) {
		free(value);
		perms_free(&perms);
		return false;
	}
	if (len) {
		memcpy(value, data, len);
	}
	/* Linking is a change; what is loaded has had its changes. */
	len = 0;
	if (parent) {
		uint64_t listing = parent->children_changed;

		node_link(stored, parent, node, owner);
		parent->children_changed = listing;
	} else {
		node_link(stored, NULL, node, owner);
		stored->root = node;
	}
	stored->generation = generation;
	node->value_changed = changed[0];
	node->perms_changed = changed[1];
	node->children_changed = changed[2];
	load->node = node;
	load->depth = depth;
	return true;
}

/* Makes the connection and, for a guest, its domain. */
static bool open_connection(struct load *load, enum state_connection_kind kind, uint16_t domid,
			    uint32_t port, uint32_t ours)
{
	const struct state_source *source = load->source;
	struct transport *transport = NULL;
	struct domain *domain = NULL;
	int ret;

	if (kind == STATE_SOCKET) {
		ret = source->socket(source->arg, ours, &transport);
	} else {
		ret = source->ring(source->arg, domid, port, ours, &transport);
	}
	if (ret && kind == STATE_GUEST) {
		log_warn("domain %u: its ring does not open any more (%s): released", domid,
			 strerror(-ret));
		transport = calloc(1, sizeof(*transport));
		ret = transport ? 0 : -ENOMEM;
		if (transport) {
			transport->ops = &gone_ops;
		}
	}
	if (ret) {
		return false;
	}
	load->connection = connection_create(load->stored, transport, domid);
	if (!load->connection) {
		transport->ops->close(transport);
		return false;
	}
	if (kind == STATE_GUEST) {
		domain = calloc(1, sizeof(*domain));
		if (!domain) {
			return false;
		}
		*domain = (struct domain){.domid = domid,
					  .port = port,
					  .connection = load->connection};
		TAILQ_INSERT_TAIL(&load->stored->domains, domain, link);
	}
	return true;
}

static bool load_connection(struct load *load, struct reader *reader)
{
	enum state_connection_kind kind = reader_below(reader, 1, STATE_CONNECTION_KINDS);
	uint16_t domid = (uint16_t)reader_below(reader, 2, DOMID_COUNT);
	uint16_t target = (uint16_t)reader_number(reader, 2);
	uint32_t port = (uint32_t)reader_number(reader, 4);
	bool shutdown = reader_below(reader, 1, 2);
	uint32_t ours = (uint32_t)reader_number(reader, 4);
	struct connection *connection;
	const void *header = NULL, *payload;
	size_t len;

	if (reader->bad || !load->node || (kind == STATE_GUEST) != (domid != 0) ||
	    (domid && domain_find(load->stored, domid)) ||
	    (target != NO_TARGET && target >= DOMID_COUNT) || !txstate_end(&load->tx) ||
	    !open_connection(load, kind, domid, port, ours)) {
		return false;
	}
	connection = load->connection;
	if (domid) {
		domain_find(load->stored, domid)->shutdown = shutdown;
	}
	connection->subject.target = target;
	connection->stopped = reader_below(reader, 1, 2);
	connection->last_tx_id = (uint32_t)reader_number(reader, 4);
	connection->have = reader_number(reader, 4);
	if (reader->left >= sizeof(connection->header)) {
		header = reader->at;
		memcpy(&connection->header, header, sizeof(connection->header));
		reader->at += sizeof(connection->header);
		reader->left -= sizeof(connection->header);
	}
	payload = reader_block(reader, XENSTORE_PAYLOAD_MAX, &len);
	if (reader->bad || !header) {
		return false;
	}
	if (connection->have <= sizeof(connection->header)) {
		return !len;
	}
	if (connection->header.len > XENSTORE_PAYLOAD_MAX || len > connection->header.len ||
	    connection->have != sizeof(connection->header) + len) {
		return false;
	}
	connection->payload = malloc(connection->header.len + 1);
	if (connection->payload) {
		memcpy(connection->payload, payload, len);
	}
	return connection->payload;
}

static bool load_message(struct load *load, struct reader *reader)
{
	bool is_event = reader_below(reader, 1, 2);
	size_t sent = reader_number(reader, 4), len;
	struct xsd_sockmsg header;
	const void *payload;

	if (reader->bad || !load->connection || reader->left < sizeof(header)) {
		return false;
	}
	memcpy(&header, reader->at, sizeof(header));
	reader->at += sizeof(header);
	reader->left -= sizeof(header);
	payload = reader_block(reader, XENSTORE_PAYLOAD_MAX, &len);
	if (reader->bad || header.len != len || sent >= sizeof(header) + len) {
		return false;
	}
	return connection_requeue(load->connection, is_event, &header, payload, sent);
}

static bool load_watch(struct load *load, struct reader *reader)
{
	char path[XENSTORE_ABS_PATH_MAX + 1], token[XENSTORE_PAYLOAD_MAX + 1];
	size_t prefix_len;
	struct watch *watch;
	uint32_t depth;

	reader_text(reader, path, sizeof(path));
	prefix_len = reader_number(reader, 2);
	depth = (uint32_t)reader_number(reader, 4);
	reader_text(reader, token, sizeof(token));
	if (reader->bad || !load->connection || prefix_len > strlen(path) ||
	    (path[0] == '@' ? strcmp(path, "@introduceDomain") && strcmp(path, "@releaseDomain")
			    : path[0] != '/' || !path_is_valid(path))) {
		return false;
	}
	return !watch_add(load->connection, path, prefix_len, token, depth, &watch);
}

static bool load_transaction(struct load *load, struct reader *reader)
{
	return load->connection && txstate_end(&load->tx) &&
	       txstate_begin(&load->tx, load->connection, reader);
}

static bool load_tx_node(struct load *load, struct reader *reader)
{
	return txstate_node(&load->tx, reader);
}

static bool load_end(struct load *load, struct reader *reader)
{
	(void)reader;
	load->ended = true;
	return load->node && txstate_end(&load->tx);
}

static bool (*const loaders[])(struct load *load, struct reader *reader) = {
	[STATE_END] = load_end,
	[STATE_STORE] = load_store,
	[STATE_DEATHS] = load_deaths,
	[STATE_NODE] = load_node,
	[STATE_CONNECTION] = load_connection,
	[STATE_MESSAGE] = load_message,
	[STATE_WATCH] = load_watch,
	[STATE_TRANSACTION] = load_transaction,
	[STATE_TX_NODE] = load_tx_node,
};

static bool load_records(struct load *load, struct reader *all)
{
	struct reader one = {0};
	uint32_t type;

	while (!load->ended) {
		type = (uint32_t)reader_below(all, 4, sizeof(loaders) / sizeof(loaders[0]));
		one.at = reader_block(all, all->left, &one.left);
		if (all->bad || (type != STATE_STORE && !load->stored->generation) ||
		    !loaders[type](load, &one) || one.bad || one.left) {
			return false;
		}
	}
	return !all->left;
}

/* Rings that did not open: their domains have died meanwhile. */
static void release_gone(struct stored *stored)
{
	struct domain *domain, *next;

	for (domain = TAILQ_FIRST(&stored->domains); domain; domain = next) {
		next = TAILQ_NEXT(domain, link);
		if (domain->connection->transport->ops == &gone_ops) {
			domain_release(stored, domain->domid);
		}
	}
}

static const char *check_header(struct reader *reader)
{
	uint64_t crc, len;

	if (reader->left < STATE_HEADER || memcmp(reader->at, STATE_MAGIC, 8)) {
		return "it is not a state of the store";
	}
	reader->at += 8;
	reader->left -= 8;
	if (reader_number(reader, 4) != STATE_VERSION) {
		return "it was written by another version";
	}
	crc = reader_number(reader, 4);
	len = reader_number(reader, 8);
	if (len != reader->left) {
		return "it is cut off";
	}
	return crc32_of(reader->at, reader->left) == crc ? NULL : "its checksum is wrong";
}

struct stored *state_load(const struct stored_backend *backend, const struct state_source *source,
			  const void *data, size_t len, const char **fault)
{
	struct reader reader = {.at = data, .left = len};
	struct load load = {.source = source, .backend = backend};
	bool whole;

	*fault = check_header(&reader);
	if (*fault) {
		return NULL;
	}
	load.stored = stored_empty(backend);
	if (!load.stored) {
		*fault = "out of memory";
		return NULL;
	}
	load.stored->loading = true;
	whole = load_records(&load, &reader);
	txstate_end(&load.tx);
	load.stored->loading = false;
	if (!whole) {
		*fault = "what it says makes no sense";
		stored_destroy(load.stored);
		return NULL;
	}
	release_gone(load.stored);
	return load.stored;
}
