/* SPDX-License-Identifier: MIT */
/* Transactions while they run: records of what they have read and changed. Their end is in
 * commit.c. */
#include "transaction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tx_take(struct transaction *tx, size_t bytes)
{
	int ret = quota_take_memory(tx->connection->stored, tx->connection->account, bytes);

	if (!ret) {
		tx->memory += bytes;
	}
	return ret;
}

static void tx_give(struct transaction *tx, size_t bytes)
{
	quota_uncharge(tx->connection->account, bytes);
	tx->memory -= bytes;
}

/* A record of one name below `parent` (NULL for the root). */
struct tx_node *tx_add_child(struct transaction *tx, struct tx_node *parent, const char *name,
			     size_t len, int *error)
{
	struct connection *connection = tx->connection;
	struct tx_node *t;

	if (!quota_allows(connection->stored, connection->account, QUOTA_TX_NODES, tx->nodes, 1)) {
		*error = -ENOSPC;
		return NULL;
	}
	*error = -ENOMEM;
	if (parent && names_reserve(&parent->children, 1)) {
		return NULL;
	}
	if (tx_take(tx, sizeof(*t) + len + 1 + sizeof(struct named *))) {
		return NULL;
	}
	t = calloc(1, sizeof(*t) + len + 1);
	if (!t) {
		tx_give(tx, sizeof(*t) + len + 1 + sizeof(struct named *));
		return NULL;
	}
	memcpy(t->letters, name, len);
	t->named.name = t->letters;
	t->parent = parent;
	if (parent) {
		names_add(&parent->children, &t->named);
	}
	tx->nodes++;
	return t;
}

struct transaction *tx_open(struct connection *connection, uint32_t id)
{
	struct transaction *tx = calloc(1, sizeof(*tx));
	struct transaction *last;
	int error;

	if (!tx) {
		return NULL;
	}
	tx->connection = connection;
	tx->id = id;
	TAILQ_INIT(&tx->changes);
	if (tx_take(tx, sizeof(*tx))) {
		free(tx);
		return NULL;
	}
	tx->root = tx_add_child(tx, NULL, "", 0, &error);
	if (!tx->root) {
		tx_give(tx, sizeof(*tx));
		free(tx);
		return NULL;
	}
	connection->account->transactions++;
	last = LIST_FIRST(&connection->transactions);
	while (last && LIST_NEXT(last, link)) {
		last = LIST_NEXT(last, link);
	}
	if (last) {
		LIST_INSERT_AFTER(last, tx, link);
	} else {
		LIST_INSERT_HEAD(&connection->transactions, tx, link);
	}
	return tx;
}

int tx_begin(struct connection *connection, uint32_t *id)
{
	struct account *account = connection->account;

	if (!quota_allows(connection->stored, account, QUOTA_TRANSACTIONS, account->transactions,
			  1)) {
		return -ENOSPC;
	}
	do {
		connection->last_tx_id++;
	} while (!connection->last_tx_id || tx_find(connection, connection->last_tx_id));
	*id = connection->last_tx_id;
	return tx_open(connection, *id) ? 0 : -ENOMEM;
}

struct transaction *tx_find(const struct connection *connection, uint32_t id)
{
	struct transaction *tx;

	LIST_FOREACH(tx, &connection->transactions, link)
	{
		if (tx->id == id) {
			return tx;
		}
	}
	return NULL;
}

static void tx_node_free(struct transaction *tx, struct tx_node *t)
{
	if (t->made) {
		node_discard(t->made);
	}
	if (t->payer) {
		account_put(tx->connection->stored, t->payer);
	}
	names_free(&t->children);
	perms_free(&t->perms);
	free(t->value);
	free(t);
}

void tx_drop(struct transaction *tx)
{
	struct tx_node *t = tx->root;
	struct tx_node *parent;

	while (t) { /* leaves first, without recursion */
		while (t->children.count) {
			t = (struct tx_node *)t->children.items[--t->children.count];
		}
		parent = t->parent;
		tx_node_free(tx, t);
		t = parent;
	}
	LIST_REMOVE(tx, link);
	tx->connection->account->transactions--;
	quota_uncharge(tx->connection->account, tx->memory);
	free(tx);
}

struct tx_node *tx_touch(struct transaction *tx, const char *path, size_t len, int *error)
{
	struct tx_node *t = tx->root;
	struct tx_node *child;
	size_t at = 0, name_len;

	while (at + 1 < len) {
		at++;
		name_len = strcspn(path + at, "/");
		child = (struct tx_node *)names_find(&t->children, path + at, name_len);
		if (!child) {
			child = tx_add_child(tx, t, path + at, name_len, error);
			if (!child) {
				return NULL;
			}
			if (t->own) {
				child->own = true; /* nothing of the store shows below */
			}
		}
		t = child;
		at += name_len;
	}
	return t;
}

/* Remembers a generation, or finds that it is not the one remembered. */
static void note_generation(struct transaction *tx, bool again, uint64_t *noted, uint64_t now)
{
	if (again && *noted != now) {
		tx->doomed = true;
	}
	*noted = again ? *noted : now;
}

void tx_note(struct transaction *tx, struct tx_node *t, const struct node *node, unsigned int notes)
{
	if (t->own) {
		return;
	}
	notes |= NOTE_EXISTS;
	notes &= ~((t->has_value ? NOTE_VALUE : 0) | (t->has_perms ? NOTE_PERMS : 0));
	if (t->noted & NOTE_EXISTS && t->was_there != (node != NULL)) {
		tx->doomed = true;
	}
	if (!(t->noted & NOTE_EXISTS)) {
		t->was_there = node != NULL;
	}
	if (node && notes & NOTE_VALUE) {
		note_generation(tx, t->noted & NOTE_VALUE, &t->value_changed, node->value_changed);
	}
	if (node && notes & NOTE_PERMS) {
		note_generation(tx, t->noted & NOTE_PERMS, &t->perms_changed, node->perms_changed);
	}
	if (node && notes & NOTE_CHILDREN) {
		note_generation(tx, t->noted & NOTE_CHILDREN, &t->children_changed,
				node->children_changed);
	}
	t->noted |= node ? notes : NOTE_EXISTS;
}

void tx_queue(struct transaction *tx, struct tx_node *t)
{
	if (!t->queued) {
		TAILQ_INSERT_TAIL(&tx->changes, t, change);
		t->queued = true;
	}
}

static void tx_unqueue(struct transaction *tx, struct tx_node *t)
{
	if (t->queued) {
		TAILQ_REMOVE(&tx->changes, t, change);
		t->queued = false;
	}
}

/* Tells the parent's record that a child comes or goes. */
static void tx_list_changed(struct transaction *tx, struct tx_node *t, int sign)
{
	t->parent->child_bytes += sign * (ssize_t)(strlen(t->named.name) + 1);
	t->parent->listed = ++tx->connection->stored->generation;
}

static void tx_forget_value(struct transaction *tx, struct tx_node *t)
{
	if (t->has_value) {
		tx_give(tx, t->value_len);
		free(t->value);
		t->value = NULL;
		t->has_value = false;
	}
}

static void tx_forget_perms(struct transaction *tx, struct tx_node *t)
{
	if (t->has_perms) {
		tx_give(tx, t->perms.count * sizeof(struct perm));
		perms_free(&t->perms);
		t->has_perms = false;
	}
}

int tx_set_value(struct transaction *tx, struct tx_node *t, char *value, size_t len)
{
	int ret = tx_take(tx, len);

	if (ret) {
		return ret;
	}
	tx_forget_value(tx, t);
	t->value = value;
	t->value_len = len;
	t->has_value = true;
	t->announced = true;
	tx_queue(tx, t);
	return 0;
}

int tx_set_perms(struct transaction *tx, struct tx_node *t, struct perms *perms)
{
	int ret = tx_take(tx, perms->count * sizeof(struct perm));

	if (ret) {
		return ret;
	}
	tx_forget_perms(tx, t);
	t->perms = *perms;
	*perms = (struct perms){0};
	t->has_perms = true;
	t->announced = true;
	tx_queue(tx, t);
	return 0;
}

int tx_make(struct transaction *tx, struct tx_node *t, struct perms *perms, char *value, size_t len,
	    bool announced)
{
	bool was_removed = t->queued;
	int ret = tx_set_perms(tx, t, perms);

	if (!ret) {
		ret = tx_set_value(tx, t, value, len);
	}
	if (ret) {
		/* Found missing, so that nothing but a removal had been changed before. */
		tx_forget_perms(tx, t);
		if (!was_removed) {
			tx_unqueue(tx, t);
		}
		return ret;
	}
	/* What is above may have been removed and made since the removal. */
	tx_unqueue(tx, t);
	tx_queue(tx, t);
	t->own = true;
	t->exists = true;
	t->announced = announced;
	t->listed = ++tx->connection->stored->generation; /* the store has no list for it */
	tx->created++;
	tx_list_changed(tx, t, 1);
	return 0;
}

/*
 * Makes a record say: this was removed, and so was everything below. What was read stays, and so do
 * earlier removals of nodes below: who watches from above hears of each.
 */
static void tx_hide(struct transaction *tx, struct tx_node *t)
{
	if (!t->own || t->exists) {
		tx_unqueue(tx, t);
	}
	tx_forget_value(tx, t);
	tx_forget_perms(tx, t);
	if (t->own && t->exists) {
		tx->created--;
	}
	t->own = true;
	t->exists = false;
	t->child_bytes = 0;
	for (unsigned int i = 0; i < t->children.count; i++) {
		tx_hide(tx, (struct tx_node *)t->children.items[i]);
	}
}

void tx_remove(struct transaction *tx, struct tx_node *t)
{
	tx_hide(tx, t);
	tx->removed_some = true;
	t->announced = true;
	tx_queue(tx, t);
	tx_list_changed(tx, t, -1);
}
