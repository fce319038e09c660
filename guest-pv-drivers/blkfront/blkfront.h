/* SPDX-License-Identifier: MIT */
/*
 * Block front: one ring page, eleven pages a request at most, a fresh grant for each page of each
 * request. The back is not trusted: a wrong answer breaks the device, never the caller's memory.
 */
#ifndef GUEST_BLKFRONT_H
#define GUEST_BLKFRONT_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event.h>
#include <xen/io/blkif.h>

#include "xenbus/xenbus.h"

#define BLKFRONT_SLOTS 32U
#define BLKFRONT_MAX_BYTES (BLKIF_MAX_SEGMENTS_PER_REQUEST * 4096U)

/* Tells the end of a request: 0, or a negative errno. */
typedef void blkfront_done_t(void *arg, int status);

struct blkfront {
	char path[XENBUS_PATH_MAX]; /* device/vbd/ID */
	char back[XENBUS_PATH_MAX]; /* the back's directory */
	xen_domid_t back_domid;
	unsigned int vdev;
	evtchn_port_t port;
	int ring_ref;
	struct ring_front ring;
	uint64_t sectors;     /* of 512 bytes */
	uint32_t sector_size; /* smallest unit of transfer, bytes */
	bool is_readonly;
	bool can_flush;
	bool is_broken; /* the back lied: nothing is sent any more */
	unsigned int outstanding;
	struct blkfront_slot {
		bool is_used;
		uint8_t operation;
		uint8_t ref_count;
		int refs[BLKIF_MAX_SEGMENTS_PER_REQUEST];
		blkfront_done_t *done;
		void *arg;
	} slots[BLKFRONT_SLOTS];
};

/*
 * Connects to the disk with this virtual device number (51712 is xvda). 0 or a negative errno;
 * ENODEV when there is no such device. timeout: ns to wait for the back.
 */
int blkfront_open(struct blkfront *dev, unsigned int vdev, uint64_t timeout);

/*
 * Starts a transfer of bytes (a multiple of the sector size, at most BLKFRONT_MAX_BYTES) between
 * the disk from this sector of 512 bytes on and a page-aligned buffer of whole pages. EAGAIN when
 * the ring is full: take answers, then try again. The buffer belongs to the device until done.
 */
int blkfront_start(struct blkfront *dev, unsigned int operation, uint64_t sector, void *buffer,
		   uint32_t bytes, blkfront_done_t *done, void *arg);

/* Takes the answers there are; EIO when the device is broken (all requests then have ended). */
int blkfront_poll(struct blkfront *dev);

/* One transfer, or a flush (bytes 0), from start to end. */
int blkfront_transfer(struct blkfront *dev, unsigned int operation, uint64_t sector, void *buffer,
		      uint32_t bytes);

/* Ends the connection; waits for the back to let go of the ring. Returns 0 or a negative errno. */
int blkfront_close(struct blkfront *dev, uint64_t timeout);

#endif /* GUEST_BLKFRONT_H */
