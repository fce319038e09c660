/* SPDX-License-Identifier: MIT */
/*
 * Network front: one queue, received packets copied by the back (rx-copy), no offloads, packets
 * of one page at most. The back is not trusted.
 */
#ifndef GUEST_NETFRONT_H
#define GUEST_NETFRONT_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event.h>
#include <xen/io/netif.h>

#include "xenbus/xenbus.h"

#define NETFRONT_TX_SLOTS 16U
#define NETFRONT_RX_SLOTS 64U
#define NETFRONT_MAX_PACKET 1514U

struct netfront {
	char path[XENBUS_PATH_MAX];
	char back[XENBUS_PATH_MAX];
	xen_domid_t back_domid;
	evtchn_port_t port;
	uint8_t mac[6];
	bool is_broken;
	struct ring_front tx;
	struct ring_front rx;
	int tx_ring_ref;
	int rx_ring_ref;
	struct netfront_buffer {
		char *page;
		int ref; /* -1: not with the back */
	} tx_buffers[NETFRONT_TX_SLOTS], rx_buffers[NETFRONT_RX_SLOTS];
	uint64_t received; /* packets */
	uint64_t sent;
	uint64_t dropped; /* received ones too odd to use */
};

/* A received packet, valid during the call. */
typedef void netfront_receive_t(void *arg, const uint8_t *packet, uint32_t length);

/* Connects to device/vif/ID. 0 or a negative errno; ENODEV when there is none. */
int netfront_open(struct netfront *dev, unsigned int id, uint64_t timeout);

/* Copies a packet and sends it. EAGAIN when the ring is full, EIO when the device is broken. */
int netfront_send(struct netfront *dev, const void *packet, uint32_t length);

/* Hands over what arrived, and gives the pages back. EIO when the device is broken. */
int netfront_poll(struct netfront *dev, netfront_receive_t *receive, void *arg);

int netfront_close(struct netfront *dev, uint64_t timeout);

/* For connect.c: offers all free receive pages to the back. */
void netfront_refill(struct netfront *dev);

#endif /* GUEST_NETFRONT_H */
