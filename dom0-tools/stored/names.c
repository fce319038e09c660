/* SPDX-License-Identifier: MIT */
/* Sorted tables of named things, searched by halving. */
#include "names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Where the name stands, or would stand. */
static unsigned int names_slot(const struct names *names, const char *name, size_t len, bool *there)
{
	unsigned int low = 0, high = names->count;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;
		const char *other = names->items[middle]->name;
		int order = strncmp(name, other, len);

		if (!order && other[len]) {
			order = -1; /* a prefix sorts first */
		}
		if (!order) {
			*there = true;
			return middle;
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	*there = false;
	return low;
}

struct named *names_find(const struct names *names, const char *name, size_t len)
{
	bool there;
	unsigned int slot = names_slot(names, name, len, &there);

	return there ? names->items[slot] : NULL;
}

int names_reserve(struct names *names, unsigned int extra)
{
	unsigned int room = names->room ? names->room : 4;
	struct named **items;

	if (names->room - names->count >= extra) {
		return 0;
	}
	while (room - names->count < extra) {
		room *= 2;
	}
	items = realloc(names->items, room * sizeof(struct named *));
	if (!items) {
		return -ENOMEM;
	}
	names->items = items;
	names->room = room;
	return 0;
}

void names_add(struct names *names, struct named *thing)
{
	size_t len = strlen(thing->name);
	bool there;
	unsigned int slot = names_slot(names, thing->name, len, &there);

	memmove(names->items + slot + 1, names->items + slot,
		(names->count - slot) * sizeof(struct named *));
	names->items[slot] = thing;
	names->count++;
	names->bytes += len + 1;
}

void names_remove(struct names *names, const struct named *thing)
{
	size_t len = strlen(thing->name);
	bool there;
	unsigned int slot = names_slot(names, thing->name, len, &there);

	names->count--;
	names->bytes -= len + 1;
	memmove(names->items + slot, names->items + slot + 1,
		(names->count - slot) * sizeof(struct named *));
}

void names_free(struct names *names)
{
	free(names->items);
	*names = (struct names){0};
}
