/* SPDX-License-Identifier: MIT */
/* A byte ring that forgets its oldest bytes. */
#include "history.h"

#include <string.h>

void history_add(struct history *history, const char *bytes, size_t len)
{
	size_t at, part, over;

	if (len > HISTORY_SIZE) {
		bytes += len - HISTORY_SIZE;
		len = HISTORY_SIZE;
	}
	over = history->len + len > HISTORY_SIZE ? history->len + len - HISTORY_SIZE : 0;
	history_drop(history, over);
	at = (history->start + history->len) % HISTORY_SIZE;
	part = len < HISTORY_SIZE - at ? len : HISTORY_SIZE - at;
	memcpy(history->bytes + at, bytes, part);
	memcpy(history->bytes, bytes + part, len - part);
	history->len += len;
}

size_t history_tail(const struct history *history, char *to, size_t room)
{
	size_t len = history->len < room ? history->len : room;
	size_t from = history->start + history->len - len;
	const char *line;

	for (size_t i = 0; i < len; i++) {
		to[i] = history->bytes[(from + i) % HISTORY_SIZE];
	}
	line = len < history->len ? memchr(to, '\n', len) : NULL;
	if (line && (size_t)(line + 1 - to) < len) {
		len -= (size_t)(line + 1 - to);
		memmove(to, line + 1, len);
	}
	return len;
}

const char *history_oldest(const struct history *history, size_t *len)
{
	*len = HISTORY_SIZE - history->start;
	*len = *len < history->len ? *len : history->len;
	return history->bytes + history->start;
}

void history_drop(struct history *history, size_t len)
{
	history->start = (history->start + len) % HISTORY_SIZE;
	history->len -= len;
}
