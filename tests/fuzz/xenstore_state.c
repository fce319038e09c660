/* SPDX-License-Identifier: MIT */
/*
 * An old daemon's state that may say anything: the records of the input, with a header that fits.
 * What is accepted must be sound, live through some requests, and be written and read again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../dom0-tools/stored/control.h"
#include "../../dom0-tools/stored/crc.h"
#include "../../dom0-tools/stored/domain.h"
#include "../../dom0-tools/stored/state.h"
#include "../../dom0-tools/stored/transaction.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t quiet_read(struct transport *transport, void *to, size_t len)
{
	(void)transport;
	(void)to;
	(void)len;
	return -EAGAIN;
}

static ssize_t swallow(struct transport *transport, const void *from, size_t len)
{
	(void)transport;
	(void)from;
	return (ssize_t)len;
}

static void free_transport(struct transport *transport)
{
	free(transport);
}

static const struct transport_ops socket_ops = {.read = quiet_read,
						.write = swallow,
						.close = free_transport};
static const struct transport_ops ring_ops = {.is_ring = true,
					      .read = quiet_read,
					      .write = swallow,
					      .close = free_transport};

static int take_socket(void *arg, uint32_t fd, struct transport **transport)
{
	(void)arg;
	(void)fd;
	*transport = calloc(1, sizeof(**transport));
	(*transport)->ops = &socket_ops;
	return 0;
}

static int take_ring(void *arg, uint16_t domid, uint32_t port, uint32_t ours,
		     struct transport **transport)
{
	if (port == 3) {
		return -EINVAL;
	}
	take_socket(arg, ours, transport);
	(void)domid;
	(*transport)->ops = &ring_ops;
	return 0;
}

static const struct state_source source = {.socket = take_socket, .ring = take_ring};
static const struct stored_backend backend;

/* Ends every transaction, sends all that waits, frees every domain. */
static void use(struct stored *stored)
{
	struct connection *connection;
	struct transaction *tx;
	struct domain *domain;

	for (unsigned int i = 0; i < 64 && connections_run(stored); i++) {
	}
	TAILQ_FOREACH(connection, &stored->connections, link)
	{
		while ((tx = LIST_FIRST(&connection->transactions))) {
			tx_commit(tx);
		}
	}
	while ((domain = TAILQ_FIRST(&stored->domains))) {
		domain_release(stored, domain->domid);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes state = {0}, again = {0};
	const char *check[] = {"check"}, *fault;
	struct stored *stored;
	char text[128];

	bytes_put(&state, STATE_MAGIC, 8);
	bytes_put_number(&state, STATE_VERSION, 4);
	bytes_put_number(&state, crc32_of(data, size), 4);
	bytes_put_number(&state, size, 8);
	bytes_put(&state, data, size);
	stored = state_load(&backend, &source, state.data, state.len, &fault);
	bytes_free(&state);
	if (!stored) {
		return 0;
	}
	control_run(stored, check, 1, text, sizeof(text));
	state_dump(stored, true, &again);
	use(stored);
	if (!strstr(text, " 0 faults")) {
		fprintf(stderr, "unsound: %s\n", text);
		abort();
	}
	stored_destroy(stored);
	stored = state_load(&backend, &source, again.data, again.len, &fault);
	bytes_free(&again);
	if (!stored) {
		fprintf(stderr, "it does not read what it has written: %s\n", fault);
		abort();
	}
	stored_destroy(stored);
	return 0;
}
