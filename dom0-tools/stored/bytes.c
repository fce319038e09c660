/* SPDX-License-Identifier: MIT */
/* Writing and reading fields. */
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

void bytes_put(struct bytes *bytes, const void *data, size_t len)
{
	size_t room = bytes->room ? bytes->room : 4096;
	uint8_t *more;

	while (room - bytes->len < len) {
		room *= 2;
	}
	if (room > bytes->room && !bytes->failed) {
		more = realloc(bytes->data, room);
		if (more) {
			bytes->data = more;
			bytes->room = room;
		} else {
			bytes->failed = true;
		}
	}
	if (!bytes->failed && len) {
		memcpy(bytes->data + bytes->len, data, len);
		bytes->len += len;
	}
}

void bytes_put_number(struct bytes *bytes, uint64_t number, unsigned int width)
{
	uint8_t digits[8];

	for (unsigned int i = 0; i < width; i++) {
		digits[i] = (uint8_t)(number >> (8 * i));
	}
	bytes_put(bytes, digits, width);
}

void bytes_put_block(struct bytes *bytes, const void *data, size_t len)
{
	bytes_put_number(bytes, len, 4);
	bytes_put(bytes, data, len);
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}

uint64_t reader_number(struct reader *reader, unsigned int width)
{
	uint64_t number = 0;

	if (reader->bad || reader->left < width) {
		reader->bad = true;
		return 0;
	}
	for (unsigned int i = 0; i < width; i++) {
		number |= (uint64_t)reader->at[i] << (8 * i);
	}
	reader->at += width;
	reader->left -= width;
	return number;
}

uint64_t reader_below(struct reader *reader, unsigned int width, uint64_t end)
{
	uint64_t number = reader_number(reader, width);

	if (number >= end) {
		reader->bad = true;
		return 0;
	}
	return number;
}

const void *reader_block(struct reader *reader, size_t max, size_t *len)
{
	const void *data = NULL;

	*len = (size_t)reader_number(reader, 4);
	if (reader->bad || *len > max || *len > reader->left) {
		reader->bad = true;
		*len = 0;
	} else {
		data = reader->at;
		reader->at += *len;
		reader->left -= *len;
	}
	return data;
}

void reader_text(struct reader *reader, char *text, size_t room)
{
	size_t len;
	const void *data = reader_block(reader, room - 1, &len);

	if (len && memchr(data, '\0', len)) {
		reader->bad = true;
		len = 0;
	}
	if (len) {
		memcpy(text, data, len);
	}
	text[len] = '\0';
}
