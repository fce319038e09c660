/* SPDX-License-Identifier: MIT */
/*
 * What a client may do with nodes: every call checks path, permissions and quotas for the
 * connection, inside its transaction if `tx` is not NULL, and tells watches.
 */
#ifndef DOM0_TOOLS_STORED_ACCESS_H
#define DOM0_TOOLS_STORED_ACCESS_H

#include <stddef.h>

#include "connection.h"
#include "transaction.h"
#include "view.h"

struct access {
	struct connection *connection;
	struct transaction *tx; /* NULL outside a transaction */
	const char *path;       /* absolute and valid */
};

/* Functions return 0 or -errno: ENOENT, EACCES, EINVAL, ENOSPC (quota), ENOMEM. */

/* Opens the node for reading what `notes` (NOTE_*) say. */
int access_read(const struct access *access, unsigned int notes, struct view *view);

int access_write(const struct access *access, const void *value, size_t len);
int access_mkdir(const struct access *access);
int access_rm(const struct access *access);

/* Takes over the list in *perms if it succeeds. */
int access_set_perms(const struct access *access, struct perms *perms);

#endif
