/* SPDX-License-Identifier: MIT */
/* Checking clients' paths and making them absolute. */
#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '@';
}

bool path_is_valid(const char *path)
{
	if (path[0] == '/' && !path[1]) {
		return true;
	}
	for (const char *p = path; *p; p++) {
		if (*p == '/' ? p[1] == '/' || !p[1] : !is_letter(*p)) {
			return false;
		}
	}
	return path[0] != '\0';
}

bool path_name_is_valid(const char *name)
{
	return path_is_valid(name) && !strchr(name, '/');
}

size_t path_prefix(const struct connection *connection, char absolute[PATH_ROOM])
{
	return (size_t)snprintf(absolute, PATH_ROOM, "/local/domain/%u/",
				connection->subject.domid);
}

int path_absolute(const struct connection *connection, const char *path, char absolute[PATH_ROOM])
{
	size_t limit = connection->stored->quota.limit[QUOTA_PATH];
	size_t len = strlen(path), prefix_len = 0;

	if (path[0] != '/') {
		if (len > XENSTORE_REL_PATH_MAX) {
			return -E2BIG;
		}
		prefix_len = path_prefix(connection, absolute);
	}
	if (prefix_len + len >
	    (subject_is_privileged(&connection->subject) ? XENSTORE_ABS_PATH_MAX : limit)) {
		return -E2BIG;
	}
	if (!path_is_valid(path) || path[0] == '@') {
		return -EINVAL;
	}
	memcpy(absolute + prefix_len, path, len + 1);
	return 0;
}
