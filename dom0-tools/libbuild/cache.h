/* SPDX-License-Identifier: MIT */
/*
 * Unpacked kernels, kept with their packed form beside them, so that only the first guest pays
 * for unpacking. A link named after the file's identity (device, inode, size, times) spares
 * comparing too. A cache that cannot be used is no error: everything is then unpacked each time.
 */
#ifndef DOM0_TOOLS_LIBBUILD_CACHE_H
#define DOM0_TOOLS_LIBBUILD_CACHE_H

#include "blob.h"

/* All entries together; the longest unused go first. */
#define CACHE_MAX_BYTES (512UL << 20)

/* One lookup. */
struct cache {
	int dir;            /* -1: no cache */
	char id[160];       /* link name of the file, "" if it is too fresh to be trusted */
	char name[80];      /* entry name by length and checksum, "" until it is known */
	char temporary[64]; /* the file being written, "" if there is none */
};

/* Opens (and makes, mode 0700) the directory. One that others can write to is not used. */
void cache_open(struct cache *cache, const char *dir, const struct blob *file);

/* Opens the unpacked kernel if the file is known; the caller closes it. */
bool cache_find_file(struct cache *cache, struct blob *image);

/* The same by the packed kernel itself: every byte of it is compared, a checksum proves nothing.
 * What is found is known by its file from then on. */
bool cache_find_packed(struct cache *cache, const uint8_t *packed, size_t len, struct blob *image);

/* Starts a new entry: a descriptor to write the unpacked kernel to, which stays the caller's, or
 * -1 if it cannot be kept. Then either keep or drop it. */
int cache_begin(struct cache *cache);

/* The entry is whole: flushed, then renamed; afterwards old entries make room. */
void cache_keep(struct cache *cache, int fd, const uint8_t *packed, size_t len);
void cache_drop(struct cache *cache);

void cache_close(struct cache *cache);

#endif
