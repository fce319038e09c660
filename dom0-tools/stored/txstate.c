/* SPDX-License-Identifier: MIT */
/* Writing and reading what a transaction has seen and done so far. */
#include "txstate.h"

#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "permstate.h"
#include "state.h"
#include "xen/io/xs_wire.h"

#define MAX_NODES (1U << 20)

enum tx_flags {
	TX_NODE_WAS_THERE = 1,
	TX_NODE_OWN = 2,
	TX_NODE_EXISTS = 4,
	TX_NODE_HAS_VALUE = 8,
	TX_NODE_HAS_PERMS = 16,
	TX_NODE_ANNOUNCED = 32,
	TX_NODE_FLAGS = 64, /* the end */
};

static unsigned int flags_of(const struct tx_node *t)
{
	return (t->was_there ? TX_NODE_WAS_THERE : 0U) | (t->own ? TX_NODE_OWN : 0U) |
	       (t->exists ? TX_NODE_EXISTS : 0U) | (t->has_value ? TX_NODE_HAS_VALUE : 0U) |
	       (t->has_perms ? TX_NODE_HAS_PERMS : 0U) | (t->announced ? TX_NODE_ANNOUNCED : 0U);
}

static void dump_node(const struct tx_node *t, unsigned int depth, struct bytes *to)
{
	size_t start = state_record_begin(to, STATE_TX_NODE);

	bytes_put_number(to, depth, 2);
	bytes_put_block(to, t->named.name, strlen(t->named.name));
	bytes_put_number(to, flags_of(t), 1);
	bytes_put_number(to, t->noted, 1);
	bytes_put_number(to, t->value_changed, 8);
	bytes_put_number(to, t->perms_changed, 8);
	bytes_put_number(to, t->children_changed, 8);
	bytes_put_number(to, t->listed, 8);
	bytes_put_number(to, (uint64_t)t->child_bytes, 8);
	bytes_put_number(to, t->queued ? t->place : 0, 4);
	if (t->has_value) {
		bytes_put_block(to, t->value, t->value_len);
	}
	if (t->has_perms) {
		permstate_dump(&t->perms, to);
	}
	state_record_end(to, start);
	for (unsigned int i = 0; i < t->children.count; i++) {
		dump_node((struct tx_node *)t->children.items[i], depth + 1, to);
	}
}

void txstate_dump(const struct transaction *tx, struct bytes *to)
{
	size_t start = state_record_begin(to, STATE_TRANSACTION);
	unsigned int place = 0;
	struct tx_node *t;

	TAILQ_FOREACH(t, &tx->changes, change)
	{
		t->place = ++place;
	}
	bytes_put_number(to, tx->id, 4);
	bytes_put_number(to, tx->doomed, 1);
	bytes_put_number(to, tx->removed_some, 1);
	bytes_put_number(to, tx->nodes, 4);
	state_record_end(to, start);
	dump_node(tx->root, 0, to);
}

bool txstate_begin(struct txstate *state, struct connection *connection, struct reader *reader)
{
	uint32_t id = (uint32_t)reader_number(reader, 4);
	bool doomed = reader_below(reader, 1, 2), removed_some = reader_below(reader, 1, 2);
	size_t nodes = reader_below(reader, 4, MAX_NODES + 1);

	if (reader->bad || !id || !nodes || tx_find(connection, id)) {
		return false;
	}
	state->tx = tx_open(connection, id);
	state->order = calloc(nodes, sizeof(struct tx_node *));
	if (!state->tx || !state->order) {
		return false;
	}
	state->tx->doomed = doomed;
	state->tx->removed_some = removed_some;
	state->last = NULL;
	state->order_count = (unsigned int)nodes;
	return true;
}

/* The record for the name at `depth`, below the last one read at depth - 1. */
static struct tx_node *place_node(struct txstate *state, unsigned int depth, const char *name)
{
	struct tx_node *parent = state->last;
	int error;

	if (!state->last) {
		return depth || *name ? NULL : state->tx->root;
	}
	if (!depth || depth > state->depth + 1 || !path_name_is_valid(name)) {
		return NULL;
	}
	for (unsigned int d = state->depth + 1; d > depth; d--) {
		parent = parent->parent;
	}
	return names_find(&parent->children, name, strlen(name))
		       ? NULL
		       : tx_add_child(state->tx, parent, name, strlen(name), &error);
}

/* What the code that works on transactions takes for granted. */
static bool node_makes_sense(const struct tx_node *t, bool queued)
{
	bool changed = t->has_value || t->has_perms;

	if (t->parent ? t->parent->own && !t->own : t->own) {
		return false;
	}
	if (t->own) {
		return t->exists ? t->has_value && t->has_perms && t->listed && queued : !changed;
	}
	return !t->exists && queued == changed &&
	       (!changed || (t->noted & NOTE_EXISTS && t->was_there));
}

static bool take_changes(struct txstate *state, struct tx_node *t, unsigned int flags,
			 struct reader *reader)
{
	struct transaction *tx = state->tx;
	struct perms perms;
	const void *data;
	size_t len;

	if (flags & TX_NODE_HAS_VALUE) {
		data = reader_block(reader, XENSTORE_PAYLOAD_MAX, &len);
		if (reader->bad || (len && !(t->value = malloc(len))) || tx_take(tx, len)) {
			return false;
		}
		if (len) {
			memcpy(t->value, data, len);
		}
		t->value_len = len;
		t->has_value = true;
	}
	if (flags & TX_NODE_HAS_PERMS) {
		if (!permstate_load(tx->connection->stored, reader, &perms)) {
			return false;
		}
		t->perms = perms;
		t->has_perms = true;
		return !tx_take(tx, perms.count * sizeof(struct perm));
	}
	return true;
}

bool txstate_node(struct txstate *state, struct reader *reader)
{
	char name[XENSTORE_ABS_PATH_MAX + 1];
	unsigned int depth = (unsigned int)reader_number(reader, 2), flags;
	uint64_t last = state->tx ? state->tx->connection->stored->generation + 1 : 0, place;
	struct tx_node *t;

	reader_text(reader, name, sizeof(name));
	t = state->tx && !reader->bad ? place_node(state, depth, name) : NULL;
	if (!t) {
		return false;
	}
	state->last = t;
	state->depth = depth;
	flags = (unsigned int)reader_below(reader, 1, TX_NODE_FLAGS);
	t->was_there = flags & TX_NODE_WAS_THERE;
	t->own = flags & TX_NODE_OWN;
	t->exists = flags & TX_NODE_EXISTS;
	t->announced = flags & TX_NODE_ANNOUNCED;
	t->noted = (unsigned int)reader_below(reader, 1, NOTE_CHILDREN * 2);
	t->value_changed = reader_below(reader, 8, last);
	t->perms_changed = reader_below(reader, 8, last);
	t->children_changed = reader_below(reader, 8, last);
	t->listed = reader_below(reader, 8, last);
	t->child_bytes = (ssize_t)reader_number(reader, 8);
	place = reader_below(reader, 4, state->order_count + 1U);
	if (reader->bad || t->child_bytes > INT32_MAX || t->child_bytes < INT32_MIN ||
	    !take_changes(state, t, flags, reader) || !node_makes_sense(t, place) ||
	    (place && state->order[place - 1])) {
		return false;
	}
	state->tx->created += t->own && t->exists;
	if (place) {
		state->order[place - 1] = t;
	}
	return true;
}

bool txstate_end(struct txstate *state)
{
	bool whole = !state->tx || state->last;

	for (unsigned int i = 0; i < state->order_count; i++) {
		if (state->order[i]) {
			tx_queue(state->tx, state->order[i]);
		}
	}
	free(state->order);
	*state = (struct txstate){0};
	return whole;
}
