/* SPDX-License-Identifier: MIT */
/* The checksum of Ethernet and zip, so that a torn file is told from a whole one. */
#ifndef DOM0_TOOLS_STORED_CRC_H
#define DOM0_TOOLS_STORED_CRC_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t crc32_of(const void *data, size_t len)
{
	const uint8_t *byte = data;
	uint32_t crc = 0xffffffffU;

	for (size_t i = 0; i < len; i++) {
		crc ^= byte[i];
		for (unsigned int bit = 0; bit < 8; bit++) {
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
		}
	}
	return ~crc;
}

#endif
