/* SPDX-License-Identifier: MIT */
/* Bytes and records on a file descriptor, with the errors that the user is told. */
#ifndef DOM0_TOOLS_STREAM_RECORD_H
#define DOM0_TOOLS_STREAM_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../libctl/error.h"
#include "xen/stream.h"

/* All of it or an error in *err: "save-failed" or "bad-save-file" (also where the file ends). */
int stream_write(int fd, const void *data, size_t len, struct ctl_error *err);
int stream_read(int fd, void *data, size_t len, struct ctl_error *err);

/* The same scattered over `count` pieces, which are used up. */
int stream_writev(int fd, struct iovec *iov, size_t count, struct ctl_error *err);
int stream_readv(int fd, struct iovec *iov, size_t count, struct ctl_error *err);

/* One record of the image from two pieces (either may be empty), padded. */
int record_write(int fd, uint32_t type, const void *head, size_t head_len, const void *body,
		 size_t body_len, struct ctl_error *err);

/* Bytes of padding behind a body of that length. */
static inline size_t record_padding(size_t len)
{
	return -len & (REC_ALIGN - 1);
}

/* Sets "bad-save-file" and returns -EINVAL. */
int stream_bad(struct ctl_error *err, const char *cause, ...) __attribute__((format(printf, 2, 3)));

#endif
