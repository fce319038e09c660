/* SPDX-License-Identifier: MIT */
/* Reading and changing nodes, their permissions, and transactions. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

char *store_read(struct store *store, uint32_t tx, const char *path, size_t *len)
{
	struct iovec part = talk_string(path);
	size_t ignored;
	char *value;
	int ret = talk(store, XS_READ, tx, &part, 1, &value, len ? len : &ignored);

	if (ret) {
		errno = -ret;
		return NULL;
	}
	return value;
}

char *store_readf(struct store *store, uint32_t tx, const char *path_format, ...)
{
	char path[XENSTORE_ABS_PATH_MAX + 1];
	va_list args;
	int len;

	va_start(args, path_format);
	len = vsnprintf(path, sizeof(path), path_format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(path)) {
		errno = E2BIG;
		return NULL;
	}
	return store_read(store, tx, path, NULL);
}

int store_read_number(struct store *store, uint32_t tx, const char *path, uint64_t max,
		      uint64_t *number)
{
	size_t len;
	char *value = store_read(store, tx, path, &len);
	char *end;
	int base, ret = 0;

	if (!value) {
		return -errno;
	}
	base = !strncmp(value, "0x", 2) ? 16 : 10;
	errno = 0;
	*number = strtoull(value, &end, base);
	if (errno || end != value + len || value[0] < '0' || value[0] > '9' || *number > max) {
		ret = -EINVAL;
	}
	free(value);
	return ret;
}

int store_write(struct store *store, uint32_t tx, const char *path, const void *value, size_t len)
{
	struct iovec parts[2] = {
		talk_string(path),
		{.iov_base = (void *)(uintptr_t)value, .iov_len = len},
	};

	return talk(store, XS_WRITE, tx, parts, 2, NULL, NULL);
}

int store_writef(struct store *store, uint32_t tx, const char *path, const char *format, ...)
{
	char value[XENSTORE_PAYLOAD_MAX];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(value)) {
		return -E2BIG;
	}
	return store_write(store, tx, path, value, (size_t)len);
}

int store_mkdir(struct store *store, uint32_t tx, const char *path)
{
	return talk_path(store, XS_MKDIR, tx, path);
}

int store_rm(struct store *store, uint32_t tx, const char *path)
{
	return talk_path(store, XS_RM, tx, path);
}

/* Turns a run of NUL-ended names into an array with the names behind it, in one block. */
static char **split_names(const char *names, size_t len, size_t *count)
{
	size_t n = 0;
	char **list;
	char *copy;

	for (size_t i = 0; i < len; i++) {
		n += names[i] == '\0';
	}
	list = malloc((n + 1) * sizeof(*list) + len + 1);
	if (!list) {
		errno = ENOMEM;
		return NULL;
	}
	copy = memcpy((char *)(list + n + 1), names, len);
	copy[len] = '\0';
	for (size_t i = 0; i < n; i++) {
		list[i] = copy;
		copy += strlen(copy) + 1;
	}
	list[n] = NULL;
	*count = n;
	return list;
}

/* One part of a long directory, from byte `offset` on: the generation in `generation`, the names
 * added to *names. 1 if more follow, 0 at the end, -errno. */
static int read_part(struct store *store, uint32_t tx, const char *path, size_t offset,
		     char generation[32], char **names, size_t *len)
{
	char number[24];
	struct iovec parts[2];
	size_t got, skip, add;
	char *reply, *longer;
	int ret;

	snprintf(number, sizeof(number), "%zu", offset);
	parts[0] = talk_string(path);
	parts[1] = talk_string(number);
	ret = talk(store, XS_DIRECTORY_PART, tx, parts, 2, &reply, &got);
	if (ret) {
		return ret;
	}
	skip = strnlen(reply, got) + 1;
	if (skip > got || skip > 32) {
		ret = -EPROTO;
		goto out;
	}
	memcpy(generation, reply, skip);
	/* The last part ends in an empty name. */
	add = got - skip;
	ret = !(add && reply[got - 1] == '\0' && (add == 1 || reply[got - 2] == '\0'));
	if (!ret) {
		add--;
	}
	if (ret && !add) {
		ret = -EPROTO;
		goto out;
	}
	longer = realloc(*names, *len + add + 1);
	if (!longer) {
		ret = -ENOMEM;
		goto out;
	}
	memcpy(longer + *len, reply + skip, add);
	*names = longer;
	*len += add;
out:
	free(reply);
	return ret;
}

static int read_parts(struct store *store, uint32_t tx, const char *path, char **names, size_t *len)
{
	char first[32], now[32];
	int ret;

	do {
		*len = 0;
		ret = read_part(store, tx, path, 0, first, names, len);
		memcpy(now, first, sizeof(now));
		while (ret == 1 && !strcmp(now, first)) {
			ret = read_part(store, tx, path, *len, now, names, len);
		}
	} while (ret >= 0 && strcmp(now, first)); /* changed under our feet: again */
	return ret;
}

char **store_directory(struct store *store, uint32_t tx, const char *path, size_t *count)
{
	struct iovec part = talk_string(path);
	char *names = NULL;
	char **list = NULL;
	size_t len;
	int ret = talk(store, XS_DIRECTORY, tx, &part, 1, &names, &len);

	if (ret == -E2BIG) {
		ret = read_parts(store, tx, path, &names, &len);
	}
	if (!ret) {
		list = split_names(names, len, count);
	} else {
		errno = -ret;
	}
	free(names);
	return list;
}

static int ask_each(struct store *store, uint32_t tx, const char *dir, char *const *names,
		    size_t count, const char *leaf)
{
	char path[XENSTORE_ABS_PATH_MAX + 1];
	int ret = 0;

	for (size_t i = 0; !ret && i < count; i++) {
		int len = snprintf(path, sizeof(path), "%s/%s%s%s", dir, names[i], leaf ? "/" : "",
				   leaf ? leaf : "");

		ret = len < 0 || (size_t)len >= sizeof(path) ? -E2BIG
							     : talk_read_later(store, tx, path);
	}
	return ret;
}

char **store_read_each(struct store *store, uint32_t tx, const char *dir, char *const *names,
		       size_t count, const char *leaf)
{
	char **values = calloc(count + 1, sizeof(*values));
	int ret;

	if (!values) {
		errno = ENOMEM;
		return NULL;
	}
	store_batch_begin(store);
	store->replies = values;
	ret = ask_each(store, tx, dir, names, count, leaf);
	store_batch_end(store);
	store->replies = NULL;
	ret = store->broken ? store->broken : ret;
	if (ret) {
		store_free_each(values, count);
		errno = -ret;
		return NULL;
	}
	return values;
}

void store_free_each(char **values, size_t count)
{
	for (size_t i = 0; values && i < count; i++) {
		free(values[i]);
	}
	free(values);
}

static unsigned int perm_bits(char letter)
{
	switch (letter) {
	case 'r':
		return STORE_PERM_READ;
	case 'w':
		return STORE_PERM_WRITE;
	case 'b':
		return STORE_PERM_READ | STORE_PERM_WRITE;
	default:
		return STORE_PERM_NONE;
	}
}

struct store_perm *store_get_perms(struct store *store, uint32_t tx, const char *path,
				   size_t *count)
{
	struct iovec part = talk_string(path);
	struct store_perm *perms;
	char *reply;
	size_t len, at = 0, n = 0;
	int ret = talk(store, XS_GET_PERMS, tx, &part, 1, &reply, &len);

	if (ret) {
		errno = -ret;
		return NULL;
	}
	perms = calloc(len / 2 + 1, sizeof(*perms));
	while (perms && at < len) {
		perms[n].bits = perm_bits(reply[at]);
		perms[n].domid = (uint32_t)strtoul(reply + at + 1, NULL, 10);
		n++;
		at += strlen(reply + at) + 1;
	}
	free(reply);
	*count = n;
	return perms;
}

int store_set_perms(struct store *store, uint32_t tx, const char *path,
		    const struct store_perm *perms, size_t count)
{
	char text[XENSTORE_PAYLOAD_MAX];
	struct iovec parts[2] = {talk_string(path), {.iov_base = text}};
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		if (sizeof(text) - len < 16) {
			return -E2BIG;
		}
		len += (size_t)sprintf(text + len, "%c%u", "nrwb"[perms[i].bits & 3],
				       perms[i].domid) +
		       1;
	}
	parts[1].iov_len = len;
	return talk(store, XS_SET_PERMS, tx, parts, 2, NULL, NULL);
}

int store_tx_begin(struct store *store, uint32_t *tx)
{
	struct iovec part = talk_string("");
	char *reply;
	size_t len;
	int ret = talk(store, XS_TRANSACTION_START, STORE_NO_TX, &part, 1, &reply, &len);

	if (ret) {
		return ret;
	}
	*tx = (uint32_t)strtoul(reply, NULL, 10);
	free(reply);
	return 0;
}

int store_tx_end(struct store *store, uint32_t tx, bool commit)
{
	return talk_path(store, XS_TRANSACTION_END, tx, commit ? "T" : "F");
}

int store_transact(struct store *store, int (*body)(struct store *store, uint32_t tx, void *arg),
		   void *arg)
{
	uint32_t tx;
	int ret;

	do {
		ret = store_tx_begin(store, &tx);
		if (ret) {
			return ret;
		}
		ret = body(store, tx, arg);
		if (ret) {
			store_tx_end(store, tx, false);
			return ret;
		}
		ret = store_tx_end(store, tx, true);
	} while (ret == -EAGAIN);
	return ret;
}
