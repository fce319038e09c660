/* SPDX-License-Identifier: MIT */
/* Block front: how front and back meet in xenstore, and how they part. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "blkfront.h"
#include "gnttab/gnttab.h"
#include "port/port.h"

static void event(void *arg)
{
	(void)arg;
}

static int ring_create(struct blkfront *dev)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = dev->back_domid,
	};
	struct ring_shared *shared = port_page_alloc();
	long rc;

	if (shared == NULL) {
		return -ENOMEM;
	}
	ring_shared_init(shared);
	ring_front_init(&dev->ring, shared, 4096, sizeof(union blkif_sring_entry));
	dev->ring_ref = gnttab_grant(dev->back_domid, shared, false);
	rc = dev->ring_ref < 0 ? -ENOMEM : port_evtchn_op(EVTCHNOP_alloc_unbound, &alloc);
	if (rc != 0) {
		if (dev->ring_ref >= 0) {
			gnttab_revoke(dev->ring_ref);
		}
		port_page_free(shared);
		dev->ring.shared = NULL;
		return (int)rc;
	}
	dev->port = alloc.port;
	port_event_handle(dev->port, event, NULL);
	return 0;
}

static void ring_destroy(struct blkfront *dev)
{
	struct evtchn_close close = {.port = dev->port};

	if (dev->ring.shared == NULL) {
		return;
	}
	port_event_handle(dev->port, NULL, NULL);
	port_evtchn_op(EVTCHNOP_close, &close);
	/* a ring that the back still maps can't be reused: it is lost on purpose */
	if (gnttab_revoke(dev->ring_ref)) {
		port_page_free(dev->ring.shared);
	}
	dev->ring.shared = NULL;
}

static int publish(struct blkfront *dev)
{
	int rc = xenbus_write_key_number(dev->path, "ring-ref", (unsigned int)dev->ring_ref);

	rc = rc != 0 ? rc : xenbus_write_key_number(dev->path, "event-channel", dev->port);
	rc = rc != 0 ? rc : xenbus_write_key(dev->path, "protocol", "x86_64-abi");
	return rc != 0 ? rc : xenbus_write_key_number(dev->path, "state", XenbusStateInitialised);
}

static int geometry_read(struct blkfront *dev)
{
	long sectors = xenbus_read_key_number(dev->back, "sectors");
	long size = xenbus_read_key_number(dev->back, "sector-size");
	long info = xenbus_read_key_number(dev->back, "info");

	if (sectors < 0 || info < 0) {
		return -EIO;
	}
	size = size < 0 ? 512 : size;
	if (size < 512 || size > 4096 || (size & (size - 1)) != 0) {
		return -EIO;
	}
	dev->sectors = (uint64_t)sectors;
	dev->sector_size = (uint32_t)size;
	dev->is_readonly = info & VDISK_READONLY;
	dev->can_flush = xenbus_read_key_number(dev->back, "feature-flush-cache") > 0;
	return 0;
}

static int back_find(struct blkfront *dev)
{
	long domid = xenbus_read_key_number(dev->path, "backend-id");
	int rc = xenbus_read_key(dev->path, "backend", dev->back, sizeof(dev->back));

	if (rc < 0 || domid < 0 || domid >= DOMID_FIRST_RESERVED) {
		return -ENODEV;
	}
	dev->back_domid = (xen_domid_t)domid;
	return 0;
}

int blkfront_open(struct blkfront *dev, unsigned int vdev, uint64_t timeout)
{
	uint64_t deadline = port_now() + timeout;
	int rc;

	memset(dev, 0, sizeof(*dev));
	dev->vdev = vdev;
	snprintf(dev->path, sizeof(dev->path), "device/vbd/%u", vdev);
	rc = back_find(dev);
	if (rc != 0) {
		return rc;
	}
	rc = xenbus_wait_state(dev->back, 1U << XenbusStateInitWait, deadline);
	if (rc < 0) {
		return rc;
	}
	rc = ring_create(dev);
	if (rc != 0) {
		return rc;
	}
	rc = publish(dev);
	if (rc == 0) {
		rc = xenbus_wait_state(dev->back,
				       1U << XenbusStateConnected | 1U << XenbusStateClosing |
					       1U << XenbusStateClosed,
				       deadline);
		rc = rc < 0 ? rc : rc != XenbusStateConnected ? -ENODEV : geometry_read(dev);
	}
	if (rc == 0) {
		rc = xenbus_write_key_number(dev->path, "state", XenbusStateConnected);
	}
	if (rc != 0) {
		xenbus_write_key_number(dev->path, "state", XenbusStateClosed);
		ring_destroy(dev);
	}
	return rc;
}

int blkfront_close(struct blkfront *dev, uint64_t timeout)
{
	int rc;

	while (dev->outstanding > 0 && blkfront_poll(dev) == 0 && dev->outstanding > 0) {
		port_wait(0);
	}
	xenbus_write_key_number(dev->path, "state", XenbusStateClosing);
	xenbus_write_key_number(dev->path, "state", XenbusStateClosed);
	rc = xenbus_wait_state(dev->back, 1U << XenbusStateClosed | 1U << XenbusStateInitWait,
			       port_now() + timeout);
	ring_destroy(dev);
	return rc < 0 ? rc : 0;
}
