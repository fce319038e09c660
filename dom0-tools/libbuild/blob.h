/* SPDX-License-Identifier: MIT */
/* Bytes to read at any place: an open file, read only where needed, or memory. */
#ifndef DOM0_TOOLS_LIBBUILD_BLOB_H
#define DOM0_TOOLS_LIBBUILD_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob {
	int fd;        /* -1: memory */
	uint8_t *data; /* memory, freed by blob_close() if owned */
	bool owned;
	uint64_t size;
};

/* Opens a regular file. -errno; -EISDIR, -EINVAL if it is something else. */
int blob_open(struct blob *blob, const char *path);

/* Uses the caller's memory, which must outlive the blob. */
void blob_from_memory(struct blob *blob, const void *data, size_t size);

/* Takes over malloc'ed memory. */
void blob_take_memory(struct blob *blob, void *data, size_t size);

void blob_close(struct blob *blob);

/* Reads exactly `len` bytes from `offset`. -ERANGE: not all of them are inside; -EIO: the file
 * got shorter meanwhile. */
int blob_read(const struct blob *blob, uint64_t offset, void *to, size_t len);

#endif
