/* SPDX-License-Identifier: MIT */
/* Xenstore client: messages on the ring, and the calls made of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/event.h>
#include <xen/io/ring.h>
#include <xen/io/xs_wire.h>

#include "port/port.h"
#include "xenbus.h"

static struct {
	struct xenstore_domain_interface *ring;
	RING_IDX req_prod; /* our copies of our indices: the page is the daemon's too */
	RING_IDX rsp_cons;
	uint32_t port;
	uint32_t next_id;
	bool watch_fired;
	bool is_broken;
} bus;

/* One part of a request's payload. */
struct part {
	const void *data;
	uint32_t length;
};

static const struct {
	const char *name;
	int number;
} errors[] = {
	{"EINVAL", EINVAL}, {"EACCES", EACCES}, {"EEXIST", EEXIST}, {"ENOENT", ENOENT},
	{"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC}, {"EIO", EIO},       {"ENOSYS", ENOSYS},
	{"EBUSY", EBUSY},   {"EAGAIN", EAGAIN}, {"EPERM", EPERM},   {"E2BIG", E2BIG},
};

static void event(void *arg)
{
	(void)arg;
}

static void notify(void)
{
	struct evtchn_send send = {.port = bus.port};

	port_evtchn_op(EVTCHNOP_send, &send);
}

static int broken(void)
{
	bus.is_broken = true;
	return -EIO;
}

static int put(const void *data, uint32_t length)
{
	const char *p = data;

	while (length > 0) {
		int32_t n = ring_bytes_write(bus.ring->req, XENSTORE_RING_SIZE, &bus.ring->req_prod,
					     &bus.req_prod, &bus.ring->req_cons, p, length);

		if (n < 0) {
			return broken();
		}
		if (n == 0) {
			notify();
			port_wait(0);
		}
		p += n;
		length -= (uint32_t)n;
	}
	return 0;
}

static int get(void *data, uint32_t length)
{
	char *p = data;

	while (length > 0) {
		int32_t n = ring_bytes_read(bus.ring->rsp, XENSTORE_RING_SIZE, &bus.ring->rsp_prod,
					    &bus.ring->rsp_cons, &bus.rsp_cons, p, length);

		if (n < 0) {
			return broken();
		}
		if (n == 0) {
			port_wait(0);
			continue;
		}
		notify();
		p += n;
		length -= (uint32_t)n;
	}
	return 0;
}

static bool reply_is_waiting(void)
{
	return ring_load(&bus.ring->rsp_prod) != bus.rsp_cons;
}

static int error_number(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, name) == 0) {
			return -errors[i].number;
		}
	}
	return -EIO;
}

/* Takes one message; the payload is cut to the buffer (size - 1, then a NUL). */
static int message_take(struct xsd_sockmsg *header, char *buffer, uint32_t size)
{
	uint32_t kept, rest;
	char drop[64];
	int rc = get(header, sizeof(*header));

	if (rc != 0) {
		return rc;
	}
	if (header->len > XENSTORE_PAYLOAD_MAX) {
		return broken();
	}
	kept = header->len < size - 1 ? header->len : size - 1;
	rc = get(buffer, kept);
	buffer[rc == 0 ? kept : 0] = '\0';
	for (rest = header->len - kept; rest > 0 && rc == 0;) {
		uint32_t n = rest < sizeof(drop) ? rest : sizeof(drop);

		rc = get(drop, n);
		rest -= n;
	}
	return rc != 0 ? rc : (int)kept;
}

/* Sends one request and waits for its answer; returns the answer's length or a negative errno. */
static int call(uint32_t type, const struct part *parts, unsigned int count, char *answer,
		uint32_t size)
{
	struct xsd_sockmsg header = {.type = type, .req_id = ++bus.next_id};
	int rc;

	if (bus.ring == NULL || bus.is_broken) {
		return -EIO;
	}
	for (unsigned int i = 0; i < count; i++) {
		header.len += parts[i].length;
	}
	if (header.len > XENSTORE_PAYLOAD_MAX) {
		return -E2BIG;
	}
	rc = put(&header, sizeof(header));
	for (unsigned int i = 0; i < count && rc == 0; i++) {
		rc = put(parts[i].data, parts[i].length);
	}
	if (rc != 0) {
		return rc;
	}
	notify();
	for (;;) {
		rc = message_take(&header, answer, size);
		if (rc < 0) {
			return rc;
		}
		if (header.type == XS_WATCH_EVENT) {
			bus.watch_fired = true;
		} else if (header.req_id != bus.next_id) {
			return broken();
		} else if (header.type == XS_ERROR) {
			return error_number(answer);
		} else {
			return header.type == type ? rc : broken();
		}
	}
}

static struct part text(const char *s)
{
	return (struct part){s, (uint32_t)strlen(s) + 1};
}

int xenbus_init(void)
{
	memset(&bus, 0, sizeof(bus));
	bus.ring = port_xenstore_ring(&bus.port);
	if (bus.ring == NULL) {
		return -ENODEV;
	}
	bus.req_prod = bus.ring->req_prod;
	bus.rsp_cons = bus.ring->rsp_cons;
	port_event_handle(bus.port, event, NULL);
	return 0;
}

int xenbus_read(const char *path, char *value, size_t size)
{
	struct part parts[] = {text(path)};

	return call(XS_READ, parts, 1, value, (uint32_t)size);
}

long xenbus_read_number(const char *path)
{
	char value[32], *end;
	int rc = xenbus_read(path, value, sizeof(value));
	unsigned long number;

	if (rc < 0) {
		return rc;
	}
	number = strtoul(value, &end, 0);
	return end == value || *end != '\0' ? -EINVAL : (long)number;
}

int xenbus_read_key(const char *dir, const char *key, char *value, size_t size)
{
	char path[XENBUS_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, key) >= (int)sizeof(path)) {
		return -E2BIG;
	}
	return xenbus_read(path, value, size);
}

long xenbus_read_key_number(const char *dir, const char *key)
{
	char path[XENBUS_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, key) >= (int)sizeof(path)) {
		return -E2BIG;
	}
	return xenbus_read_number(path);
}

int xenbus_write(const char *path, const char *value)
{
	struct part parts[] = {text(path), {value, (uint32_t)strlen(value)}};
	char answer[16];
	int rc = call(XS_WRITE, parts, 2, answer, sizeof(answer));

	return rc < 0 ? rc : 0;
}

int xenbus_write_key(const char *dir, const char *key, const char *value)
{
	char path[XENBUS_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, key) >= (int)sizeof(path)) {
		return -E2BIG;
	}
	return xenbus_write(path, value);
}

int xenbus_write_key_number(const char *dir, const char *key, unsigned long value)
{
	char number[24];

	snprintf(number, sizeof(number), "%lu", value);
	return xenbus_write_key(dir, key, number);
}

int xenbus_directory(const char *path, char *names, size_t size)
{
	struct part parts[] = {text(path)};
	int length = call(XS_DIRECTORY, parts, 1, names, (uint32_t)size - 1);
	int count = 0;

	if (length < 0) {
		return length;
	}
	names[length] = '\0';
	names[length + 1] = '\0';
	for (int i = 0; i < length; i++) {
		count += names[i] == '\0';
	}
	return count;
}

static int watch_call(uint32_t type, const char *path, const char *token)
{
	struct part parts[] = {text(path), text(token)};
	char answer[16];
	int rc = call(type, parts, 2, answer, sizeof(answer));

	return rc < 0 ? rc : 0;
}

int xenbus_watch(const char *path, const char *token)
{
	return watch_call(XS_WATCH, path, token);
}

int xenbus_unwatch(const char *path, const char *token)
{
	return watch_call(XS_UNWATCH, path, token);
}

bool xenbus_changed(void)
{
	bool fired;

	while (bus.ring != NULL && !bus.is_broken && reply_is_waiting()) {
		struct xsd_sockmsg header;
		char drop[16];

		if (message_take(&header, drop, sizeof(drop)) >= 0 &&
		    header.type == XS_WATCH_EVENT) {
			bus.watch_fired = true;
		}
	}
	fired = bus.watch_fired;
	bus.watch_fired = false;
	return fired;
}

int xenbus_wait_state(const char *dir, unsigned int mask, unsigned long deadline)
{
	char path[XENBUS_PATH_MAX];
	long state;
	int rc;

	if (snprintf(path, sizeof(path), "%s/state", dir) >= (int)sizeof(path)) {
		return -E2BIG;
	}
	rc = xenbus_watch(path, "state");
	if (rc != 0) {
		return rc;
	}
	for (;;) {
		xenbus_changed();
		state = xenbus_read_number(path);
		if (state < 0 || (state < 32 && (mask >> state & 1))) {
			break;
		}
		if (deadline != 0 && port_now() >= deadline) {
			state = -ETIMEDOUT;
			break;
		}
		if (!xenbus_changed()) {
			port_wait(deadline);
		}
	}
	xenbus_unwatch(path, "state");
	return (int)state;
}
