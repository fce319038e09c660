/* SPDX-License-Identifier: MIT */
/* A sorted table of things that have a name: a node's children, in the store or in a
 * transaction. */
#ifndef DOM0_TOOLS_STORED_NAMES_H
#define DOM0_TOOLS_STORED_NAMES_H

#include <stddef.h>

/* First member of whatever stands in a table; `name` never changes while it does. */
struct named {
	const char *name;
};

struct names {
	struct named **items; /* in strcmp() order */
	unsigned int count;
	unsigned int room;
	size_t bytes; /* sum of the names, each with its NUL */
};

/* The thing called name[0..len), or NULL. */
struct named *names_find(const struct names *names, const char *name, size_t len);

/* Makes room for `extra` more. 0 or -ENOMEM. */
int names_reserve(struct names *names, unsigned int extra);

/* Adds a thing for which there is room, and whose name is not in the table yet. */
void names_add(struct names *names, struct named *thing);

/* Takes a thing out that is in the table. */
void names_remove(struct names *names, const struct named *thing);

void names_free(struct names *names);

#endif
