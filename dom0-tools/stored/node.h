/* SPDX-License-Identifier: MIT */
/*
 * The tree itself: nodes with sorted children. Knows nothing of connections or transactions;
 * callers have checked permissions and quotas.
 */
#ifndef DOM0_TOOLS_STORED_NODE_H
#define DOM0_TOOLS_STORED_NODE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "names.h"
#include "perms.h"
#include "quota.h"
#include "stored.h"

struct node {
	struct named named; /* its name points into `letters` */
	struct node *parent;
	struct names children; /* of struct node */
	char *value;
	size_t value_len;
	struct perms perms;
	uint64_t value_changed;    /* generation of the last change of the value, */
	uint64_t perms_changed;    /* of the permissions, */
	uint64_t children_changed; /* of the list of children */
	struct account *owner;     /* pays for the node; NULL while it is not linked */
	LIST_ENTRY(node) owned;    /* in owner->owned */
	char letters[];
};

/* What the owner pays for a node. */
size_t node_memory(size_t name_len, size_t value_len, unsigned int perm_count);

/* The bytes that QUOTA_NODE_SIZE limits. */
size_t node_size(size_t value_len, unsigned int perm_count, size_t child_bytes);

/* The child called name[0..len); NULL if there is none. */
struct node *node_child(const struct node *node, const char *name, size_t len);

/* The node at an absolute path; NULL if there is none. */
struct node *node_find(const struct stored *stored, const char *path);

/* Makes a node without a place in the tree, taking over the permissions' list and the value
 * (malloc'ed, may be NULL). NULL if out of memory: then the caller still owns them. */
struct node *node_make(const char *name, size_t len, struct perms *perms, char *value,
		       size_t value_len);

/* Gives a node its place below `parent`, which has room for it (names_reserve()) and no child of
 * that name; its owner's account must have been held or made (account_of()). */
void node_link(struct stored *stored, struct node *parent, struct node *node,
	       struct account *owner);

/* Replaces the value by `value` (malloc'ed), which it takes over. */
void node_set_value(struct stored *stored, struct node *node, char *value, size_t len);

/* Exchanges the permissions: *perms are the old ones then. `owner` is the account of the new
 * owner. */
void node_set_perms(struct stored *stored, struct node *node, struct perms *perms,
		    struct account *owner);

/* Removes a node, not the root, with all below it. */
void node_remove(struct stored *stored, struct node *node);

/* Frees a node that was never linked. */
void node_discard(struct node *node);

/* Frees the tree for good. */
void node_free_all(struct stored *stored);

/* Writes a node's absolute path with a NUL into path[0..room), which is large enough for every
 * path the store accepts; returns its length. */
size_t node_path(const struct node *node, char *path, size_t room);

#endif
