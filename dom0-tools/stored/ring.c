/* SPDX-License-Identifier: MIT */
/* Reading and writing the shared page: each index is fetched once and checked. */
#include "ring.h"

#include <errno.h>
#include <string.h>

static uint32_t fetch(const uint32_t *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static void publish(uint32_t *index, uint32_t value)
{
	__atomic_store_n(index, value, __ATOMIC_RELEASE);
}

static ssize_t ring_read(struct transport *transport, void *to, size_t len)
{
	struct ring *ring = (struct ring *)transport;
	struct xenstore_domain_interface *page = ring->page;
	uint32_t cons = fetch(&page->req_cons);
	uint32_t ready = fetch(&page->req_prod) - cons;
	uint32_t at = MASK_XENSTORE_IDX(cons);

	if (ready > XENSTORE_RING_SIZE) {
		return -EBADMSG;
	}
	if (!ready) {
		return -EAGAIN;
	}
	len = len < ready ? len : ready;
	len = len < XENSTORE_RING_SIZE - at ? len : XENSTORE_RING_SIZE - at;
	memcpy(to, page->req + at, len);
	publish(&page->req_cons, cons + (uint32_t)len);
	ring->moved = true;
	return (ssize_t)len;
}

static ssize_t ring_write(struct transport *transport, const void *from, size_t len)
{
	struct ring *ring = (struct ring *)transport;
	struct xenstore_domain_interface *page = ring->page;
	uint32_t prod = fetch(&page->rsp_prod);
	uint32_t used = prod - fetch(&page->rsp_cons);
	uint32_t at = MASK_XENSTORE_IDX(prod);

	if (used > XENSTORE_RING_SIZE) {
		return -EBADMSG;
	}
	if (used == XENSTORE_RING_SIZE) {
		return -EAGAIN;
	}
	len = len < XENSTORE_RING_SIZE - used ? len : XENSTORE_RING_SIZE - used;
	len = len < XENSTORE_RING_SIZE - at ? len : XENSTORE_RING_SIZE - at;
	memcpy(page->rsp + at, from, len);
	publish(&page->rsp_prod, prod + (uint32_t)len);
	ring->moved = true;
	return (ssize_t)len;
}

static void ring_flush(struct transport *transport)
{
	struct ring *ring = (struct ring *)transport;

	if (ring->moved) {
		ring->moved = false;
		ring->notify(ring);
	}
}

static void ring_stopped(struct transport *transport, uint32_t error)
{
	struct ring *ring = (struct ring *)transport;

	publish(&ring->page->error, error);
	ring->notify(ring);
}

static void ring_close(struct transport *transport)
{
	struct ring *ring = (struct ring *)transport;

	ring->release(ring);
}

static uint32_t ring_port(struct transport *transport)
{
	return ((struct ring *)transport)->port;
}

static const struct transport_ops ring_ops = {
	.is_ring = true,
	.port = ring_port,
	.read = ring_read,
	.write = ring_write,
	.flush = ring_flush,
	.stopped = ring_stopped,
	.close = ring_close,
};

void ring_resume(struct ring *ring)
{
	ring->transport.ops = &ring_ops;
	ring->moved = true; /* the other end may wait for what the old daemon did last */
}

void ring_init(struct ring *ring)
{
	ring->transport.ops = &ring_ops;
	publish(&ring->page->server_features,
		XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
	publish(&ring->page->error, XENSTORE_ERROR_NONE);
}

bool ring_reconnect(struct ring *ring)
{
	struct xenstore_domain_interface *page = ring->page;

	if (fetch(&page->connection) != XENSTORE_RECONNECT) {
		return false;
	}
	publish(&page->req_cons, 0);
	publish(&page->req_prod, 0);
	publish(&page->rsp_cons, 0);
	publish(&page->rsp_prod, 0);
	publish(&page->error, XENSTORE_ERROR_NONE);
	publish(&page->connection, XENSTORE_CONNECTED);
	ring->notify(ring);
	return true;
}
