/* SPDX-License-Identifier: MIT */
/* Clients without sockets or rings. */
#include "fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../dom0-tools/stored/control.h"

static ssize_t fake_read(struct transport *transport, void *to, size_t len)
{
	struct fake *fake = (struct fake *)transport;

	if (fake->fault) {
		return fake->fault;
	}
	if (!fake->in_len) {
		return -EAGAIN;
	}
	len = len < fake->in_len ? len : fake->in_len;
	memcpy(to, fake->in, len);
	fake->in_len -= len;
	memmove(fake->in, fake->in + len, fake->in_len);
	return (ssize_t)len;
}

static ssize_t fake_write(struct transport *transport, const void *from, size_t len)
{
	struct fake *fake = (struct fake *)transport;
	size_t room = fake->out_limit > fake->out_len ? fake->out_limit - fake->out_len : 0;

	if (fake->fault) {
		return fake->fault;
	}
	if (!room) {
		return -EAGAIN;
	}
	len = len < room ? len : room;
	memcpy(fake->out + fake->out_len, from, len);
	fake->out_len += len;
	return (ssize_t)len;
}

static void fake_stopped(struct transport *transport, uint32_t error)
{
	struct fake *fake = (struct fake *)transport;

	fake->stopped = error;
}

static void fake_close(struct transport *transport)
{
	free(transport);
}

static const struct transport_ops client_ops = {
	.read = fake_read,
	.write = fake_write,
	.close = fake_close,
};

static const struct transport_ops guest_ops = {
	.read = fake_read,
	.write = fake_write,
	.stopped = fake_stopped,
	.close = fake_close,
};

static struct fake *make_fake(const struct transport_ops *ops)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	fake->transport.ops = ops;
	fake->out_limit = FAKE_ROOM;
	return fake;
}

struct fake *fake_heir(bool is_guest)
{
	return make_fake(is_guest ? &guest_ops : &client_ops);
}

static int ring_open(void *arg, uint16_t domid, uint32_t port, struct transport **transport)
{
	(void)arg;
	(void)domid;
	if (port == 666) {
		return -EINVAL;
	}
	*transport = &make_fake(&guest_ops)->transport;
	return 0;
}

static int ring_rebind(void *arg, struct transport *transport, uint32_t port)
{
	(void)arg;
	(void)transport;
	return port == 666 ? -EINVAL : 0;
}

static const struct stored_backend backend = {
	.ring_open = ring_open,
	.ring_rebind = ring_rebind,
};

struct stored *fake_store(void)
{
	struct stored *stored = stored_create(&backend);

	assert_non_null(stored);
	return stored;
}

struct fake *fake_client(struct stored *stored)
{
	struct fake *fake = make_fake(&client_ops);

	fake->connection = connection_create(stored, &fake->transport, 0);
	assert_non_null(fake->connection);
	return fake;
}

struct fake *fake_guest(struct stored *stored, uint16_t domid)
{
	struct fake *dom0 = fake_client(stored);
	char text[96];
	struct fake *fake;
	int len;

	len = snprintf(text, sizeof(text), "/local/domain/%u", domid) + 1;
	ask(dom0, XS_MKDIR, 0, text, (size_t)len);
	len += snprintf(text + len, sizeof(text) - (size_t)len, "n%u", domid) + 1;
	ask(dom0, XS_SET_PERMS, 0, text, (size_t)len);
	len = snprintf(text, sizeof(text), "%u%c%u%c%u", domid, 0, 1000 + domid, 0, 7) + 1;
	ask(dom0, XS_INTRODUCE, 0, text, (size_t)len);
	assert_string_equal(dom0->reply.data, "OK");
	connection_destroy(dom0->connection);
	fake = (struct fake *)domain_find(stored, domid)->connection->transport;
	fake->connection = domain_find(stored, domid)->connection;
	return fake;
}

void fake_run(struct stored *stored)
{
	while (connections_run(stored)) {
	}
}

void fake_put(struct fake *fake, const void *bytes, size_t len)
{
	assert_true(fake->in_len + len <= FAKE_ROOM);
	if (len) {
		memcpy(fake->in + fake->in_len, bytes, len);
	}
	fake->in_len += len;
	connection_wake(fake->connection);
}

void fake_send(struct fake *fake, uint32_t type, uint32_t tx, const void *data, size_t len)
{
	struct xsd_sockmsg header = {
		.type = type,
		.req_id = ++fake->last_id,
		.tx_id = tx,
		.len = (uint32_t)len,
	};

	fake_put(fake, &header, sizeof(header));
	fake_put(fake, data, len);
}

static void keep_event(struct fake *fake, const char *payload)
{
	unsigned int at = fake->event_count++ % FAKE_EVENTS;

	snprintf(fake->events[at], sizeof(fake->events[at]), "%.100s %.50s", payload,
		 payload + strlen(payload) + 1);
}

bool fake_take(struct fake *fake)
{
	struct xsd_sockmsg header;
	size_t len;

	for (;;) {
		if (fake->out_len < sizeof(header)) {
			return false;
		}
		memcpy(&header, fake->out, sizeof(header));
		assert_true(header.len <= XENSTORE_PAYLOAD_MAX);
		len = sizeof(header) + header.len;
		if (fake->out_len < len) {
			return false;
		}
		fake->reply.type = header.type;
		fake->reply.len = header.len;
		memcpy(fake->reply.data, fake->out + sizeof(header), header.len);
		fake->reply.data[header.len] = '\0';
		fake->out_len -= len;
		memmove(fake->out, fake->out + len, fake->out_len);
		connection_wake(fake->connection);
		if (header.type != XS_WATCH_EVENT) {
			return true;
		}
		keep_event(fake, fake->reply.data);
	}
}

void ask(struct fake *fake, uint32_t type, uint32_t tx, const void *data, size_t len)
{
	fake_send(fake, type, tx, data, len);
	fake_run(fake->connection->stored);
	assert_true(fake_take(fake));
}

const char *next_event(struct fake *fake)
{
	connection_wake(fake->connection); /* it may have got room */
	fake_run(fake->connection->stored);
	assert_false(fake_take(fake));
	assert_true(fake->event_count - fake->event_next <= FAKE_EVENTS);
	if (fake->event_next == fake->event_count) {
		return NULL;
	}
	return fake->events[fake->event_next++ % FAKE_EVENTS];
}

void drop_events(struct fake *fake)
{
	while (next_event(fake)) {
	}
}

uint32_t begin(struct fake *fake)
{
	ASK(fake, XS_TRANSACTION_START, 0, "");
	assert_int_equal(fake->reply.type, XS_TRANSACTION_START);
	return (uint32_t)strtoul(fake->reply.data, NULL, 10);
}

const char *commit(struct fake *fake, uint32_t tx)
{
	ASK(fake, XS_TRANSACTION_END, tx, "T");
	return fake->reply.data;
}

void check_store(struct stored *stored)
{
	const char *parts[] = {"check"};
	char text[256];

	assert_int_equal(control_run(stored, parts, 1, text, sizeof(text)), 0);
	if (!strstr(text, " 0 faults")) {
		fail_msg("the store is not sound: %s", text);
	}
}

int world_setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->stored = fake_store();
	world->dom0 = fake_client(world->stored);
	*state = world;
	return 0;
}

int world_teardown(void **state)
{
	struct world *world = *state;

	check_store(world->stored);
	stored_destroy(world->stored);
	free(world);
	return 0;
}
