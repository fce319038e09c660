/* SPDX-License-Identifier: MIT */
/* One loop around zlib, liblzma and libzstd, and the kernel's simple frames around lz4 blocks. */
#include "unpack.h"

#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define USUAL_RATIO 6 /* unpacked to packed, when nothing is said */
#define LEAST_ROOM 65536UL
#define FILE_CHUNK (256UL << 10)      /* unpacked at a time into a file */
#define XZ_MEMORY_LIMIT (256UL << 20) /* of liblzma's own dictionary */
#define LZ4_MAGIC 0x184c2102U
#define LZ4_BLOCK_BYTES (8UL << 20) /* what one block unpacks to, at most */

/* What was unpacked: all of it, or what is not yet in the file. */
struct output {
	uint8_t *data;
	size_t len;
	size_t size;
	int fd; /* -1: memory only */
	size_t written;
};

static int output_flush(struct output *out)
{
	for (size_t done = 0; done < out->len;) {
		ssize_t put = write(out->fd, out->data + done, out->len - done);

		if (put < 0 && errno != EINTR) {
			return -errno;
		}
		done += put > 0 ? (size_t)put : 0;
	}
	out->written += out->len;
	out->len = 0;
	return out->written > UNPACK_MAX_BYTES ? -EFBIG : 0;
}

/* Makes room for at least one more byte. */
static int output_grow(struct output *out)
{
	size_t bigger = out->size * 2;
	uint8_t *data;

	if (out->fd >= 0) {
		return output_flush(out);
	}

	if (out->size >= UNPACK_MAX_BYTES) {
		return -EFBIG;
	}
	bigger = bigger > UNPACK_MAX_BYTES ? UNPACK_MAX_BYTES : bigger;
	data = realloc(out->data, bigger);
	if (!data) {
		return -ENOMEM;
	}
	out->data = data;
	out->size = bigger;
	return 0;
}

static int output_init(struct output *out, size_t hint, size_t len)
{
	size_t guess = len * USUAL_RATIO + LEAST_ROOM;

	/* A hint far off is none. One byte more, so that an exact one ends without growing. */
	*out = (struct output){.fd = -1};
	out->size = hint && hint < 4 * guess ? hint + 1 : guess;
	out->size = out->size < UNPACK_MAX_BYTES ? out->size : UNPACK_MAX_BYTES;
	out->data = malloc(out->size);
	return out->data ? 0 : -ENOMEM;
}

static int unpack_gzip(const uint8_t *data, size_t len, struct output *out)
{
	z_stream stream = {.next_in = (uint8_t *)(uintptr_t)data, .avail_in = (uInt)len};
	int ret = inflateInit2(&stream, 16 + MAX_WBITS);

	if (ret != Z_OK) {
		return -ENOMEM;
	}
	do {
		stream.next_out = out->data + out->len;
		stream.avail_out = (uInt)(out->size - out->len);
		ret = inflate(&stream, Z_NO_FLUSH);
		out->len = out->size - stream.avail_out;
		if (ret == Z_OK && !stream.avail_out) {
			int err = output_grow(out);

			if (err) {
				inflateEnd(&stream);
				return err;
			}
		} else if (ret == Z_OK && !stream.avail_in) {
			ret = Z_DATA_ERROR;
		}
	} while (ret == Z_OK);
	inflateEnd(&stream);
	return ret == Z_STREAM_END ? 0 : ret == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int unpack_xz(const uint8_t *data, size_t len, struct output *out)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret ret = lzma_stream_decoder(&stream, XZ_MEMORY_LIMIT, 0);

	if (ret != LZMA_OK) {
		return -ENOMEM;
	}
	stream.next_in = data;
	stream.avail_in = len;
	do {
		stream.next_out = out->data + out->len;
		stream.avail_out = out->size - out->len;
		ret = lzma_code(&stream, LZMA_RUN);
		out->len = out->size - stream.avail_out;
		if (ret == LZMA_OK && !stream.avail_out) {
			int err = output_grow(out);

			if (err) {
				lzma_end(&stream);
				return err;
			}
		} else if (ret == LZMA_OK && !stream.avail_in) {
			ret = LZMA_DATA_ERROR;
		}
	} while (ret == LZMA_OK);
	lzma_end(&stream);
	return ret == LZMA_STREAM_END ? 0 : ret == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int unpack_zstd(const uint8_t *data, size_t len, struct output *out)
{
	ZSTD_inBuffer in = {.src = data, .size = len};
	ZSTD_DCtx *context = ZSTD_createDCtx();
	size_t ret = 1;
	int err = 0;

	if (!context) {
		return -ENOMEM;
	}
	while (ret && !err) {
		ZSTD_outBuffer to = {.dst = out->data, .size = out->size, .pos = out->len};

		ret = ZSTD_decompressStream(context, &to, &in);
		out->len = to.pos;
		if (ZSTD_isError(ret)) {
			err = -EBADMSG;
		} else if (ret && to.pos == to.size) {
			err = output_grow(out);
		} else if (ret && in.pos == in.size) {
			err = -EBADMSG;
		}
	}
	ZSTD_freeDCtx(context);
	return err;
}

static uint32_t le32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/*
 * Magic, then blocks of {u32 length, bytes}. The kernel's build appends the unpacked size, which
 * cannot be told from one more length: whatever does not fit the rest ends the stream.
 */
static int unpack_lz4(const uint8_t *data, size_t len, struct output *out)
{
	size_t at = 4;

	while (len - at > 4) {
		uint32_t block = le32(data + at);
		int got, err = 0;

		at += 4;
		if (block == LZ4_MAGIC) {
			continue;
		}
		if (!block || block > len - at) {
			return -EBADMSG;
		}
		while (!err && out->size - out->len < LZ4_BLOCK_BYTES &&
		       out->size < UNPACK_MAX_BYTES) {
			err = output_grow(out);
		}
		if (err) {
			return err;
		}
		got = LZ4_decompress_safe((const char *)data + at, (char *)out->data + out->len,
					  (int)block, (int)(out->size - out->len));
		if (got < 0) {
			return out->fd < 0 && out->size >= UNPACK_MAX_BYTES ? -EFBIG : -EBADMSG;
		}
		out->len += (size_t)got;
		at += block;
	}
	return out->len || out->written ? 0 : -EBADMSG;
}

static int unpack_none(const uint8_t *data, size_t len, struct output *out)
{
	for (size_t at = 0; at < len;) {
		size_t room = out->size - out->len;
		size_t part = len - at < room ? len - at : room;
		int err;

		memcpy(out->data + out->len, data + at, part);
		out->len += part;
		at += part;
		err = at < len ? output_grow(out) : 0;
		if (err) {
			return err;
		}
	}
	return 0;
}

struct format {
	const char *name;
	const char *magic;
	size_t magic_len;
	int (*run)(const uint8_t *data, size_t len, struct output *out);
};

static const struct format formats[] = {
	[UNPACK_UNKNOWN] = {"unknown", "", 0, NULL},
	[UNPACK_NONE] = {"none", "\177ELF", 4, unpack_none},
	[UNPACK_GZIP] = {"gzip", "\037\213\010", 3, unpack_gzip},
	[UNPACK_XZ] = {"xz", "\3757zXZ\0", 6, unpack_xz},
	[UNPACK_ZSTD] = {"zstd", "\050\265\057\375", 4, unpack_zstd},
	[UNPACK_LZ4] = {"lz4", "\002\041\114\030", 4, unpack_lz4},
	[UNPACK_LZMA] = {"lzma", "\135\0\0\0", 4, NULL},
	[UNPACK_BZIP2] = {"bzip2", "BZh", 3, NULL},
	[UNPACK_LZO] = {"lzo", "\211LZO\0", 5, NULL},
};

#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

enum unpack_format unpack_format(const uint8_t *data, size_t len)
{
	for (size_t i = UNPACK_UNKNOWN + 1; i < FORMAT_COUNT; i++) {
		if (len >= formats[i].magic_len &&
		    !memcmp(data, formats[i].magic, formats[i].magic_len)) {
			return (enum unpack_format)i;
		}
	}
	return UNPACK_UNKNOWN;
}

const char *unpack_format_name(enum unpack_format format)
{
	return formats[format].name;
}

int unpack(const uint8_t *data, size_t len, size_t size_hint, uint8_t **result, size_t *result_len)
{
	const struct format *format = &formats[unpack_format(data, len)];
	struct output out;
	int err;

	if (!format->run) {
		return -EOPNOTSUPP;
	}
	if (len > UNPACK_MAX_BYTES) {
		return -EFBIG;
	}
	err = output_init(&out, size_hint, len);
	if (!err) {
		err = format->run(data, len, &out);
	}
	if (err) {
		free(out.data);
		return err;
	}
	*result = out.data;
	*result_len = out.len;
	return 0;
}

int unpack_to_file(const uint8_t *data, size_t len, int fd, size_t *result_len)
{
	enum unpack_format kind = unpack_format(data, len);
	const struct format *format = &formats[kind];
	struct output out = {.fd = fd};
	int err;

	if (!format->run) {
		return -EOPNOTSUPP;
	}
	if (len > UNPACK_MAX_BYTES) {
		return -EFBIG;
	}
	out.size = kind == UNPACK_LZ4 ? LZ4_BLOCK_BYTES : FILE_CHUNK;
	out.data = malloc(out.size);
	err = out.data ? format->run(data, len, &out) : -ENOMEM;
	if (!err) {
		err = output_flush(&out);
	}
	free(out.data);
	*result_len = out.written;
	return err;
}
