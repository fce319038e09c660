/* SPDX-License-Identifier: MIT */
/* Setting watches and telling them of changes. */
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_START 2166136261U /* FNV-1a */

static uint32_t hash_step(uint32_t hash, char c)
{
	return (hash ^ (unsigned char)c) * 16777619U;
}

static uint32_t hash_of(const char *text)
{
	uint32_t hash = HASH_START;

	while (*text) {
		hash = hash_step(hash, *text++);
	}
	return hash;
}

static size_t watch_memory(const struct watch *watch)
{
	return sizeof(*watch) + watch->path_len + 1 + strlen(watch->token) + 1;
}

static struct watch *watch_find(const struct connection *connection, const char *path,
				const char *token)
{
	struct watch *watch;

	TAILQ_FOREACH(watch, &connection->watches, same_connection)
	{
		if (!strcmp(watch->path, path) && !strcmp(watch->token, token)) {
			return watch;
		}
	}
	return NULL;
}

int watch_add(struct connection *connection, const char *path, size_t prefix_len, const char *token,
	      uint32_t depth, struct watch **made)
{
	struct stored *stored = connection->stored;
	struct account *account = connection->account;
	size_t path_len = strlen(path), token_len = strlen(token);
	struct watch *watch;
	char *token_place;
	int ret;

	if (watch_find(connection, path, token)) {
		return -EEXIST;
	}
	if (!quota_allows(stored, account, QUOTA_WATCHES, account->watches, 1)) {
		return -E2BIG;
	}
	watch = calloc(1, sizeof(*watch) + path_len + 1 + token_len + 1);
	if (!watch) {
		return -ENOMEM;
	}
	watch->connection = connection;
	watch->path_len = path_len;
	watch->prefix_len = prefix_len;
	watch->depth = depth;
	watch->hash = hash_of(path);
	memcpy(watch->path, path, path_len);
	token_place = watch->path + path_len + 1;
	memcpy(token_place, token, token_len);
	watch->token = token_place;
	ret = quota_take_memory(stored, account, watch_memory(watch));
	if (ret) {
		free(watch);
		return ret;
	}
	account->watches++;
	TAILQ_INSERT_TAIL(&connection->watches, watch, same_connection);
	TAILQ_INSERT_TAIL(&stored->watches[watch->hash % WATCH_BUCKETS], watch, same_bucket);
	*made = watch;
	return 0;
}

static void watch_free(struct watch *watch)
{
	struct connection *connection = watch->connection;

	TAILQ_REMOVE(&connection->watches, watch, same_connection);
	TAILQ_REMOVE(&connection->stored->watches[watch->hash % WATCH_BUCKETS], watch, same_bucket);
	connection->account->watches--;
	quota_uncharge(connection->account, watch_memory(watch));
	free(watch);
}

int watch_remove(struct connection *connection, const char *path, const char *token)
{
	struct watch *watch = watch_find(connection, path, token);

	if (!watch) {
		return -ENOENT;
	}
	watch_free(watch);
	return 0;
}

void watch_remove_all(struct connection *connection)
{
	struct watch *watch;

	while ((watch = TAILQ_FIRST(&connection->watches))) {
		/* which takes it off: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		watch_free(watch);
	}
}

void watch_fire_first(const struct watch *watch)
{
	connection_event(watch->connection, watch->path + watch->prefix_len, watch->token);
}

static bool may_hear(const struct stored *stored, const struct connection *connection,
		     const struct node *node, const struct perms *old)
{
	const struct subject *who = &connection->subject;

	return perms_allow(stored, &node->perms, who, PERM_READ) ||
	       (node->parent && perms_allow(stored, &node->parent->perms, who, PERM_READ)) ||
	       (old && perms_allow(stored, old, who, PERM_READ));
}

/* Tells the watches on exactly path[0..len), whose hash is given, of a change `levels` below. */
static void fire_at(struct stored *stored, const char *path, size_t len, uint32_t hash,
		    uint32_t levels, const struct node *node, const struct perms *old)
{
	struct watch *watch;

	TAILQ_FOREACH(watch, &stored->watches[hash % WATCH_BUCKETS], same_bucket)
	{
		if (watch->hash == hash && watch->path_len == len &&
		    !memcmp(watch->path, path, len) && levels <= watch->depth &&
		    may_hear(stored, watch->connection, node, old)) {
			connection_event(watch->connection, path + watch->prefix_len, watch->token);
		}
	}
}

void watch_fire(struct stored *stored, const struct node *node, const struct perms *old)
{
	char path[XENSTORE_ABS_PATH_MAX + 1];
	uint32_t hash = hash_step(HASH_START, '/');
	uint32_t levels = 0;
	size_t len = node_path(node, path, sizeof(path));

	for (const struct node *n = node; n->parent; n = n->parent) {
		levels++;
	}
	fire_at(stored, path, 1, hash, levels, node, old);
	for (size_t i = 1; i < len; i++) {
		hash = hash_step(hash, path[i]);
		if (path[i + 1] == '/' || !path[i + 1]) {
			fire_at(stored, path, i + 1, hash, --levels, node, old);
		}
	}
}

/* `path` holds the path of `node`, its hash is given, and what follows it is scratch. */
static void fire_below(struct stored *stored, const struct node *node, char *path, size_t len,
		       uint32_t hash)
{
	for (unsigned int i = 0; i < node->children.count; i++) {
		const struct node *child = (struct node *)node->children.items[i];
		const char *name = child->named.name;
		uint32_t child_hash = hash_step(hash, '/');
		size_t at = len;

		path[at++] = '/';
		while (*name) {
			child_hash = hash_step(child_hash, *name);
			path[at++] = *name++;
		}
		path[at] = '\0';
		fire_at(stored, path, at, child_hash, 0, child, NULL);
		fire_below(stored, child, path, at, child_hash);
	}
}

void watch_fire_removal(struct stored *stored, const struct node *node, bool itself)
{
	char path[XENSTORE_ABS_PATH_MAX + 1];
	size_t len = node_path(node, path, sizeof(path));

	if (itself) {
		watch_fire(stored, node, NULL);
	}
	fire_below(stored, node, path, len, hash_of(path));
}

void watch_fire_special(struct stored *stored, const char *name, const struct perms *perms,
			uint16_t domid)
{
	uint32_t hash = hash_of(name);
	struct watch *watch;
	char longer[48];

	snprintf(longer, sizeof(longer), "%s/%u", name, domid);
	TAILQ_FOREACH(watch, &stored->watches[hash % WATCH_BUCKETS], same_bucket)
	{
		if (watch->hash == hash && !strcmp(watch->path, name) &&
		    perms_allow(stored, perms, &watch->connection->subject, PERM_READ)) {
			bool with_domid = watch->depth && watch->depth != WATCH_ANY_DEPTH;

			connection_event(watch->connection, with_domid ? longer : name,
					 watch->token);
		}
	}
}
