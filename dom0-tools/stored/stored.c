/* SPDX-License-Identifier: MIT */
/* The store's beginning and end. */
#include "stored.h"

#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "domain.h"
#include "node.h"

/* Adds a node owned by domain 0 and closed to all others, as every store begins with; `parent` is
 * NULL for the root. */
static struct node *add_first(struct stored *stored, struct node *parent, const char *name)
{
	struct account *owner = account_of(stored, 0);
	struct perms perms;
	struct node *node;

	if (!owner || perms_single(stored, 0, PERM_NONE, &perms)) {
		return NULL;
	}
	if (parent && names_reserve(&parent->children, 1)) {
		perms_free(&perms);
		return NULL;
	}
	node = node_make(name, strlen(name), &perms, NULL, 0);
	if (!node) {
		perms_free(&perms);
		return NULL;
	}
	node_link(stored, parent, node, owner);
	return node;
}

struct stored *stored_empty(const struct stored_backend *backend)
{
	struct stored *stored = calloc(1, sizeof(*stored));

	if (!stored) {
		return NULL;
	}
	stored->backend = backend;
	quota_defaults(&stored->quota);
	for (unsigned int i = 0; i < WATCH_BUCKETS; i++) {
		TAILQ_INIT(&stored->watches[i]);
	}
	TAILQ_INIT(&stored->connections);
	TAILQ_INIT(&stored->awake);
	TAILQ_INIT(&stored->domains);
	stored->died = calloc(DOMID_COUNT, sizeof(stored->died[0]));
	if (!stored->died) {
		free(stored);
		return NULL;
	}
	return stored;
}

struct stored *stored_create(const struct stored_backend *backend)
{
	struct stored *stored = stored_empty(backend);
	struct node *tool;

	if (!stored) {
		return NULL;
	}
	stored->root = add_first(stored, NULL, "");
	tool = stored->root ? add_first(stored, stored->root, "tool") : NULL;
	if (!tool || !add_first(stored, tool, "xenstored") ||
	    perms_single(stored, 0, PERM_NONE, &stored->introduce_perms) ||
	    perms_single(stored, 0, PERM_NONE, &stored->release_perms)) {
		stored_destroy(stored);
		return NULL;
	}
	return stored;
}

void stored_destroy(struct stored *stored)
{
	struct domain *domain;
	struct connection *connection;
	struct account *account;

	while ((domain = TAILQ_FIRST(&stored->domains))) {
		TAILQ_REMOVE(&stored->domains, domain, link);
		free(domain);
	}
	while ((connection = TAILQ_FIRST(&stored->connections))) {
		connection_destroy(connection);
	}
	node_free_all(stored);
	for (unsigned int i = 0; i < ACCOUNT_BUCKETS; i++) {
		while ((account = LIST_FIRST(&stored->accounts[i]))) {
			LIST_REMOVE(account, link);
			free(account);
		}
	}
	free(stored->update.program);
	free(stored->update.arguments);
	perms_free(&stored->introduce_perms);
	perms_free(&stored->release_perms);
	free(stored->died);
	free(stored);
}
