/* SPDX-License-Identifier: MIT */
/* Whole reads and writes of a saved domain, plain or by zstd, with the sum over the file. */
#include "file.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "argon/stream.h"
#include "sum.h"

#define BUFFER_SIZE (256U << 10)
#define HEAD_LIMIT (4U << 20) /* of a compressed file before its configuration is known */

struct stream_file {
	int fd;
	bool known;      /* reading: which form it is */
	ZSTD_CCtx *pack; /* writing the compressed form */
	ZSTD_DCtx *unpack;
	bool frame_ended;
	bool promised; /* there is a sum */
	XXH3_state_t *sum;
	uint64_t bytes; /* through the sum */
	uint64_t unpacked, limit;
	/* Writing: what goes to the file next. Reading: what came from it and was not used. */
	size_t at, len;
	uint8_t buffer[BUFFER_SIZE];
};

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

static int torn(struct ctl_error *err)
{
	return stream_bad(err, "it ends in the middle: it is not complete");
}

static struct stream_file *file_new(int fd)
{
	struct stream_file *f = malloc(sizeof(*f));

	if (!f) {
		return NULL;
	}
	memset(f, 0, offsetof(struct stream_file, buffer));
	f->fd = fd;
	f->limit = HEAD_LIMIT;
	f->sum = XXH3_createState();
	if (!f->sum) {
		free(f);
		return NULL;
	}
	XXH3_64bits_reset(f->sum);
	return f;
}

void stream_file_free(struct stream_file *f)
{
	if (f) {
		ZSTD_freeCCtx(f->pack);
		ZSTD_freeDCtx(f->unpack);
		XXH3_freeState(f->sum);
		free(f);
	}
}

uint64_t stream_file_bytes(const struct stream_file *f)
{
	return f->bytes + sizeof(struct argon_stream_sum);
}

void stream_file_limit(struct stream_file *f, uint64_t bytes)
{
	f->limit = bytes;
}

void stream_file_promise_sum(struct stream_file *f)
{
	f->promised = true;
}

static void sum(struct stream_file *f, const void *data, size_t len)
{
	if (__builtin_cpu_supports("avx2")) {
		sum_update_avx2(f->sum, data, len);
	} else {
		XXH3_64bits_update(f->sum, data, len);
	}
	f->bytes += len;
}

/* ------------------------------------------------------------------------- writing -- */

struct stream_file *stream_file_create(int fd, bool compress)
{
	struct argon_packed_header head = {.version = ARGON_PACKED_VERSION};
	struct stream_file *f = file_new(fd);

	if (!f || !compress) {
		return f;
	}
	f->pack = ZSTD_createCCtx();
	if (!f->pack || ZSTD_isError(ZSTD_CCtx_setParameter(f->pack, ZSTD_c_compressionLevel, 1))) {
		stream_file_free(f);
		return NULL;
	}
	memcpy(head.magic, ARGON_PACKED_MAGIC, sizeof(head.magic));
	memcpy(f->buffer, &head, sizeof(head));
	f->len = sizeof(head);
	return f;
}

static int write_all(int fd, const uint8_t *data, size_t len, struct ctl_error *err)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR) {
			return failed(err, "save-failed", "cannot write the saved domain", errno);
		}
		data += n < 0 ? 0 : n;
		len -= n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

static int flush(struct stream_file *f, struct ctl_error *err)
{
	size_t len = f->len;

	f->len = 0;
	sum(f, f->buffer, len);
	return write_all(f->fd, f->buffer, len, err);
}

/* Through the buffer, so that sum and file see the same even where the source changes. */
static int put_plain(struct stream_file *f, const uint8_t *data, size_t len, struct ctl_error *err)
{
	int ret = 0;

	while (!ret && len) {
		size_t part = BUFFER_SIZE - f->len < len ? BUFFER_SIZE - f->len : len;

		memcpy(f->buffer + f->len, data, part);
		f->len += part;
		data += part;
		len -= part;
		if (f->len == BUFFER_SIZE) {
			ret = flush(f, err);
		}
	}
	return ret;
}

/* zstd copies its input before it looks at it, as long as it is not told of an end. */
static int put_packed(struct stream_file *f, ZSTD_inBuffer *in, ZSTD_EndDirective end,
		      struct ctl_error *err)
{
	size_t left;
	int ret = 0;

	do {
		ZSTD_outBuffer out = {f->buffer, BUFFER_SIZE, f->len};

		left = ZSTD_compressStream2(f->pack, &out, in, end);
		if (ZSTD_isError(left)) {
			return failed(err, "save-failed", ZSTD_getErrorName(left), ENOMEM);
		}
		f->len = out.pos;
		if (f->len == BUFFER_SIZE) {
			ret = flush(f, err);
		}
	} while (!ret && (in->pos < in->size || (end == ZSTD_e_end && left)));
	return ret;
}

int stream_writev(struct stream_file *f, struct iovec *iov, size_t count, struct ctl_error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < count; i++) {
		ZSTD_inBuffer in = {iov[i].iov_base, iov[i].iov_len, 0};

		ret = f->pack ? put_packed(f, &in, ZSTD_e_continue, err)
			      : put_plain(f, in.src, in.size, err);
	}
	return ret;
}

int stream_file_finish(struct stream_file *f, struct ctl_error *err)
{
	struct argon_stream_sum end;
	ZSTD_inBuffer nothing = {NULL, 0, 0};
	int ret = f->pack ? put_packed(f, &nothing, ZSTD_e_end, err) : 0;

	if (!ret) {
		ret = flush(f, err);
	}
	memcpy(end.magic, ARGON_SUM_MAGIC, sizeof(end.magic));
	end.bytes = f->bytes;
	end.xxh3 = XXH3_64bits_digest(f->sum);
	return ret ? ret : write_all(f->fd, (const uint8_t *)&end, sizeof(end), err);
}

/* ------------------------------------------------------------------------- reading -- */

struct stream_file *stream_file_open(int fd)
{
	return file_new(fd);
}

/* As much as is there, at least one byte; 0: the file has ended. */
static ssize_t read_some(int fd, void *data, size_t len, struct ctl_error *err)
{
	ssize_t n;

	do {
		n = read(fd, data, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return failed(err, "bad-save-file", "cannot read the saved domain", errno);
	}
	return n;
}

/* Reads into the buffer until it has `len` bytes that were not used, or the file has ended. */
static int fill(struct stream_file *f, size_t len, struct ctl_error *err)
{
	memmove(f->buffer, f->buffer + f->at, f->len - f->at);
	f->len -= f->at;
	f->at = 0;
	while (f->len < len) {
		ssize_t n = read_some(f->fd, f->buffer + f->len, len - f->len, err);

		if (n <= 0) {
			return (int)n;
		}
		f->len += (size_t)n;
	}
	return 0;
}

/* A compressed file is told by its first bytes; all others are what xl_save_header says. */
static int find_form(struct stream_file *f, struct ctl_error *err)
{
	struct argon_packed_header head;
	int ret = fill(f, sizeof(head.magic), err);

	if (ret || f->len < sizeof(head.magic) ||
	    memcmp(f->buffer, ARGON_PACKED_MAGIC, sizeof(head.magic))) {
		return ret;
	}
	ret = fill(f, sizeof(head), err);
	if (ret || f->len < sizeof(head)) {
		return ret ? ret : torn(err);
	}
	memcpy(&head, f->buffer, sizeof(head));
	if (head.version != ARGON_PACKED_VERSION || head._res) {
		return stream_bad(err, "its compressed form has version %u, known is %u",
				  head.version, ARGON_PACKED_VERSION);
	}
	sum(f, &head, sizeof(head));
	f->at = sizeof(head);
	f->promised = true;
	f->unpack = ZSTD_createDCtx();
	if (!f->unpack || ZSTD_isError(ZSTD_DCtx_setParameter(f->unpack, ZSTD_d_windowLogMax,
							      ARGON_PACKED_WINDOW_LOG))) {
		return failed(err, "restore-failed", "cannot unpack the saved domain", ENOMEM);
	}
	return 0;
}

static int get_plain(struct stream_file *f, uint8_t *data, size_t len, struct ctl_error *err)
{
	while (len) {
		size_t held = f->len - f->at;
		ssize_t n = (ssize_t)(held < len ? held : len);

		if (held) {
			memcpy(data, f->buffer + f->at, (size_t)n);
			f->at += (size_t)n;
		} else {
			n = read_some(f->fd, data, len, err);
		}
		if (n <= 0) {
			return n ? (int)n : torn(err);
		}
		sum(f, data, (size_t)n);
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int too_large(const struct stream_file *f, struct ctl_error *err)
{
	return stream_bad(err,
			  "it unpacks to more than %llu bytes, which no domain of its size has",
			  (unsigned long long)f->limit);
}

/* One step of zstd, from the buffer to `out`. */
static int unpack_step(struct stream_file *f, ZSTD_outBuffer *out, struct ctl_error *err)
{
	ZSTD_inBuffer in = {f->buffer, f->len, f->at};
	size_t left = ZSTD_decompressStream(f->unpack, out, &in);

	if (ZSTD_isError(left)) {
		return stream_bad(err, "its compressed part is damaged: %s",
				  ZSTD_getErrorName(left));
	}
	sum(f, f->buffer + f->at, in.pos - f->at);
	f->at = in.pos;
	f->frame_ended = !left;
	return 0;
}

/* More of the file, when all in the buffer is used. */
static int more(struct stream_file *f, struct ctl_error *err)
{
	ssize_t n;

	if (f->at < f->len) {
		return 0;
	}
	n = read_some(f->fd, f->buffer, BUFFER_SIZE, err);
	f->at = 0;
	f->len = n > 0 ? (size_t)n : 0;
	return n > 0 ? 0 : n ? (int)n : torn(err);
}

static int get_packed(struct stream_file *f, uint8_t *data, size_t len, struct ctl_error *err)
{
	ZSTD_outBuffer out = {data, len, 0};
	int ret = len > f->limit - f->unpacked ? too_large(f, err) : 0;

	while (!ret && out.pos < out.size) {
		size_t before = out.pos;

		/* zstd may still hold what it unpacked already */
		ret = f->frame_ended ? torn(err) : unpack_step(f, &out, err);
		if (!ret && out.pos == before && !f->frame_ended) {
			ret = more(f, err);
		}
	}
	f->unpacked += out.pos;
	return ret;
}

int stream_readv(struct stream_file *f, struct iovec *iov, size_t count, struct ctl_error *err)
{
	int ret = 0;

	if (!f->known) {
		ret = find_form(f, err);
		f->known = true;
	}
	for (size_t i = 0; !ret && i < count; i++) {
		ret = f->unpack ? get_packed(f, iov[i].iov_base, iov[i].iov_len, err)
				: get_plain(f, iov[i].iov_base, iov[i].iov_len, err);
	}
	return ret;
}

/* The frame's end has been seen and brings nothing more. */
static int end_frame(struct stream_file *f, struct ctl_error *err)
{
	uint8_t waste;
	ZSTD_outBuffer out = {&waste, sizeof(waste), 0};
	int ret = 0;

	while (!ret && !f->frame_ended) {
		size_t before = f->at;

		ret = unpack_step(f, &out, err);
		if (!ret && out.pos) {
			ret = stream_bad(err, "its compressed part goes on behind the end");
		}
		if (!ret && !f->frame_ended && f->at == before) {
			ret = more(f, err);
		}
	}
	return ret;
}

int stream_file_check(struct stream_file *f, struct ctl_error *err)
{
	struct argon_stream_sum end = {0};
	struct stat st;
	bool regular = fstat(f->fd, &st) || S_ISREG(st.st_mode);
	int ret = f->unpack ? end_frame(f, err) : 0;

	if (!ret) {
		ret = fill(f, sizeof(end) + 1, err);
	}
	if (ret) {
		return ret;
	}
	memcpy(&end, f->buffer, f->len < sizeof(end) ? f->len : sizeof(end));
	if (f->len < sizeof(end) && f->promised) {
		return torn(err);
	}
	if (memcmp(end.magic, ARGON_SUM_MAGIC, sizeof(end.magic))) {
		return f->promised || (regular && f->len)
			       ? stream_bad(err, "behind its end is something else than its sum")
			       : 0;
	}
	if (end.bytes != f->bytes || end.xxh3 != XXH3_64bits_digest(f->sum) ||
	    (regular && f->len > sizeof(end))) {
		return stream_bad(err,
				  "it was changed since it was saved: the sum over its %llu bytes "
				  "is wrong",
				  (unsigned long long)f->bytes);
	}
	return 0;
}
