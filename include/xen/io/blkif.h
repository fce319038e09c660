/* SPDX-License-Identifier: MIT */
/* Block device protocol: requests the front puts on the ring, responses, operations. */
#ifndef XEN_IO_BLKIF_H
#define XEN_IO_BLKIF_H

#include "../types.h"
#include "ring.h"

typedef uint16_t blkif_vdev_t;
typedef uint64_t blkif_sector_t;	/* always units of 512 bytes */

#define BLKIF_OP_READ			0
#define BLKIF_OP_WRITE			1
#define BLKIF_OP_WRITE_BARRIER		2
#define BLKIF_OP_FLUSH_DISKCACHE	3
#define BLKIF_OP_RESERVED_1		4
#define BLKIF_OP_DISCARD		5
#define BLKIF_OP_INDIRECT		6

#define BLKIF_MAX_SEGMENTS_PER_REQUEST		11
#define BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST	8

struct blkif_request_segment {
	grant_ref_t gref;		/* page with the data */
	uint8_t first_sect;		/* 512-byte units in that page, 0..7 */
	uint8_t last_sect;		/* inclusive */
};
ABI_SIZE(struct blkif_request_segment, 8);

/* Segments of this layout fill the pages behind an indirect request. */
#define BLKIF_SEGS_PER_INDIRECT_FRAME	(4096 / sizeof(struct blkif_request_segment))

struct blkif_request {
	uint8_t operation;		/* BLKIF_OP_* */
	uint8_t nr_segments;
	blkif_vdev_t handle;
	uint64_t id;			/* echoed in the response */
	blkif_sector_t sector_number;
	struct blkif_request_segment seg[BLKIF_MAX_SEGMENTS_PER_REQUEST];
};
ABI_SIZE(struct blkif_request, 112);
ABI_OFFSET(struct blkif_request, id, 8);
ABI_OFFSET(struct blkif_request, seg, 24);

struct blkif_request_discard {
	uint8_t operation;		/* BLKIF_OP_DISCARD */
	uint8_t flag;			/* BLKIF_DISCARD_SECURE */
	blkif_vdev_t handle;
	uint64_t id;
	blkif_sector_t sector_number;
	uint64_t nr_sectors;
};
#define BLKIF_DISCARD_SECURE	(1 << 0)
ABI_SIZE(struct blkif_request_discard, 32);

struct blkif_request_indirect {
	uint8_t operation;		/* BLKIF_OP_INDIRECT */
	uint8_t indirect_op;		/* BLKIF_OP_READ or _WRITE */
	uint16_t nr_segments;
	uint64_t id;
	blkif_sector_t sector_number;
	blkif_vdev_t handle;
	grant_ref_t indirect_grefs[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
};
ABI_SIZE(struct blkif_request_indirect, 64);
ABI_OFFSET(struct blkif_request_indirect, handle, 24);
ABI_OFFSET(struct blkif_request_indirect, indirect_grefs, 28);

struct blkif_response {
	uint64_t id;
	uint8_t operation;
	int16_t status;			/* BLKIF_RSP_* */
};
#define BLKIF_RSP_EOPNOTSUPP	(-2)
#define BLKIF_RSP_ERROR		(-1)
#define BLKIF_RSP_OKAY		0
ABI_SIZE(struct blkif_response, 16);
ABI_OFFSET(struct blkif_response, status, 10);

/* What one slot of the ring holds. */
union blkif_sring_entry {
	struct blkif_request req;
	struct blkif_request_discard discard;
	struct blkif_request_indirect indirect;
	struct blkif_response rsp;
};
ABI_SIZE(union blkif_sring_entry, 112);

/* Bits of the back's "info" key. */
#define VDISK_CDROM	0x1
#define VDISK_REMOVABLE	0x2
#define VDISK_READONLY	0x4

#endif /* XEN_IO_BLKIF_H */
