/* SPDX-License-Identifier: MIT */
/* Network front: how front and back meet in xenstore, and how they part. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnttab/gnttab.h"
#include "netfront.h"
#include "port/port.h"

static void event(void *arg)
{
	(void)arg;
}

static int ring_create(struct netfront *dev, struct ring_front *ring, uint32_t entry_size, int *ref)
{
	struct ring_shared *shared = port_page_alloc();

	*ref = -1;
	if (shared == NULL) {
		return -ENOMEM;
	}
	ring_shared_init(shared);
	ring_front_init(ring, shared, 4096, entry_size);
	*ref = gnttab_grant(dev->back_domid, shared, false);
	return *ref < 0 ? -ENOMEM : 0;
}

/* What the back still maps can't be reused: it is lost on purpose. */
static void page_release(void *page, int *ref)
{
	bool ours = *ref < 0 || gnttab_revoke(*ref);

	*ref = -1;
	if (ours && page != NULL) {
		port_page_free(page);
	}
}

static void device_release(struct netfront *dev)
{
	struct evtchn_close close = {.port = dev->port};

	if (dev->port != 0) {
		port_event_handle(dev->port, NULL, NULL);
		port_evtchn_op(EVTCHNOP_close, &close);
		dev->port = 0;
	}
	page_release(dev->tx.shared, &dev->tx_ring_ref);
	page_release(dev->rx.shared, &dev->rx_ring_ref);
	for (unsigned int i = 0; i < NETFRONT_TX_SLOTS; i++) {
		page_release(dev->tx_buffers[i].page, &dev->tx_buffers[i].ref);
	}
	for (unsigned int i = 0; i < NETFRONT_RX_SLOTS; i++) {
		page_release(dev->rx_buffers[i].page, &dev->rx_buffers[i].ref);
	}
	dev->tx.shared = NULL;
	dev->rx.shared = NULL;
	dev->is_broken = true;
}

static int buffers_create(struct netfront_buffer *buffers, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		buffers[i].page = port_page_alloc();
		if (buffers[i].page == NULL) {
			return -ENOMEM;
		}
	}
	return 0;
}

static int device_create(struct netfront *dev)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = dev->back_domid,
	};
	int rc = ring_create(dev, &dev->tx, sizeof(union netif_tx_sring_entry), &dev->tx_ring_ref);

	rc = rc != 0 ? rc
		     : ring_create(dev, &dev->rx, sizeof(union netif_rx_sring_entry),
				   &dev->rx_ring_ref);
	rc = rc != 0 ? rc : buffers_create(dev->tx_buffers, NETFRONT_TX_SLOTS);
	rc = rc != 0 ? rc : buffers_create(dev->rx_buffers, NETFRONT_RX_SLOTS);
	rc = rc != 0 ? rc : (int)port_evtchn_op(EVTCHNOP_alloc_unbound, &alloc);
	if (rc == 0) {
		dev->port = alloc.port;
		port_event_handle(dev->port, event, NULL);
		netfront_refill(dev);
	}
	return rc;
}

static int publish(const struct netfront *dev)
{
	static const char *const features[] = {
		"request-rx-copy",
		"feature-rx-notify",
		"feature-no-csum-offload",
	};
	const char *p = dev->path;
	int rc = xenbus_write_key_number(p, "tx-ring-ref", (unsigned int)dev->tx_ring_ref);

	rc = rc != 0 ? rc
		     : xenbus_write_key_number(p, "rx-ring-ref", (unsigned int)dev->rx_ring_ref);
	rc = rc != 0 ? rc : xenbus_write_key_number(p, "event-channel", dev->port);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]) && rc == 0; i++) {
		rc = xenbus_write_key(p, features[i], "1");
	}
	return rc != 0 ? rc : xenbus_write_key_number(p, "state", XenbusStateConnected);
}

/* Six bytes in hexadecimal, colons between. */
static int mac_parse(const char *text, uint8_t *mac)
{
	for (unsigned int i = 0; i < 6; i++) {
		char *end;
		unsigned long byte = strtoul(text, &end, 16);

		if (end == text || byte > 255 || *end != (i < 5 ? ':' : '\0')) {
			return -EINVAL;
		}
		mac[i] = (uint8_t)byte;
		text = end + 1;
	}
	return 0;
}

static int back_find(struct netfront *dev)
{
	char mac[24];
	long domid = xenbus_read_key_number(dev->path, "backend-id");
	int rc = xenbus_read_key(dev->path, "backend", dev->back, sizeof(dev->back));

	if (rc < 0 || domid < 0 || domid >= DOMID_FIRST_RESERVED ||
	    xenbus_read_key(dev->path, "mac", mac, sizeof(mac)) < 0 ||
	    mac_parse(mac, dev->mac) != 0) {
		return -ENODEV;
	}
	dev->back_domid = (xen_domid_t)domid;
	return 0;
}

int netfront_open(struct netfront *dev, unsigned int id, uint64_t timeout)
{
	uint64_t deadline = port_now() + timeout;
	int rc;

	memset(dev, 0, sizeof(*dev));
	dev->tx_ring_ref = -1;
	dev->rx_ring_ref = -1;
	for (unsigned int i = 0; i < NETFRONT_TX_SLOTS; i++) {
		dev->tx_buffers[i].ref = -1;
	}
	for (unsigned int i = 0; i < NETFRONT_RX_SLOTS; i++) {
		dev->rx_buffers[i].ref = -1;
	}
	snprintf(dev->path, sizeof(dev->path), "device/vif/%u", id);
	rc = back_find(dev);
	if (rc != 0) {
		return rc;
	}
	rc = xenbus_wait_state(dev->back, 1U << XenbusStateInitWait, deadline);
	if (rc < 0) {
		return rc;
	}
	rc = device_create(dev);
	rc = rc != 0 ? rc : publish(dev);
	if (rc == 0) {
		rc = xenbus_wait_state(dev->back,
				       1U << XenbusStateConnected | 1U << XenbusStateClosing |
					       1U << XenbusStateClosed,
				       deadline);
		rc = rc < 0 ? rc : rc != XenbusStateConnected ? -ENODEV : 0;
	}
	if (rc != 0) {
		xenbus_write_key_number(dev->path, "state", XenbusStateClosed);
		device_release(dev);
	}
	return rc;
}

int netfront_close(struct netfront *dev, uint64_t timeout)
{
	int rc;

	xenbus_write_key_number(dev->path, "state", XenbusStateClosing);
	rc = xenbus_wait_state(dev->back, 1U << XenbusStateClosing | 1U << XenbusStateClosed,
			       port_now() + timeout);
	xenbus_write_key_number(dev->path, "state", XenbusStateClosed);
	if (rc >= 0) {
		rc = xenbus_wait_state(dev->back,
				       1U << XenbusStateClosed | 1U << XenbusStateInitWait,
				       port_now() + timeout);
	}
	device_release(dev);
	return rc < 0 ? rc : 0;
}
