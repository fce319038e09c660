/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a saved domain on their way into a file or out of it: as they are or compressed by
 * zstd, with a sum over what stands in the file (include/argon/stream.h).
 */
#ifndef DOM0_TOOLS_STREAM_FILE_H
#define DOM0_TOOLS_STREAM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../libctl/error.h"

struct stream_file;

/* For writing; fd stays the caller's. NULL without memory. */
struct stream_file *stream_file_create(int fd, bool compress);

/* For reading; the form is found out by the first read. NULL without memory. */
struct stream_file *stream_file_open(int fd);

/* Writes what is held back and the sum. "save-failed". */
int stream_file_finish(struct stream_file *f, struct ctl_error *err);

/* There must be a sum: xl's header said so. The compressed form always has one. */
void stream_file_promise_sum(struct stream_file *f);

/* At the end of reading: the sum is right if there is one, and there is one if it must be. A
 * regular file has nothing else behind the end. "bad-save-file". */
int stream_file_check(struct stream_file *f, struct ctl_error *err);

/* From here on a compressed file may unpack to so many bytes in all; 4 MiB before that. */
void stream_file_limit(struct stream_file *f, uint64_t bytes);

/* The size of the file that stream_file_finish() has ended. */
uint64_t stream_file_bytes(const struct stream_file *f);

void stream_file_free(struct stream_file *f);

/* All of it or an error in *err: "save-failed" or "bad-save-file" (also where the file ends). The
 * pieces are used up; written ones may change meanwhile (a guest's pages under a backend do). */
int stream_writev(struct stream_file *f, struct iovec *iov, size_t count, struct ctl_error *err);
int stream_readv(struct stream_file *f, struct iovec *iov, size_t count, struct ctl_error *err);

/* Sets "bad-save-file" and returns -EINVAL. */
int stream_bad(struct ctl_error *err, const char *cause, ...) __attribute__((format(printf, 2, 3)));

#endif
