/* SPDX-License-Identifier: MIT */
/* Finding the kernel inside a Linux/x86 bzImage. */
#ifndef DOM0_TOOLS_LIBBUILD_BZIMAGE_H
#define DOM0_TOOLS_LIBBUILD_BZIMAGE_H

#include <stdbool.h>

#include "blob.h"

struct bzimage_payload {
	uint64_t offset; /* in the file; inside it, with the length */
	uint64_t len;
	uint32_t unpacked_len; /* what the file's last four payload bytes claim; not checked */
};

/* Whether the file has the setup header's magic number. */
bool bzimage_is(const struct blob *image);

/* -EBADMSG: offset or length lead outside the file; -EOPNOTSUPP: boot protocol before 2.08,
 * which cannot name its payload. Numbers of the setup header: Linux Documentation/x86/boot.rst. */
int bzimage_payload(const struct blob *image, struct bzimage_payload *payload);

#endif
