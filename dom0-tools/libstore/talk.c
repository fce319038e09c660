/* SPDX-License-Identifier: MIT */
/* Opening the store and exchanging messages with it. */
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
	int number;
	const char *name;
} error_names[] = {
	{EINVAL, "EINVAL"},       {EACCES, "EACCES"},   {EEXIST, "EEXIST"}, {EISDIR, "EISDIR"},
	{ENOENT, "ENOENT"},       {ENOMEM, "ENOMEM"},   {ENOSPC, "ENOSPC"}, {EIO, "EIO"},
	{ENOTEMPTY, "ENOTEMPTY"}, {ENOSYS, "ENOSYS"},   {EROFS, "EROFS"},   {EBUSY, "EBUSY"},
	{EAGAIN, "EAGAIN"},       {EISCONN, "EISCONN"}, {E2BIG, "E2BIG"},   {EPERM, "EPERM"},
};

int talk_errno(const char *name)
{
	for (size_t i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++) {
		if (!strcmp(error_names[i].name, name)) {
			return error_names[i].number;
		}
	}
	return EINVAL;
}

struct store *store_open_fd(int fd)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store) {
		return NULL;
	}
	store->fd = fd;
	STAILQ_INIT(&store->events);
	return store;
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return -1;
	}
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

struct store *store_open_path(const char *path)
{
	struct store *store;
	struct stat about;
	int fd;

	if (stat(path, &about) < 0) {
		return NULL;
	}
	fd = S_ISSOCK(about.st_mode) ? open_socket(path) : open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		return NULL;
	}
	store = store_open_fd(fd);
	if (!store) {
		close(fd);
		errno = ENOMEM;
	}
	return store;
}

struct store *store_open_socket(void)
{
	const char *path = getenv("XENSTORED_PATH");
	const char *folder = getenv("XENSTORED_RUNDIR");
	char socket_path[256];

	if (path) {
		return store_open_path(path);
	}
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder ? folder : "/run/xenstored");
	return store_open_path(socket_path);
}

struct store *store_open(void)
{
	struct store *store = store_open_socket();

	return store || getenv("XENSTORED_PATH") ? store : store_open_path("/dev/xen/xenbus");
}

void store_event_free(struct store_event *event)
{
	free(event->path);
	event->path = NULL;
	event->token = NULL;
}

void store_close(struct store *store)
{
	struct queued_event *queued;

	if (!store) {
		return;
	}
	while ((queued = STAILQ_FIRST(&store->events))) {
		STAILQ_REMOVE_HEAD(&store->events, link);
		store_event_free(&queued->event);
		free(queued);
	}
	close(store->fd);
	free(store->batch);
	free(store);
}

int store_fd(const struct store *store)
{
	return store->fd;
}

/* Marks the connection as beyond use: its stream position is unknown from now on. */
static int talk_break(struct store *store, int error)
{
	store->broken = error;
	return error;
}

static bool would_block(const struct store *store)
{
	struct pollfd wish = {.fd = store->fd, .events = POLLIN};

	return store->ahead_at == store->ahead_end && poll(&wish, 1, 0) == 0;
}

/* Takes up to `len` bytes of what has arrived, waiting for some. As read(). */
static ssize_t take_bytes(struct store *store, void *to, size_t len)
{
	ssize_t got;

	if (store->ahead_at == store->ahead_end) {
		got = read(store->fd, store->ahead, sizeof(store->ahead));
		if (got <= 0) {
			return got;
		}
		store->ahead_at = 0;
		store->ahead_end = (size_t)got;
	}
	if (len > store->ahead_end - store->ahead_at) {
		len = store->ahead_end - store->ahead_at;
	}
	memcpy(to, store->ahead + store->ahead_at, len);
	store->ahead_at += len;
	return (ssize_t)len;
}

/* Bytes that the message in store->in lacks; 0 when it is whole. */
static int missing(struct store *store, size_t *lack)
{
	const struct xsd_sockmsg *header = &store->in.header;

	if (store->have < sizeof(*header)) {
		*lack = sizeof(*header) - store->have;
		return 0;
	}
	if (header->len > XENSTORE_PAYLOAD_MAX) {
		return talk_break(store, -EPROTO);
	}
	*lack = sizeof(*header) + header->len - store->have;
	return 0;
}

int talk_fill(struct store *store, bool wait)
{
	size_t lack;
	ssize_t got;
	int ret;

	for (;;) {
		ret = store->broken ? store->broken : missing(store, &lack);
		if (ret) {
			return ret;
		}
		if (!lack) {
			store->in.payload[store->in.header.len] = '\0';
			return 1;
		}
		if (!wait && would_block(store)) {
			return 0;
		}
		got = take_bytes(store, (char *)&store->in + store->have, lack);
		if (got > 0) {
			store->have += (size_t)got;
		} else if (got == 0) {
			return talk_break(store, -EPIPE);
		} else if (errno != EINTR) {
			return talk_break(store, -errno);
		}
	}
}

int talk_queue_event(struct store *store)
{
	size_t len = store->in.header.len;
	size_t path_len = strnlen(store->in.payload, len);
	struct queued_event *queued;

	if (path_len + 1 >= len) {
		return talk_break(store, -EPROTO);
	}
	queued = calloc(1, sizeof(*queued));
	if (!queued) {
		return -ENOMEM;
	}
	queued->event.path = malloc(len + 1);
	if (!queued->event.path) {
		free(queued);
		return -ENOMEM;
	}
	memcpy(queued->event.path, store->in.payload, len + 1);
	queued->event.token = queued->event.path + path_len + 1;
	STAILQ_INSERT_TAIL(&store->events, queued, link);
	return 0;
}

static int send_all(struct store *store, const char *bytes, size_t len)
{
	ssize_t put;

	while (len) {
		/* The device is not a socket, so MSG_NOSIGNAL is no way out of SIGPIPE. */
		put = send(store->fd, bytes, len, MSG_NOSIGNAL);
		if (put < 0 && errno == ENOTSOCK) {
			put = write(store->fd, bytes, len);
		}
		if (put < 0 && errno == EINTR) {
			continue;
		}
		if (put <= 0) {
			return talk_break(store, put ? -errno : -EIO);
		}
		bytes += put;
		len -= (size_t)put;
	}
	return 0;
}

/* Puts a request together; returns its length, or -E2BIG. */
static int make_request(struct store *store, uint32_t type, uint32_t tx, const struct iovec *parts,
			unsigned int count, uint8_t *out)
{
	struct xsd_sockmsg header = {.type = type, .tx_id = tx};
	size_t len = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (parts[i].iov_len > XENSTORE_PAYLOAD_MAX - len) {
			return -E2BIG;
		}
		memcpy(out + sizeof(header) + len, parts[i].iov_base, parts[i].iov_len);
		len += parts[i].iov_len;
	}
	header.req_id = ++store->last_id;
	header.len = (uint32_t)len;
	memcpy(out, &header, sizeof(header));
	return (int)(sizeof(header) + len);
}

static int send_request(struct store *store, uint32_t type, uint32_t tx, const struct iovec *parts,
			unsigned int count)
{
	uint8_t out[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	int len = make_request(store, type, tx, parts, count, out);

	return len < 0 ? len : send_all(store, (const char *)out, (size_t)len);
}

/* Takes the answer that stands in store->in. */
static int take_answer(struct store *store, uint32_t type, uint32_t id, char **reply, size_t *len)
{
	const struct xsd_sockmsg *header = &store->in.header;

	if (header->req_id != id) {
		return talk_break(store, -EPROTO);
	}
	if (header->type == XS_ERROR) {
		return -talk_errno(store->in.payload);
	}
	if (header->type != type) {
		return talk_break(store, -EPROTO);
	}
	if (reply) {
		*reply = malloc(header->len + 1);
		if (!*reply) {
			return -ENOMEM;
		}
		memcpy(*reply, store->in.payload, header->len + 1);
		*len = header->len;
	}
	return 0;
}

/* Waits for the next answer in store->in; events on the way are queued. */
static int next_answer(struct store *store)
{
	for (;;) {
		int ret = talk_fill(store, true);

		if (ret < 0) {
			return ret;
		}
		store->have = 0;
		if (store->in.header.type != XS_WATCH_EVENT) {
			return 0;
		}
		ret = talk_queue_event(store);
		if (ret) {
			return talk_break(store, ret); /* the answer is still to come */
		}
	}
}

int talk_batch_flush(struct store *store)
{
	int ret = store->broken;

	if (!ret && store->batch_len) {
		ret = send_all(store, (const char *)store->batch, store->batch_len);
	}
	store->batch_len = 0;
	for (; !ret && store->unanswered; store->unanswered--) {
		uint32_t id = store->last_id - store->unanswered + 1;
		size_t len;
		int error;

		ret = next_answer(store);
		if (ret) {
			break;
		}
		error = take_answer(store, store->in.header.type, id, store->replies, &len);
		store->replies += store->replies != NULL;
		store->batch_error = store->batch_error ? store->batch_error : error;
	}
	store->unanswered = 0;
	return ret;
}

/* Keeps a request for later. */
static int batch_request(struct store *store, uint32_t type, uint32_t tx, const struct iovec *parts,
			 unsigned int count)
{
	const size_t most = sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX;
	int ret = 0;

	if (store->unanswered == BATCH_REQUESTS || BATCH_BYTES - store->batch_len < most) {
		ret = talk_batch_flush(store);
	}
	if (!ret) {
		ret = make_request(store, type, tx, parts, count, store->batch + store->batch_len);
	}
	if (ret < 0) {
		return ret;
	}
	store->batch_len += (size_t)ret;
	store->unanswered++;
	return 0;
}

int talk_read_later(struct store *store, uint32_t tx, const char *path)
{
	struct iovec part = talk_string(path);
	size_t len;
	int ret;

	if (store->batching) {
		return batch_request(store, XS_READ, tx, &part, 1);
	}
	ret = talk(store, XS_READ, tx, &part, 1, store->replies++, &len);
	return store->broken ? ret : 0;
}

int talk(struct store *store, uint32_t type, uint32_t tx, const struct iovec *parts,
	 unsigned int count, char **reply, size_t *len)
{
	int ret = store->broken;

	if (!ret && store->batching && !reply && type != XS_TRANSACTION_END) {
		return batch_request(store, type, tx, parts, count);
	}
	if (!ret && store->batching) {
		ret = talk_batch_flush(store);
	}
	if (!ret) {
		ret = send_request(store, type, tx, parts, count);
	}
	if (!ret) {
		ret = next_answer(store);
	}
	return ret ? ret : take_answer(store, type, store->last_id, reply, len);
}

void store_batch_begin(struct store *store)
{
	struct stat about;

	store->batch_error = 0;
	/* The kernel's device takes one request per write; without memory neither is a batch. */
	if (!fstat(store->fd, &about) && S_ISSOCK(about.st_mode)) {
		store->batch = malloc(BATCH_BYTES);
	}
	store->batching = store->batch != NULL;
}

int store_batch_end(struct store *store)
{
	int ret = store->batching ? talk_batch_flush(store) : 0;

	free(store->batch);
	store->batch = NULL;
	store->batching = false;
	return ret ? ret : store->batch_error;
}

struct iovec talk_string(const char *string)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)string, .iov_len = strlen(string) + 1};
}

int talk_path(struct store *store, uint32_t type, uint32_t tx, const char *path)
{
	struct iovec part = talk_string(path);

	return talk(store, type, tx, &part, 1, NULL, NULL);
}
