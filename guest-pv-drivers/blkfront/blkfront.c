/* SPDX-License-Identifier: MIT */
/* Block front: requests and answers. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "blkfront.h"
#include "gnttab/gnttab.h"
#include "port/port.h"

static void slot_end(struct blkfront *dev, struct blkfront_slot *slot, int status)
{
	for (unsigned int i = 0; i < slot->ref_count; i++) {
		/* a back that keeps a page mapped could still write to it */
		if (!gnttab_revoke(slot->refs[i])) {
			status = -EIO;
			dev->is_broken = true;
		}
	}
	slot->is_used = false;
	dev->outstanding--;
	if (slot->done != NULL) {
		slot->done(slot->arg, status);
	}
}

static int device_break(struct blkfront *dev)
{
	dev->is_broken = true;
	for (unsigned int i = 0; i < BLKFRONT_SLOTS; i++) {
		if (dev->slots[i].is_used) {
			slot_end(dev, &dev->slots[i], -EIO);
		}
	}
	return -EIO;
}

static struct blkfront_slot *slot_find(struct blkfront *dev)
{
	for (unsigned int i = 0; i < BLKFRONT_SLOTS; i++) {
		if (!dev->slots[i].is_used) {
			return &dev->slots[i];
		}
	}
	return NULL;
}

static int check_request(const struct blkfront *dev, unsigned int operation, uint64_t sector,
			 const void *buffer, uint32_t bytes)
{
	if (dev->is_broken) {
		return -EIO;
	}
	if (operation == BLKIF_OP_FLUSH_DISKCACHE) {
		return !dev->can_flush ? -EOPNOTSUPP : bytes != 0 ? -EINVAL : 0;
	}
	if (operation != BLKIF_OP_READ && operation != BLKIF_OP_WRITE) {
		return -EOPNOTSUPP;
	}
	if (operation == BLKIF_OP_WRITE && dev->is_readonly) {
		return -EACCES;
	}
	if (bytes == 0 || bytes > BLKFRONT_MAX_BYTES || bytes % dev->sector_size != 0 ||
	    sector % (dev->sector_size / 512) != 0 || (uintptr_t)buffer % 4096 != 0) {
		return -EINVAL;
	}
	if (sector > dev->sectors || bytes / 512 > dev->sectors - sector) {
		return -ENXIO;
	}
	return 0;
}

/* Grants the buffer's pages; on failure nothing stays granted. */
static int slot_fill(struct blkfront *dev, struct blkfront_slot *slot, struct blkif_request *req,
		     char *buffer, uint32_t bytes)
{
	bool readonly = req->operation == BLKIF_OP_WRITE;

	slot->ref_count = 0;
	for (uint32_t done = 0; done < bytes; done += 4096) {
		uint32_t here = bytes - done < 4096 ? bytes - done : 4096;
		int ref = gnttab_grant(dev->back_domid, buffer + done, readonly);

		if (ref < 0) {
			while (slot->ref_count > 0) {
				gnttab_revoke(slot->refs[--slot->ref_count]);
			}
			return -EAGAIN;
		}
		slot->refs[slot->ref_count] = ref;
		req->seg[slot->ref_count] = (struct blkif_request_segment){
			.gref = (grant_ref_t)ref,
			.last_sect = (uint8_t)(here / 512 - 1),
		};
		slot->ref_count++;
	}
	req->nr_segments = slot->ref_count;
	return 0;
}

static void notify(struct blkfront *dev)
{
	struct evtchn_send send = {.port = dev->port};

	port_evtchn_op(EVTCHNOP_send, &send);
}

int blkfront_start(struct blkfront *dev, unsigned int operation, uint64_t sector, void *buffer,
		   uint32_t bytes, blkfront_done_t *done, void *arg)
{
	struct blkif_request req = {
		.operation = (uint8_t)operation,
		.handle = (blkif_vdev_t)dev->vdev,
		.sector_number = sector,
	};
	struct blkfront_slot *slot = slot_find(dev);
	int rc = check_request(dev, operation, sector, buffer, bytes);

	if (rc != 0) {
		return rc;
	}
	if (slot == NULL || ring_front_free(&dev->ring) == 0) {
		return -EAGAIN;
	}
	rc = slot_fill(dev, slot, &req, buffer, bytes);
	if (rc != 0) {
		return rc;
	}
	slot->is_used = true;
	slot->operation = (uint8_t)operation;
	slot->done = done;
	slot->arg = arg;
	dev->outstanding++;
	req.id = (uint64_t)(slot - dev->slots);
	memcpy(ring_front_next_request(&dev->ring), &req, sizeof(req));
	if (ring_front_push(&dev->ring)) {
		notify(dev);
	}
	return 0;
}

static int status_number(int16_t status)
{
	return status == BLKIF_RSP_OKAY ? 0 : status == BLKIF_RSP_EOPNOTSUPP ? -EOPNOTSUPP : -EIO;
}

static int take_one(struct blkfront *dev)
{
	struct blkif_response rsp;

	ring_front_take_response(&dev->ring, &rsp, sizeof(rsp));
	if (rsp.id >= BLKFRONT_SLOTS || !dev->slots[rsp.id].is_used ||
	    rsp.operation != dev->slots[rsp.id].operation) {
		return device_break(dev);
	}
	slot_end(dev, &dev->slots[rsp.id], status_number(rsp.status));
	return 0;
}

int blkfront_poll(struct blkfront *dev)
{
	int32_t waiting;

	if (dev->is_broken) {
		return device_break(dev);
	}
	while ((waiting = ring_front_final_check(&dev->ring)) > 0) {
		while (waiting-- > 0) {
			if (take_one(dev) != 0) {
				return -EIO;
			}
		}
	}
	return waiting < 0 || dev->is_broken ? device_break(dev) : 0;
}

struct transfer {
	bool is_done;
	int status;
};

static void transfer_done(void *arg, int status)
{
	struct transfer *t = arg;

	t->is_done = true;
	t->status = status;
}

int blkfront_transfer(struct blkfront *dev, unsigned int operation, uint64_t sector, void *buffer,
		      uint32_t bytes)
{
	struct transfer t = {0};
	int rc;

	while ((rc = blkfront_start(dev, operation, sector, buffer, bytes, transfer_done, &t)) ==
	       -EAGAIN) {
		if (dev->outstanding == 0) {
			return -ENOMEM;
		}
		blkfront_poll(dev);
		port_wait(0);
	}
	if (rc != 0) {
		return rc;
	}
	while (blkfront_poll(dev), !t.is_done) {
		port_wait(0);
	}
	return t.status;
}
