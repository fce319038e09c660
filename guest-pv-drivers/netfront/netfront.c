/* SPDX-License-Identifier: MIT */
/* Network front: packets. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "gnttab/gnttab.h"
#include "netfront.h"
#include "port/port.h"

static int device_break(struct netfront *dev)
{
	dev->is_broken = true;
	return -EIO;
}

static void notify(struct netfront *dev)
{
	struct evtchn_send send = {.port = dev->port};

	port_evtchn_op(EVTCHNOP_send, &send);
}

/* Takes a buffer back from the other side. */
static int buffer_take(struct netfront *dev, struct netfront_buffer *buffers, unsigned int count,
		       unsigned int id)
{
	if (id >= count || buffers[id].ref < 0 || !gnttab_revoke(buffers[id].ref)) {
		return device_break(dev);
	}
	buffers[id].ref = -1;
	return 0;
}

static int sent_take(struct netfront *dev)
{
	int32_t waiting;

	while ((waiting = ring_front_final_check(&dev->tx)) > 0) {
		while (waiting-- > 0) {
			struct netif_tx_response rsp;

			ring_front_take_response(&dev->tx, &rsp, sizeof(rsp));
			if (rsp.status == NETIF_RSP_NULL) {
				continue;
			}
			if (buffer_take(dev, dev->tx_buffers, NETFRONT_TX_SLOTS, rsp.id) != 0) {
				return -EIO;
			}
		}
	}
	return waiting < 0 ? device_break(dev) : 0;
}

int netfront_send(struct netfront *dev, const void *packet, uint32_t length)
{
	struct netif_tx_request req = {.size = (uint16_t)length};
	unsigned int id = 0;

	if (length == 0 || length > NETFRONT_MAX_PACKET) {
		return -EINVAL;
	}
	if (dev->is_broken || sent_take(dev) != 0) {
		return -EIO;
	}
	while (id < NETFRONT_TX_SLOTS && dev->tx_buffers[id].ref >= 0) {
		id++;
	}
	if (id == NETFRONT_TX_SLOTS || ring_front_free(&dev->tx) == 0) {
		return -EAGAIN;
	}
	memcpy(dev->tx_buffers[id].page, packet, length);
	dev->tx_buffers[id].ref = gnttab_grant(dev->back_domid, dev->tx_buffers[id].page, true);
	if (dev->tx_buffers[id].ref < 0) {
		return -EAGAIN;
	}
	req.gref = (grant_ref_t)dev->tx_buffers[id].ref;
	req.id = (uint16_t)id;
	memcpy(ring_front_next_request(&dev->tx), &req, sizeof(req));
	dev->sent++;
	if (ring_front_push(&dev->tx)) {
		notify(dev);
	}
	return 0;
}

void netfront_refill(struct netfront *dev)
{
	for (unsigned int id = 0; id < NETFRONT_RX_SLOTS; id++) {
		struct netfront_buffer *b = &dev->rx_buffers[id];
		struct netif_rx_request req = {.id = (uint16_t)id};

		if (b->ref >= 0 || ring_front_free(&dev->rx) == 0) {
			continue;
		}
		b->ref = gnttab_grant(dev->back_domid, b->page, false);
		if (b->ref < 0) {
			break;
		}
		req.gref = (grant_ref_t)b->ref;
		memcpy(ring_front_next_request(&dev->rx), &req, sizeof(req));
	}
	if (ring_front_push(&dev->rx)) {
		notify(dev);
	}
}

/* One answer of the receive ring; *extra: the slot after it is no packet. */
static int received_take(struct netfront *dev, bool *extra, bool *more, netfront_receive_t *receive,
			 void *arg)
{
	struct netif_rx_response rsp;
	bool is_extra = *extra, is_rest = *more;

	ring_front_take_response(&dev->rx, &rsp, sizeof(rsp));
	if (is_extra) {
		/* an extra slot has another layout, and the request it answers keeps its page */
		return device_break(dev);
	}
	if (buffer_take(dev, dev->rx_buffers, NETFRONT_RX_SLOTS, rsp.id) != 0) {
		return -EIO;
	}
	*extra = rsp.flags & NETRXF_extra_info;
	*more = rsp.flags & NETRXF_more_data;
	if (rsp.status <= 0 || is_rest || *more) {
		dev->dropped++;
		return 0;
	}
	if (rsp.offset > 4096 || rsp.status > 4096 - rsp.offset) {
		return device_break(dev);
	}
	dev->received++;
	receive(arg, (const uint8_t *)dev->rx_buffers[rsp.id].page + rsp.offset,
		(uint32_t)rsp.status);
	return 0;
}

int netfront_poll(struct netfront *dev, netfront_receive_t *receive, void *arg)
{
	bool extra = false, more = false;
	int32_t waiting;

	if (dev->is_broken || sent_take(dev) != 0) {
		return -EIO;
	}
	while ((waiting = ring_front_final_check(&dev->rx)) > 0) {
		while (waiting-- > 0) {
			if (received_take(dev, &extra, &more, receive, arg) != 0) {
				return -EIO;
			}
		}
		netfront_refill(dev);
	}
	return waiting < 0 ? device_break(dev) : 0;
}
