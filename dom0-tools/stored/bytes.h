/* SPDX-License-Identifier: MIT */
/* Little-endian fields one after the other: written to a buffer that grows, read from one that
 * may hold anything. */
#ifndef DOM0_TOOLS_STORED_BYTES_H
#define DOM0_TOOLS_STORED_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data; /* malloc'ed */
	size_t len;
	size_t room;
	bool failed; /* out of memory: what follows is dropped */
};

void bytes_put(struct bytes *bytes, const void *data, size_t len);

/* `width` is 1, 2, 4 or 8 bytes. */
void bytes_put_number(struct bytes *bytes, uint64_t number, unsigned int width);

/* A length of 4 bytes, then the data. */
void bytes_put_block(struct bytes *bytes, const void *data, size_t len);

void bytes_free(struct bytes *bytes);

struct reader {
	const uint8_t *at;
	size_t left;
	bool bad; /* something was missing or out of range: all reads give 0 from then on */
};

uint64_t reader_number(struct reader *reader, unsigned int width);

/* As reader_number(), bad unless below `end`. */
uint64_t reader_below(struct reader *reader, unsigned int width, uint64_t end);

/* A block as written by bytes_put_block(), of at most `max` bytes; NULL if bad. It stays in the
 * reader's buffer. */
const void *reader_block(struct reader *reader, size_t max, size_t *len);

/* A block without a NUL inside, as a string in text[0..room); "" if bad. */
void reader_text(struct reader *reader, char *text, size_t room);

#endif
