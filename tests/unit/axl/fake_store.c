/* SPDX-License-Identifier: MIT */
/* A xenstore in an array: paths and values, no permissions, transactions that always succeed. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "fake_store.h"

#define MAX_NODES 512

static struct {
	char path[128];
	char value[256];
} nodes[MAX_NODES];
static size_t node_count;

void fake_store_reset(void)
{
	node_count = 0;
}

static bool store_fails(void)
{
	return ++fake.calls == fake.fail_at;
}

static long find(const char *path)
{
	for (size_t i = 0; i < node_count; i++) {
		if (!strcmp(nodes[i].path, path)) {
			return (long)i;
		}
	}
	return -1;
}

const char *fake_store_get(const char *path)
{
	long i = find(path);

	return i < 0 ? NULL : nodes[i].value;
}

void fake_store_set(const char *path, const char *value)
{
	char parent[128];
	char *slash;
	long i;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash && slash != parent) {
		*slash = '\0';
		if (find(parent) < 0) {
			fake_store_set(parent, "");
		}
	}
	i = find(path);
	if (i < 0) {
		if (node_count == MAX_NODES) {
			abort();
		}
		i = (long)node_count++;
		snprintf(nodes[i].path, sizeof(nodes[i].path), "%s", path);
	}
	snprintf(nodes[i].value, sizeof(nodes[i].value), "%s", value);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *fake_store_dump(void)
{
	char *lines[MAX_NODES];
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < node_count; i++) {
		if (asprintf(&lines[i], "%s = %s\n", nodes[i].path, nodes[i].value) < 0) {
			abort();
		}
	}
	qsort(lines, node_count, sizeof(lines[0]), compare);
	for (size_t i = 0; i < node_count; i++) {
		fputs(lines[i], out);
		free(lines[i]);
	}
	fclose(out);
	return text;
}

/* All that are there, but those that are said not to be. */
int store_is_introduced(struct store *store, uint32_t domid)
{
	(void)store;
	return domid != fake.unconnected;
}

struct store *store_open_path(const char *path)
{
	(void)path;
	if (fake.no_xenstore || store_fails()) {
		errno = ENOENT;
		return NULL;
	}
	return (struct store *)&nodes;
}

struct store *store_open_socket(void)
{
	return store_open_path("");
}

void store_close(struct store *store)
{
	(void)store;
}

char *store_read(struct store *store, uint32_t tx, const char *path, size_t *len)
{
	const char *value = fake_store_get(path);

	(void)store;
	(void)tx;
	if (!value) {
		errno = ENOENT;
		return NULL;
	}
	if (len) {
		*len = strlen(value);
	}
	return strdup(value);
}

char *store_readf(struct store *store, uint32_t tx, const char *path_format, ...)
{
	char path[256];
	va_list args;

	va_start(args, path_format);
	vsnprintf(path, sizeof(path), path_format, args);
	va_end(args);
	return store_read(store, tx, path, NULL);
}

int store_write(struct store *store, uint32_t tx, const char *path, const void *value, size_t len)
{
	char text[256];

	(void)store;
	(void)tx;
	if (store_fails()) {
		return -ENOSPC;
	}
	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)value);
	fake_store_set(path, text);
	return 0;
}

int store_writef(struct store *store, uint32_t tx, const char *path, const char *format, ...)
{
	char value[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	return store_write(store, tx, path, value, (size_t)len);
}

int store_read_number(struct store *store, uint32_t tx, const char *path, uint64_t max,
		      uint64_t *number)
{
	const char *value = fake_store_get(path);
	char *end;

	(void)store;
	(void)tx;
	*number = value ? strtoull(value, &end, 10) : 0;
	return !value ? -ENOENT : *end || *number > max ? -EINVAL : 0;
}

void store_batch_begin(struct store *store)
{
	(void)store;
}

int store_batch_end(struct store *store)
{
	(void)store;
	return store_fails() ? -ENOSPC : 0;
}

int store_mkdir(struct store *store, uint32_t tx, const char *path)
{
	(void)store;
	(void)tx;
	if (store_fails()) {
		return -ENOSPC;
	}
	if (find(path) < 0) {
		fake_store_set(path, "");
	}
	return 0;
}

int store_rm(struct store *store, uint32_t tx, const char *path)
{
	size_t len = strlen(path), to = 0;

	(void)store;
	(void)tx;
	for (size_t i = 0; i < node_count; i++) {
		if (strncmp(nodes[i].path, path, len) ||
		    (nodes[i].path[len] && nodes[i].path[len] != '/')) {
			nodes[to++] = nodes[i];
		}
	}
	node_count = to;
	return 0;
}

char **store_directory(struct store *store, uint32_t tx, const char *path, size_t *count)
{
	size_t len = strlen(path);
	char **list = calloc(MAX_NODES, sizeof(*list) + 128);
	char *names = (char *)(list + MAX_NODES);

	(void)store;
	(void)tx;
	*count = 0;
	for (size_t i = 0; i < node_count; i++) {
		const char *rest = nodes[i].path + len + 1;

		if (!strncmp(nodes[i].path, path, len) && nodes[i].path[len] == '/' &&
		    !strchr(rest, '/')) {
			list[*count] = names + *count * 128;
			strcpy(list[(*count)++], rest);
		}
	}
	return list;
}

char **store_read_each(struct store *store, uint32_t tx, const char *dir, char *const *names,
		       size_t count, const char *leaf)
{
	char **values = calloc(count + 1, sizeof(*values));

	for (size_t i = 0; i < count; i++) {
		values[i] = store_readf(store, tx, "%s/%s%s%s", dir, names[i], leaf ? "/" : "",
					leaf ? leaf : "");
	}
	return values;
}

/* Of a daemon's commands only that for quotas: Debian's words for domain 3, ours for others. */
char *store_control(struct store *store, const char *const *argv, size_t argc)
{
	(void)store;
	if (argc == 1) {
		return strdup(
			"Quotas:\nnodes            :     1000 Nodes per domain\n"
			"watches          :      128 Watches\nmemory           :  2097152 B\n");
	}
	return strdup(strcmp(argv[1], "3") ? "Domain 12:\nnodes: 7\nwatches: 2\n"
					     "transactions: 0\nmemory: 4096\n"
					   : "Domain 3:\nnodes           :       25\n"
					     "watches         :        3\n");
}

void store_free_each(char **values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(values[i]);
	}
	free(values);
}

int store_set_perms(struct store *store, uint32_t tx, const char *path,
		    const struct store_perm *perms, size_t count)
{
	(void)store;
	(void)tx;
	(void)perms;
	(void)count;
	return find(path) < 0 ? -ENOENT : store_fails() ? -EACCES : 0;
}

/* All or nothing, as the real one. */
int store_transact(struct store *store, int (*body)(struct store *store, uint32_t tx, void *arg),
		   void *arg)
{
	static struct {
		char bytes[sizeof(nodes)];
	} saved;
	size_t saved_count = node_count;
	int ret;

	memcpy(&saved, nodes, sizeof(nodes));
	ret = body(store, 1, arg);
	if (ret) {
		memcpy(nodes, &saved, sizeof(nodes));
		node_count = saved_count;
	}
	return ret;
}

int store_watch(struct store *store, const char *path, const char *token)
{
	(void)store;
	(void)path;
	(void)token;
	if (store_fails()) {
		return -E2BIG;
	}
	fake.watches++;
	return 0;
}

int store_unwatch(struct store *store, const char *path, const char *token)
{
	(void)store;
	(void)path;
	(void)token;
	fake.watches--;
	return 0;
}

int store_wait_event(struct store *store, int timeout_ms, struct store_event *event)
{
	(void)store;
	(void)timeout_ms;
	(void)event;
	return 0;
}

int store_next_event(struct store *store, struct store_event *event)
{
	(void)store;
	(void)event;
	return 0;
}

int store_fd(const struct store *store)
{
	(void)store;
	return -1;
}

void store_event_free(struct store_event *event)
{
	(void)event;
}

int store_introduce(struct store *store, uint32_t domid, uint64_t mfn, uint32_t port)
{
	(void)store;
	if (store_fails() || !mfn || !port) {
		return -EINVAL;
	}
	fake.introduced = domid;
	return 0;
}
