/* SPDX-License-Identifier: MIT */
/* A path as one client sees it: the store's tree, through its transaction if it is in one. */
#ifndef DOM0_TOOLS_STORED_VIEW_H
#define DOM0_TOOLS_STORED_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node.h"
#include "transaction.h"

/* One node on both sides. It exists if either side says so. */
struct spot {
	struct node *node; /* the store's; NULL if absent or hidden by the transaction */
	struct tx_node *t; /* the transaction's record; NULL if it has none */
};

struct view {
	struct transaction *tx; /* NULL outside a transaction */
	const char *path;
	size_t path_len;
	bool exists;
	struct spot at;      /* the node, or if it does not exist the nearest one above */
	size_t at_len;       /* length of the path of `at` */
	size_t missing_len;  /* length up to the end of the first missing name */
	bool missing_is_own; /* it is missing because the transaction has it so */
};

/* Looks up an absolute, valid path, which must outlive the view. */
void view_open(const struct stored *stored, struct transaction *tx, const char *path,
	       struct view *view);

/* What `at` holds. */
const struct perms *view_perms(const struct view *view);
const char *view_value(const struct view *view, size_t *len);
size_t view_child_bytes(const struct view *view);

/* Changes whenever the list of children may have. */
uint64_t view_listing(const struct view *view);

/* Calls `each` for every child of `at` in order of names, until it returns false. */
void view_children(const struct view *view, bool (*each)(const char *name, void *arg), void *arg);

/* In a transaction, notes that `notes` (NOTE_*) of the node were read, or that it was found
 * missing below `at`. 0, -ENOSPC, -ENOMEM. */
int view_note(struct view *view, unsigned int notes);

#endif
