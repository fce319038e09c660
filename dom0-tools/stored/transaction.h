/* SPDX-License-Identifier: MIT */
/*
 * Optimistic transactions. A transaction is a tree beside the store's, of the nodes it has
 * touched: what of them it has read (as generations, compared at the end) and what it has
 * changed (shown to it alone until the end).
 */
#ifndef DOM0_TOOLS_STORED_TRANSACTION_H
#define DOM0_TOOLS_STORED_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "connection.h"
#include "names.h"
#include "node.h"
#include "perms.h"

/* What can be read of a node. */
#define NOTE_EXISTS 1U /* whether it is there */
#define NOTE_VALUE 2U
#define NOTE_PERMS 4U
#define NOTE_CHILDREN 8U

struct tx_node {
	struct named named; /* its name points into `letters` */
	struct tx_node *parent;
	struct names children; /* of struct tx_node */

	/* What was read of the store's node, by NOTE_* bits. */
	unsigned int noted;
	bool was_there;
	uint64_t value_changed;
	uint64_t perms_changed;
	uint64_t children_changed;

	/* What was changed. */
	bool own;    /* made or removed here: the store's node is hidden */
	bool exists; /* with `own`: made */
	bool has_value;
	bool has_perms;
	bool queued;    /* in transaction->changes */
	bool announced; /* watches hear of it: not of parents made on the way */
	char *value;
	size_t value_len;
	struct perms perms;
	ssize_t child_bytes; /* added to the store's node by children made and removed */
	uint64_t listed;     /* generation of the last such change, 0 = none */
	TAILQ_ENTRY(tx_node) change;

	/* Used while the transaction ends. */
	unsigned int place;    /* among the changes, from 1; only while it is written out */
	struct node *made;     /* the node to be linked */
	struct account *payer; /* its owner's account, held */
	unsigned int adding;   /* children to be linked to this one */
	ssize_t adding_bytes;  /* what that does to the store's node's children */

	char letters[];
};

struct transaction {
	LIST_ENTRY(transaction) link; /* in connection->transactions */
	uint32_t id;
	bool doomed; /* it has seen two states of one node: it cannot succeed */
	bool removed_some;
	size_t nodes;   /* tx_nodes */
	size_t created; /* of them `own` and existing */
	size_t memory;  /* charged to the connection's account */
	struct connection *connection;
	struct tx_node *root;
	TAILQ_HEAD(tx_node_chain, tx_node) changes; /* in the order in which they were made */
};

/* Opens one. -ENOSPC at the quota, -ENOMEM. */
int tx_begin(struct connection *connection, uint32_t *id);

/* Opens one of a given id that is not in use, whatever the quota says, behind all others. NULL if
 * out of memory. */
struct transaction *tx_open(struct connection *connection, uint32_t id);

/* The connection's open transaction of that id, or NULL. */
struct transaction *tx_find(const struct connection *connection, uint32_t id);

/* Frees a transaction; nothing of it happened. */
void tx_drop(struct transaction *tx);

/* Ends it with effect, fires watches and frees it. -EAGAIN: something it read has changed. Also
 * -ENOSPC, -ENOMEM; nothing of it happened then. */
int tx_commit(struct transaction *tx);

/* The record of the path's first `len` characters, made with all above it if need be. NULL with
 * -ENOSPC or -ENOMEM in *error. */
struct tx_node *tx_touch(struct transaction *tx, const char *path, size_t len, int *error);

/* Notes what was read (NOTE_*) of a node whose store side is `node`, NULL = absent. */
void tx_note(struct transaction *tx, struct tx_node *t, const struct node *node,
	     unsigned int notes);

/* Changes, on records from tx_touch(). Values and permission lists are taken over on success. A
 * node made as the parent of another is not `announced` to watches. */
int tx_make(struct transaction *tx, struct tx_node *t, struct perms *perms, char *value, size_t len,
	    bool announced);
int tx_set_value(struct transaction *tx, struct tx_node *t, char *value, size_t len);
int tx_set_perms(struct transaction *tx, struct tx_node *t, struct perms *perms);
void tx_remove(struct transaction *tx, struct tx_node *t);

/* For loading a transaction from the old daemon's state: charges memory that the transaction's end
 * gives back (0 or -ENOMEM); makes a record below another; adds one to the changes. */
int tx_take(struct transaction *tx, size_t bytes);
struct tx_node *tx_add_child(struct transaction *tx, struct tx_node *parent, const char *name,
			     size_t len, int *error);
void tx_queue(struct transaction *tx, struct tx_node *t);

#endif
