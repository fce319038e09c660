/* SPDX-License-Identifier: MIT */
/* Paths as clients write them. */
#ifndef DOM0_TOOLS_STORED_PATH_H
#define DOM0_TOOLS_STORED_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "connection.h"

#define PATH_ROOM (XENSTORE_ABS_PATH_MAX + 1)

/* Whether a path has no empty name, none but the protocol's letters, and, unless it is "/", no
 * slash at its end. */
bool path_is_valid(const char *path);

/* Whether it is a single name of a path. */
bool path_name_is_valid(const char *name);

/* Writes what a client's relative paths are under, "/local/domain/N/"; returns its length. */
size_t path_prefix(const struct connection *connection, char absolute[PATH_ROOM]);

/* Checks a node's path and makes it absolute. 0, -EINVAL, -E2BIG (too long for the quota). */
int path_absolute(const struct connection *connection, const char *path, char absolute[PATH_ROOM]);

#endif
