/* SPDX-License-Identifier: MIT */
/*
 * Watches, found by the hash of their path: a change looks at its own path and those above it,
 * however many watches there are.
 */
#ifndef DOM0_TOOLS_STORED_WATCH_H
#define DOM0_TOOLS_STORED_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "connection.h"
#include "node.h"

#define WATCH_ANY_DEPTH UINT32_MAX

struct watch {
	TAILQ_ENTRY(watch) same_bucket; /* in stored->watches[] */
	TAILQ_ENTRY(watch) same_connection;
	struct connection *connection;
	uint32_t hash;
	uint32_t depth; /* levels below the path that are reported */
	size_t path_len;
	size_t prefix_len; /* cut off the paths of events: "/local/domain/N/" */
	const char *token; /* behind the path */
	char path[];       /* absolute, or "@..." */
};

/*
 * Sets a watch on an absolute path, reported without its first `prefix_len` characters. -EEXIST:
 * it has that path and token already; -E2BIG: quota; -ENOMEM. Does not fire it.
 */
int watch_add(struct connection *connection, const char *path, size_t prefix_len, const char *token,
	      uint32_t depth, struct watch **made);

/* -ENOENT if there is none. */
int watch_remove(struct connection *connection, const char *path, const char *token);

void watch_remove_all(struct connection *connection);

/* The event that every new watch begins with. */
void watch_fire_first(const struct watch *watch);

/* A node was made or changed. Told are those who may read it, or its parent, or could read it by
 * `old` permissions (may be NULL). */
void watch_fire(struct stored *stored, const struct node *node, const struct perms *old);

/* A node and all below is about to be removed: its own watchers and those above are told if
 * `itself`, and each node below tells the watchers of exactly that node. */
void watch_fire_removal(struct stored *stored, const struct node *node, bool itself);

/* "@introduceDomain" or "@releaseDomain" happened to a domain. */
void watch_fire_special(struct stored *stored, const char *name, const struct perms *perms,
			uint16_t domid);

#endif
