/* SPDX-License-Identifier: MIT */
/*
 * The end of a transaction: nothing it read may have changed; then everything that can fail is
 * prepared; then its changes are made in their order.
 */
#include <errno.h>
#include <string.h>

#include "transaction.h"
#include "watch.h"

/* Whether what was read at and below `t` still holds. */
static bool still_true(const struct tx_node *t, const struct node *node)
{
	if ((t->noted & NOTE_EXISTS && t->was_there != (node != NULL)) ||
	    (node &&
	     ((t->noted & NOTE_VALUE && t->value_changed != node->value_changed) ||
	      (t->noted & NOTE_PERMS && t->perms_changed != node->perms_changed) ||
	      (t->noted & NOTE_CHILDREN && t->children_changed != node->children_changed)))) {
		return false;
	}
	for (unsigned int i = 0; i < t->children.count; i++) {
		const struct tx_node *child = (struct tx_node *)t->children.items[i];
		const char *name = child->named.name;

		if (!still_true(child, node ? node_child(node, name, strlen(name)) : NULL)) {
			return false;
		}
	}
	return true;
}

/* The store's node at a record's path, hidden or not; NULL if there is none. */
static struct node *store_side(const struct stored *stored, const struct tx_node *t)
{
	struct node *above;

	if (!t->parent) {
		return stored->root;
	}
	above = store_side(stored, t->parent);
	return above ? node_child(above, t->named.name, strlen(t->named.name)) : NULL;
}

/* Counts the nodes at and below `top` that an account pays for. */
static size_t count_owned(const struct node *top, const struct account *account)
{
	size_t count = top->owner == account;

	for (unsigned int i = 0; i < top->children.count; i++) {
		count += count_owned((struct node *)top->children.items[i], account);
	}
	return count;
}

static size_t size_after(const struct tx_node *t, const struct node *node)
{
	return node_size(t->has_value ? t->value_len : node->value_len,
			 t->has_perms ? t->perms.count : node->perms.count,
			 (size_t)((ssize_t)node->children.bytes + t->adding_bytes));
}

/* Checks the domain's quotas against the store as it would be. */
static int check_quotas(struct transaction *tx)
{
	struct connection *connection = tx->connection;
	struct stored *stored = connection->stored;
	struct account *account = connection->account;
	size_t made = 0, removed = 0;
	struct tx_node *t, *place;
	struct node *node;

	TAILQ_FOREACH(t, &tx->changes, change)
	{
		node = store_side(stored, t);
		made += t->own && t->exists;
		if (t->own && !t->parent->own) {
			ssize_t bytes = (ssize_t)strlen(t->named.name) + 1;

			t->parent->adding_bytes += (t->exists ? bytes : 0) - (node ? bytes : 0);
			removed += node ? count_owned(node, account) : 0;
		}
	}
	if (made > removed &&
	    !quota_allows(stored, account, QUOTA_NODES, account->nodes, made - removed)) {
		return -ENOSPC;
	}
	TAILQ_FOREACH(t, &tx->changes, change)
	{
		place = t->own ? t->parent : t;
		node = place->own ? NULL : store_side(stored, place);
		if (node &&
		    !quota_allows(stored, account, QUOTA_NODE_SIZE, 0, size_after(place, node))) {
			return -ENOSPC;
		}
	}
	return 0;
}

/* Does for one change all that may fail. */
static int prepare_change(struct stored *stored, struct tx_node *t)
{
	const char *name = t->named.name;
	struct node *parent;

	if (t->has_perms) {
		t->payer = account_hold(stored, t->perms.list[0].domid);
		if (!t->payer) {
			return -ENOMEM;
		}
	}
	if (!t->own || !t->exists) {
		return 0;
	}
	parent = t->parent->own ? t->parent->made : store_side(stored, t->parent);
	if (!parent) {
		return -EAGAIN;
	}
	if (names_reserve(&parent->children, ++t->parent->adding)) {
		return -ENOMEM;
	}
	t->made = node_make(name, strlen(name), &t->perms, t->value, t->value_len);
	if (!t->made) {
		return -ENOMEM;
	}
	t->value = NULL;
	return 0;
}

static void make_own_change(struct stored *stored, struct tx_node *t, struct node *node)
{
	struct node *made = t->made;

	if (node) {
		watch_fire_removal(stored, node, !t->exists);
		node_remove(stored, node);
	}
	if (t->exists) {
		t->made = NULL;
		node_link(stored, store_side(stored, t->parent), made, t->payer);
		if (t->announced) {
			watch_fire(stored, made, NULL);
		}
	}
}

static void make_change(struct stored *stored, struct tx_node *t)
{
	struct node *node = store_side(stored, t);

	if (t->own) {
		make_own_change(stored, t, node);
		return;
	}
	if (t->has_value) {
		node_set_value(stored, node, t->value, t->value_len);
		t->value = NULL;
	}
	if (t->has_perms) {
		node_set_perms(stored, node, &t->perms, t->payer);
	}
	watch_fire(stored, node, t->has_perms ? &t->perms : NULL);
}

static int commit(struct transaction *tx)
{
	struct stored *stored = tx->connection->stored;
	struct tx_node *t;
	int ret;

	if (tx->doomed || !still_true(tx->root, stored->root)) {
		return -EAGAIN;
	}
	ret = subject_is_privileged(&tx->connection->subject) ? 0 : check_quotas(tx);
	if (ret) {
		return ret;
	}
	TAILQ_FOREACH(t, &tx->changes, change)
	{
		ret = prepare_change(stored, t);
		if (ret) {
			return ret;
		}
	}
	/* The nodes are charged from here on; the records' cost goes first, so that the sum is
	 * never counted twice. */
	quota_uncharge(tx->connection->account, tx->memory);
	tx->memory = 0;
	TAILQ_FOREACH(t, &tx->changes, change)
	{
		make_change(stored, t);
	}
	return 0;
}

int tx_commit(struct transaction *tx)
{
	int ret = commit(tx);

	tx_drop(tx);
	return ret;
}
