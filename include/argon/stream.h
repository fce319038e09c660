/* SPDX-License-Identifier: MIT */
/*
 * What our own files of saved domains have beyond xl's (include/xen/stream.h): a sum behind the
 * end, and a compressed form. docs/save-restore.md. Little endian.
 */
#ifndef ARGON_STREAM_H
#define ARGON_STREAM_H

#include <stdint.h>

/* In xl_save_header.optional_flags, which Debian's tools print and pass over: a sum follows. */
#define XL_OPTIONAL_FLAG_ARGON_SUM (1U << 31)

#define ARGON_SUM_MAGIC "Argon xxh3-64sum" /* 16 bytes */

/* The last bytes of the file; over all bytes before it as they stand in the file. */
struct argon_stream_sum {
	char magic[16]; /* ARGON_SUM_MAGIC */
	uint64_t bytes; /* that it is over */
	uint64_t xxh3;  /* their XXH3 of 64 bits, seed 0 */
};
_Static_assert(sizeof(struct argon_stream_sum) == 32, "sum");
_Static_assert(sizeof(ARGON_SUM_MAGIC) == 17, "the sum's magic has 16 bytes");

#define ARGON_PACKED_MAGIC "Argon saved domain, zstd format\n" /* 32 bytes */
#define ARGON_PACKED_VERSION 1U
#define ARGON_PACKED_WINDOW_LOG 23 /* at most: what reading may take of memory */

/* Begins the compressed form: one zstd frame with the file of xl's form follows, then the sum. */
struct argon_packed_header {
	char magic[32];   /* ARGON_PACKED_MAGIC */
	uint32_t version; /* ARGON_PACKED_VERSION */
	uint32_t _res;
};
_Static_assert(sizeof(struct argon_packed_header) == 40, "header");
_Static_assert(sizeof(ARGON_PACKED_MAGIC) == 33, "the packed magic has 32 bytes");

#endif /* ARGON_STREAM_H */
