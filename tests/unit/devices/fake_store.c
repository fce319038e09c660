/* SPDX-License-Identifier: MIT */
/* A xenstore in memory: nodes with inherited permissions, one watch list, no real waiting. */
#include "fake.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES 512
#define MAX_WATCHES 8

struct node {
	char path[128];
	char value[512];
	struct store_perm perms[2];
	size_t perm_count;
};

struct store {
	struct node nodes[MAX_NODES];
	size_t count;
	char watches[MAX_WATCHES][128];
	size_t watch_count;
	size_t events; /* queued */
};

int fake_store_conflicts;
int fake_store_fail_after = -1;

struct store *fake_store_open(void)
{
	struct store *store = calloc(1, sizeof(*store));

	fake_store_conflicts = 0;
	fake_store_fail_after = -1;
	fake_store_set(store, "/local/domain/0/name", "Domain-0");
	fake_store_set(store, "/local/domain/1/name", "guest");
	fake_store_set(store, "/local/domain/1/device", "");
	fake_store_set(store, "/libxl/1/type", "pv");
	return store;
}

void fake_store_close(struct store *store)
{
	free(store);
}

static struct node *find(const struct store *store, const char *path)
{
	for (size_t i = 0; i < store->count; i++) {
		if (strcmp(store->nodes[i].path, path) == 0) {
			return (struct node *)&store->nodes[i];
		}
	}
	return NULL;
}

/* The node, made with its missing parents; it takes the permissions of the one above. */
static struct node *make(struct store *store, const char *path)
{
	struct node *node = find(store, path), *parent = NULL;
	const char *slash = strrchr(path, '/');
	char above[128];

	if (node) {
		return node;
	}
	if (slash && slash != path) {
		snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
		parent = make(store, above);
	}
	if (store->count == MAX_NODES) {
		abort();
	}
	node = &store->nodes[store->count++];
	memset(node, 0, sizeof(*node));
	snprintf(node->path, sizeof(node->path), "%s", path);
	if (parent) {
		memcpy(node->perms, parent->perms, sizeof(node->perms));
		node->perm_count = parent->perm_count;
	}
	return node;
}

static void fire(struct store *store, const char *path)
{
	for (size_t i = 0; i < store->watch_count; i++) {
		size_t len = strlen(store->watches[i]);

		store->events += strncmp(path, store->watches[i], len) == 0 &&
				 (path[len] == '\0' || path[len] == '/');
	}
}

void fake_store_set(struct store *store, const char *path, const char *value)
{
	struct node *node = make(store, path);

	snprintf(node->value, sizeof(node->value), "%s", value);
	fire(store, path);
}

size_t fake_store_count(const struct store *store)
{
	return store->count;
}

const char *fake_store_value(const struct store *store, const char *path)
{
	struct node *node = find(store, path);

	return node ? node->value : NULL;
}

static unsigned int access_of(const struct store *store, const char *path, uint32_t domid)
{
	struct node *node = find(store, path);

	if (!node || node->perm_count == 0) {
		return STORE_PERM_NONE;
	}
	if (node->perms[0].domid == domid) {
		return STORE_PERM_READ | STORE_PERM_WRITE;
	}
	if (node->perm_count > 1 && node->perms[1].domid == domid) {
		return node->perms[1].bits;
	}
	return node->perms[0].bits;
}

bool fake_store_readable(const struct store *store, const char *path, uint32_t domid)
{
	return access_of(store, path, domid) & STORE_PERM_READ;
}

bool fake_store_writable(const struct store *store, const char *path, uint32_t domid)
{
	return access_of(store, path, domid) & STORE_PERM_WRITE;
}

/* -- the client's interface -- */

char *store_read(struct store *store, uint32_t tx, const char *path, size_t *len)
{
	struct node *node = find(store, path);

	(void)tx;
	if (!node) {
		errno = ENOENT;
		return NULL;
	}
	if (len) {
		*len = strlen(node->value);
	}
	return strdup(node->value);
}

char *store_readf(struct store *store, uint32_t tx, const char *format, ...)
{
	char path[256];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return store_read(store, tx, path, NULL);
}

int store_read_number(struct store *store, uint32_t tx, const char *path, uint64_t max,
		      uint64_t *number)
{
	struct node *node = find(store, path);

	(void)tx;
	if (!node) {
		return -ENOENT;
	}
	*number = strtoull(node->value, NULL, 0);
	return *number > max ? -EINVAL : 0;
}

int store_write(struct store *store, uint32_t tx, const char *path, const void *value, size_t len)
{
	char text[512];

	(void)tx;
	if (fake_store_fail_after == 0) {
		return -ENOSPC;
	}
	if (fake_store_fail_after > 0) {
		fake_store_fail_after--;
	}
	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)value);
	fake_store_set(store, path, text);
	return 0;
}

int store_writef(struct store *store, uint32_t tx, const char *path, const char *format, ...)
{
	char value[256];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	return store_write(store, tx, path, value, strlen(value));
}

int store_mkdir(struct store *store, uint32_t tx, const char *path)
{
	(void)tx;
	make(store, path);
	return 0;
}

int store_rm(struct store *store, uint32_t tx, const char *path)
{
	size_t len = strlen(path), kept = 0;
	bool found = find(store, path) != NULL;

	(void)tx;
	for (size_t i = 0; i < store->count; i++) {
		const char *each = store->nodes[i].path;

		if (strncmp(each, path, len) != 0 || (each[len] && each[len] != '/')) {
			if (kept != i) {
				store->nodes[kept] = store->nodes[i];
			}
			kept++;
		}
	}
	store->count = kept;
	for (size_t i = 0; found && i < store->watch_count; i++) {
		store->events += strncmp(store->watches[i], path, len) == 0;
	}
	return found ? 0 : -ENOENT;
}

char **store_directory(struct store *store, uint32_t tx, const char *path, size_t *count)
{
	size_t len = strlen(path);
	char **names = calloc(MAX_NODES + 1, sizeof(*names) + 32);
	char *text = (char *)(names + MAX_NODES + 1);

	(void)tx;
	*count = 0;
	if (!find(store, path)) {
		free(names);
		errno = ENOENT;
		return NULL;
	}
	for (size_t i = 0; i < store->count; i++) {
		const char *each = store->nodes[i].path;

		if (strncmp(each, path, len) == 0 && each[len] == '/' &&
		    !strchr(each + len + 1, '/')) {
			snprintf(text, 32, "%s", each + len + 1);
			names[(*count)++] = text;
			text += 32;
		}
	}
	return names;
}

int store_set_perms(struct store *store, uint32_t tx, const char *path,
		    const struct store_perm *perms, size_t count)
{
	struct node *node = find(store, path);

	(void)tx;
	if (!node || count > 2) {
		return -EINVAL;
	}
	memcpy(node->perms, perms, count * sizeof(*perms));
	node->perm_count = count;
	return 0;
}

int store_transact(struct store *store, int (*body)(struct store *store, uint32_t tx, void *arg),
		   void *arg)
{
	struct store *copy = malloc(sizeof(*copy));
	int ret;

	memcpy(copy, store, sizeof(*copy));
	do {
		memcpy(store, copy, sizeof(*copy));
		ret = body(store, 1, arg);
	} while (ret == 0 && fake_store_conflicts-- > 0);
	if (ret < 0) {
		memcpy(store, copy, sizeof(*copy));
	}
	free(copy);
	return ret;
}

int store_watch(struct store *store, const char *path, const char *token)
{
	(void)token;
	if (store->watch_count == MAX_WATCHES) {
		abort();
	}
	snprintf(store->watches[store->watch_count++], 128, "%s", path);
	store->events++;
	return 0;
}

int store_unwatch(struct store *store, const char *path, const char *token)
{
	(void)token;
	for (size_t i = 0; i < store->watch_count; i++) {
		if (strcmp(store->watches[i], path) == 0) {
			store->watch_count--;
			memmove(store->watches[i], store->watches[store->watch_count], 128);
			return 0;
		}
	}
	return -ENOENT;
}

/* Time passes only here: the kernel acts, and if it has nothing to do the time is over. */
int store_wait_event(struct store *store, int timeout_ms, struct store_event *event)
{
	(void)timeout_ms;
	while (store->events == 0 && fake_kernel_step(store)) {
	}
	if (store->events == 0) {
		return 0;
	}
	store->events--;
	event->path = strdup("x");
	event->token = NULL;
	return 1;
}

void store_event_free(struct store_event *event)
{
	free(event->path);
}
