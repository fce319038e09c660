/* SPDX-License-Identifier: MIT */
/* Records of the image, and single pieces of a stream. */
#ifndef DOM0_TOOLS_STREAM_RECORD_H
#define DOM0_TOOLS_STREAM_RECORD_H

#include "file.h"
#include "xen/stream.h"

int stream_write(struct stream_file *file, const void *data, size_t len, struct ctl_error *err);
int stream_read(struct stream_file *file, void *data, size_t len, struct ctl_error *err);

/* One record of the image from two pieces (either may be empty), padded. */
int record_write(struct stream_file *file, uint32_t type, const void *head, size_t head_len,
		 const void *body, size_t body_len, struct ctl_error *err);

/* Bytes of padding behind a body of that length. */
static inline size_t record_padding(size_t len)
{
	return -len & (REC_ALIGN - 1);
}

#endif
