/* SPDX-License-Identifier: MIT */
/* Whole reads and writes, and records. */
#include "record.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static int failed(struct ctl_error *err, const char *id, const char *what, int error)
{
	ctl_error_set(err, id, "%s", what);
	ctl_error_errno(err, error);
	return -error;
}

int stream_bad(struct ctl_error *err, const char *cause, ...)
{
	char text[sizeof(err->cause)];
	va_list args;

	va_start(args, cause);
	vsnprintf(text, sizeof(text), cause, args);
	va_end(args);
	ctl_error_set(err, "bad-save-file", "cannot use the saved domain");
	ctl_error_cause(err, "%s", text);
	ctl_error_hint(err, "the file was left as it is; restore from another copy");
	return -EINVAL;
}

/* Drops `done` bytes from the front; returns the first piece that is left. */
static size_t advance(struct iovec *iov, size_t count, size_t done)
{
	size_t i = 0;

	while (i < count && done >= iov[i].iov_len) {
		done -= iov[i++].iov_len;
	}
	if (i < count) {
		iov[i].iov_base = (char *)iov[i].iov_base + done;
		iov[i].iov_len -= done;
	}
	return i;
}

int stream_writev(int fd, struct iovec *iov, size_t count, struct ctl_error *err)
{
	while (count) {
		ssize_t n = writev(fd, iov, count < IOV_MAX ? (int)count : IOV_MAX);
		size_t used;

		if (n < 0 && errno != EINTR) {
			return failed(err, "save-failed", "cannot write the saved domain", errno);
		}
		used = advance(iov, count, n < 0 ? 0 : (size_t)n);
		iov += used;
		count -= used;
	}
	return 0;
}

int stream_readv(int fd, struct iovec *iov, size_t count, struct ctl_error *err)
{
	count -= advance(iov, count, 0);
	while (count) {
		ssize_t n = readv(fd, iov, count < IOV_MAX ? (int)count : IOV_MAX);
		size_t used;

		if (n < 0 && errno != EINTR) {
			return failed(err, "bad-save-file", "cannot read the saved domain", errno);
		}
		if (!n) {
			return stream_bad(err, "it ends in the middle: it is not complete");
		}
		used = advance(iov, count, n < 0 ? 0 : (size_t)n);
		iov += used;
		count -= used;
	}
	return 0;
}

int stream_write(int fd, const void *data, size_t len, struct ctl_error *err)
{
	struct iovec iov = {(void *)(uintptr_t)data, len};

	return stream_writev(fd, &iov, 1, err);
}

int stream_read(int fd, void *data, size_t len, struct ctl_error *err)
{
	struct iovec iov = {data, len};

	return len ? stream_readv(fd, &iov, 1, err) : 0;
}

int record_write(int fd, uint32_t type, const void *head, size_t head_len, const void *body,
		 size_t body_len, struct ctl_error *err)
{
	static const uint8_t zeroes[REC_ALIGN];
	struct xc_sr_rhdr hdr = {.type = type, .length = (uint32_t)(head_len + body_len)};
	struct iovec iov[] = {
		{&hdr, sizeof(hdr)},
		{(void *)(uintptr_t)head, head_len},
		{(void *)(uintptr_t)body, body_len},
		{(void *)(uintptr_t)zeroes, record_padding(hdr.length)},
	};

	return stream_writev(fd, iov, sizeof(iov) / sizeof(iov[0]), err);
}
