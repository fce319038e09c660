/* SPDX-License-Identifier: MIT */
/* The last bytes of a stream, however much has passed. */
#ifndef DOM0_TOOLS_CONSOLED_HISTORY_H
#define DOM0_TOOLS_CONSOLED_HISTORY_H

#include <stddef.h>

#define HISTORY_SIZE 16384U

struct history {
	char bytes[HISTORY_SIZE];
	size_t start; /* of the oldest byte */
	size_t len;
};

void history_add(struct history *history, const char *bytes, size_t len);

/* Copies the last `room` bytes or fewer, from the start of a line where there is one; returns how
 * many. */
size_t history_tail(const struct history *history, char *to, size_t room);

/* As a queue: the oldest bytes in one piece, *len of them; and dropping them. */
const char *history_oldest(const struct history *history, size_t *len);
void history_drop(struct history *history, size_t len);

#endif
