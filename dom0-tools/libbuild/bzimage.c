/* SPDX-License-Identifier: MIT */
/* The setup header of a bzImage. */
#include "bzimage.h"

#include <errno.h>

#define SETUP_SECTS 0x1f1
#define HEADER_MAGIC 0x202 /* "HdrS" */
#define BOOT_VERSION 0x206
#define PAYLOAD_OFFSET 0x248 /* from the end of the real-mode part */
#define PAYLOAD_LENGTH 0x24c
#define HEADER_END 0x250
#define MIN_VERSION 0x0208
#define SECTOR_BYTES 512
#define DEFAULT_SECTS 4 /* what setup_sects 0 means */

static uint32_t le32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

bool bzimage_is(const struct blob *image)
{
	uint8_t magic[4];

	return !blob_read(image, HEADER_MAGIC, magic, sizeof(magic)) && le32(magic) == 0x53726448;
}

int bzimage_payload(const struct blob *image, struct bzimage_payload *payload)
{
	uint8_t header[HEADER_END], tail[4];
	uint32_t sectors;
	int err = blob_read(image, 0, header, sizeof(header));

	if (err) {
		return err == -ERANGE ? -EBADMSG : err;
	}
	if ((header[BOOT_VERSION] | header[BOOT_VERSION + 1] << 8) < MIN_VERSION) {
		return -EOPNOTSUPP;
	}
	sectors = header[SETUP_SECTS] ? header[SETUP_SECTS] : DEFAULT_SECTS;
	payload->offset = (uint64_t)(sectors + 1) * SECTOR_BYTES + le32(header + PAYLOAD_OFFSET);
	payload->len = le32(header + PAYLOAD_LENGTH);
	if (payload->len <= sizeof(tail) || payload->offset > image->size ||
	    payload->len > image->size - payload->offset) {
		return -EBADMSG;
	}
	err = blob_read(image, payload->offset + payload->len - sizeof(tail), tail, sizeof(tail));
	if (!err) {
		payload->unpacked_len = le32(tail);
	}
	return err;
}
