/* SPDX-License-Identifier: MIT */
/* Console rings: draining by turns, feeding, connecting. */
#include "wire.h"

#include <errno.h>
#include <string.h>

#include "../libdaemon/log.h"

void wires_init(struct wires *wires)
{
	TAILQ_INIT(&wires->all);
	TAILQ_INIT(&wires->ready);
}

void wire_init(struct wire *wire, struct wires *wires, const struct wire_ops *ops, uint16_t domid,
	       const char *what)
{
	*wire = (struct wire){.wires = wires, .ops = ops, .domid = domid, .what = what};
}

static void wire_wake(struct wire *wire)
{
	if (!wire->ready && wire->page && !wire->broken) {
		wire->ready = true;
		TAILQ_INSERT_TAIL(&wire->wires->ready, wire, ready_link);
	}
}

static void wire_sleep(struct wire *wire)
{
	if (wire->ready) {
		wire->ready = false;
		TAILQ_REMOVE(&wire->wires->ready, wire, ready_link);
	}
}

int wire_connect(struct wire *wire, struct xencons_interface *page, uint32_t port)
{
	const struct wire_backend *backend = wire->wires->backend;
	int ret = backend->bind(backend->arg, wire->domid, port);

	if (ret < 0) {
		backend->unmap(backend->arg, page);
		return ret;
	}
	wire->page = page;
	wire->port = ret;
	wire->left = WIRE_PER_PERIOD;
	wire->broken = false;
	wire->masked = false;
	wire->starved = false;
	TAILQ_INSERT_TAIL(&wire->wires->all, wire, link);
	wire_wake(wire); /* it may have sent before we came */
	return 0;
}

void wire_disconnect(struct wire *wire)
{
	const struct wire_backend *backend = wire->wires->backend;

	if (!wire->page) {
		return;
	}
	wire_sleep(wire);
	TAILQ_REMOVE(&wire->wires->all, wire, link);
	backend->unbind(backend->arg, wire->port);
	backend->unmap(backend->arg, wire->page);
	wire->port = 0;
	wire->page = NULL;
}

void wire_feed(struct wire *wire)
{
	const struct wire_backend *backend = wire->wires->backend;
	char bytes[sizeof(wire->page->in)];
	ssize_t room = wire->page && !wire->broken ? ring_room(wire->page) : 0;
	size_t len;

	if (room < 0) {
		wire->broken = true;
		return;
	}
	len = room ? wire->ops->take(wire, bytes, (size_t)room) : 0;
	if (len) {
		ring_give(wire->page, bytes, len);
		backend->notify(backend->arg, wire->port);
	}
	wire->waiting = !room;
	wire->ops->listen(wire, !wire->waiting);
}

/* Moves what the ring holds, up to `limit` bytes, to the owner. */
static size_t drain(struct wire *wire, size_t limit)
{
	char bytes[sizeof(wire->page->out)];
	ssize_t len = ring_take(wire->page, bytes, limit < sizeof(bytes) ? limit : sizeof(bytes));

	if (len < 0) {
		if (!wire->told) {
			log_warn("domain %u: its %s ring makes no sense; it is not read any more",
				 wire->domid, wire->what);
		}
		wire->told = true;
		wire->broken = true;
		return 0;
	}
	if (len) {
		wire->ops->sent(wire, bytes, (size_t)len);
	}
	return (size_t)len;
}

void wire_drain(struct wire *wire)
{
	if (wire->page && !wire->broken) {
		drain(wire, sizeof(wire->page->out));
	}
}

/* One turn. Whoever stays out of the ready list waits for an event or, starved, for the next
 * period. */
static void wire_turn(struct wire *wire)
{
	const struct wire_backend *backend = wire->wires->backend;
	size_t len;

	wire->wires->busy = true;
	if (!wire->left || wire->ops->is_full(wire)) {
		wire->starved = true;
		return;
	}
	len = drain(wire, wire->left);
	wire->left -= (unsigned int)len;
	if (len) {
		backend->notify(backend->arg, wire->port);
		wire_wake(wire);
	} else if (wire->masked && !wire->broken) {
		/* Empty: let the next event through. What came between the look and the
		 * unmasking has left the port pending. */
		wire->masked = false;
		backend->unmask(backend->arg, wire->port);
	}
	if (wire->waiting) {
		wire_feed(wire);
	}
}

bool wires_run(struct wires *wires)
{
	struct wire *wire;
	size_t turns = 0;

	TAILQ_FOREACH(wire, &wires->ready, ready_link)
	{
		turns++;
	}
	while (turns-- && (wire = TAILQ_FIRST(&wires->ready))) {
		wire_sleep(wire);
		wire_turn(wire);
	}
	return !TAILQ_EMPTY(&wires->ready);
}

void wires_event(struct wires *wires, int port)
{
	struct wire *wire;

	TAILQ_FOREACH(wire, &wires->all, link)
	{
		if (wire->port == port) {
			wire->masked = true;
			wire_wake(wire);
			return;
		}
	}
}

void wires_tick(struct wires *wires)
{
	struct wire *wire;

	wires->busy = false;
	TAILQ_FOREACH(wire, &wires->all, link)
	{
		wires->busy = wires->busy || wire->starved || wire->left < WIRE_PER_PERIOD;
		wire->left = WIRE_PER_PERIOD;
		if (wire->starved) {
			wire->starved = false;
			wire_wake(wire);
		}
	}
}
