/* SPDX-License-Identifier: MIT */
/*
 * Unpacked kernels, kept by the SHA-256 of their packed form, so that only the first guest pays
 * for unpacking. A link named after the file's identity (device, inode, size, times) spares the
 * hashing too. A cache that cannot be used is no error: everything is then unpacked each time.
 */
#ifndef DOM0_TOOLS_LIBBUILD_CACHE_H
#define DOM0_TOOLS_LIBBUILD_CACHE_H

#include "blob.h"

/* All entries together; the longest unused go first. */
#define CACHE_MAX_BYTES (512UL << 20)

/* One lookup. */
struct cache {
	int dir; /* -1: no cache */
	const struct blob *file;
	uint64_t offset; /* the packed kernel in it */
	uint64_t len;
	char id[160];  /* link name of the file, "" if it is too fresh to be trusted */
	char name[80]; /* entry name by content, "" until it was needed */
};

/* Opens (and makes, mode 0700) the directory. One that others can write to is not used. */
void cache_open(struct cache *cache, const char *dir, const struct blob *file, uint64_t offset,
		uint64_t len);

/* Opens the unpacked kernel if it is there; the caller closes it. */
bool cache_find(struct cache *cache, struct blob *image);

/* Keeps a copy: written aside, flushed, then renamed; afterwards old entries make room. */
void cache_add(struct cache *cache, const struct blob *image);

void cache_close(struct cache *cache);

#endif
