/* SPDX-License-Identifier: MIT */
/* Records' framing, and permission lists. */
#include "permstate.h"

#include <stdlib.h>

#include "stored.h"

#define MAX_PERMS 1024U

size_t state_record_begin(struct bytes *to, uint32_t type)
{
	bytes_put_number(to, type, 4);
	bytes_put_number(to, 0, 4);
	return to->len;
}

void state_record_end(struct bytes *to, size_t start)
{
	size_t len = to->len - start;

	if (!to->failed) {
		for (unsigned int i = 0; i < 4; i++) {
			to->data[start - 4 + i] = (uint8_t)(len >> (8 * i));
		}
	}
}

void permstate_dump(const struct perms *perms, struct bytes *to)
{
	bytes_put_number(to, perms->since, 8);
	bytes_put_number(to, perms->count, 4);
	for (unsigned int i = 0; i < perms->count; i++) {
		bytes_put_number(to, perms->list[i].domid, 2);
		bytes_put_number(to, perms->list[i].bits, 1);
	}
}

bool permstate_load(const struct stored *stored, struct reader *reader, struct perms *perms)
{
	/* A list in a transaction begins at the next generation. */
	uint64_t since = reader_below(reader, 8, stored->generation + 2);
	unsigned int count = (unsigned int)reader_below(reader, 4, MAX_PERMS + 1);

	*perms = (struct perms){.since = since};
	if (reader->bad || !count) {
		return false;
	}
	perms->list = calloc(count, sizeof(struct perm));
	if (!perms->list) {
		return false;
	}
	for (; perms->count < count; perms->count++) {
		perms->list[perms->count].domid = (uint16_t)reader_below(reader, 2, DOMID_COUNT);
		perms->list[perms->count].bits = (uint8_t)reader_below(reader, 1, PERM_OWNER);
	}
	if (reader->bad) {
		perms_free(perms);
		return false;
	}
	return true;
}
