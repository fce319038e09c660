/* SPDX-License-Identifier: MIT */
/* The tree: making, finding, changing and removing nodes, each paid for by its owner. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

size_t node_memory(size_t name_len, size_t value_len, unsigned int perm_count)
{
	/* The last term is the parent's table entry. */
	return sizeof(struct node) + name_len + 1 + value_len + perm_count * sizeof(struct perm) +
	       sizeof(struct named *);
}

size_t node_size(size_t value_len, unsigned int perm_count, size_t child_bytes)
{
	return value_len + perm_count * sizeof(struct perm) + child_bytes;
}

static size_t node_cost(const struct node *node)
{
	return node_memory(strlen(node->named.name), node->value_len, node->perms.count);
}

struct node *node_child(const struct node *node, const char *name, size_t len)
{
	return (struct node *)names_find(&node->children, name, len);
}

struct node *node_find(const struct stored *stored, const char *path)
{
	struct node *node = stored->root;
	size_t len;

	while (node && *path == '/' && path[1]) {
		path++;
		len = strcspn(path, "/");
		node = node_child(node, path, len);
		path += len;
	}
	return node;
}

struct node *node_make(const char *name, size_t len, struct perms *perms, char *value,
		       size_t value_len)
{
	struct node *node = calloc(1, sizeof(*node) + len + 1);

	if (!node) {
		return NULL;
	}
	memcpy(node->letters, name, len);
	node->named.name = node->letters;
	node->perms = *perms;
	*perms = (struct perms){0};
	node->value = value;
	node->value_len = value_len;
	return node;
}

static void node_charge(struct stored *stored, struct node *node, struct account *owner)
{
	node->owner = owner;
	LIST_INSERT_HEAD(&owner->owned, node, owned);
	owner->nodes++;
	quota_charge(stored, owner, node_cost(node));
}

static void node_uncharge(struct stored *stored, struct node *node)
{
	struct account *owner = node->owner;

	LIST_REMOVE(node, owned);
	owner->nodes--;
	quota_uncharge(owner, node_cost(node));
	node->owner = NULL;
	account_reap(stored, owner);
}

void node_link(struct stored *stored, struct node *parent, struct node *node, struct account *owner)
{
	node->parent = parent;
	if (parent) {
		names_add(&parent->children, &node->named);
		parent->children_changed = ++stored->generation;
	}
	node->value_changed = ++stored->generation;
	node->perms_changed = stored->generation;
	node->children_changed = stored->generation;
	node_charge(stored, node, owner);
}

void node_set_value(struct stored *stored, struct node *node, char *value, size_t len)
{
	quota_uncharge(node->owner, node->value_len);
	quota_charge(stored, node->owner, len);
	free(node->value);
	node->value = value;
	node->value_len = len;
	node->value_changed = ++stored->generation;
}

void node_set_perms(struct stored *stored, struct node *node, struct perms *perms,
		    struct account *owner)
{
	struct perms old = node->perms;

	owner->users++; /* uncharging may otherwise free the account that is to be charged */
	node_uncharge(stored, node);
	node->perms = *perms;
	*perms = old;
	node->perms_changed = ++stored->generation;
	node_charge(stored, node, owner);
	owner->users--;
}

void node_discard(struct node *node)
{
	names_free(&node->children);
	perms_free(&node->perms);
	free(node->value);
	free(node);
}

/* Takes the leftmost leaf away until `top` is gone: no recursion, however deep the tree. */
static void node_free_below(struct stored *stored, struct node *top)
{
	struct node *node = top;
	struct node *parent;

	for (;;) {
		while (node->children.count) {
			node = (struct node *)node->children.items[--node->children.count];
		}
		parent = node->parent;
		node_uncharge(stored, node);
		node_discard(node);
		if (node == top) {
			return;
		}
		node = parent;
	}
}

void node_remove(struct stored *stored, struct node *node)
{
	struct node *parent = node->parent;

	names_remove(&parent->children, &node->named);
	parent->children_changed = ++stored->generation;
	node_free_below(stored, node);
}

void node_free_all(struct stored *stored)
{
	if (stored->root) {
		node_free_below(stored, stored->root);
		stored->root = NULL;
	}
}

size_t node_path(const struct node *node, char *path, size_t room)
{
	size_t total = 0, at, len;

	if (!node->parent) {
		memcpy(path, "/", 2);
		return 1;
	}
	for (const struct node *n = node; n->parent; n = n->parent) {
		total += strlen(n->named.name) + 1;
	}
	if (total >= room) {
		*path = '\0';
		return 0;
	}
	at = total;
	path[at] = '\0';
	for (const struct node *n = node; n->parent; n = n->parent) {
		len = strlen(n->named.name);
		at -= len;
		memcpy(path + at, n->named.name, len);
		path[--at] = '/';
	}
	return total;
}
