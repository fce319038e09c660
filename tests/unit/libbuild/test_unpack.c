/* SPDX-License-Identifier: MIT */
/* Packed kernels of all four formats, whole, damaged and cut short; and the bzImage around them. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <lz4hc.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "../../../dom0-tools/libbuild/bzimage.h"
#include "../../../dom0-tools/libbuild/kernel.h"
#include "../../../dom0-tools/libbuild/unpack.h"
#include "image.h"

#define PLAIN_LEN 300000
#define ROOM (PLAIN_LEN + 65536)

static uint8_t plain[PLAIN_LEN];
static uint8_t packed[ROOM];

static size_t pack_gzip(const uint8_t *data, size_t len)
{
	z_stream stream = {.next_in = (uint8_t *)(uintptr_t)data,
			   .avail_in = (uInt)len,
			   .next_out = packed,
			   .avail_out = ROOM};

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return ROOM - stream.avail_out;
}

static size_t pack_xz(const uint8_t *data, size_t len)
{
	size_t at = 0;

	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, data, len, packed, &at,
						 ROOM),
			 LZMA_OK);
	return at;
}

static size_t pack_zstd(const uint8_t *data, size_t len)
{
	size_t ret = ZSTD_compress(packed, ROOM, data, len, 3);

	assert_false(ZSTD_isError(ret));
	return ret;
}

static size_t pack_lz4(const uint8_t *data, size_t len)
{
	int got = LZ4_compress_HC((const char *)data, (char *)packed + 8, (int)len, ROOM - 8, 3);
	uint32_t head[2] = {0x184c2102, (uint32_t)got};

	assert_true(got > 0);
	memcpy(packed, head, sizeof(head));
	return (size_t)got + 8;
}

static size_t (*const packers[])(const uint8_t *data, size_t len) = {
	pack_gzip,
	pack_xz,
	pack_zstd,
	pack_lz4,
};
static const enum unpack_format formats[] = {
	UNPACK_GZIP,
	UNPACK_XZ,
	UNPACK_ZSTD,
	UNPACK_LZ4,
};
#define FORMATS 4

static int setup(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < PLAIN_LEN; i++) {
		seed = seed * 1103515245 + 12345;
		plain[i] = i % 3 ? (uint8_t)(seed >> 16) & 0x3f : 'x';
	}
	return 0;
}

/* Unpacks from memory of exactly the length, so that reading past it is seen. */
static int run(const uint8_t *data, size_t len, size_t hint, uint8_t **out, size_t *out_len)
{
	uint8_t *copy = malloc(len ? len : 1);
	int ret;

	memcpy(copy, data, len);
	ret = unpack(copy, len, hint, out, out_len);
	free(copy);
	return ret;
}

/* The same bytes come out in a file. */
static void to_file(const uint8_t *data, size_t len)
{
	int fd = memfd_create("unpacked", 0);
	uint8_t *back = malloc(PLAIN_LEN + 1);
	size_t out_len;

	assert_int_equal(unpack_to_file(data, len, fd, &out_len), 0);
	assert_int_equal(out_len, PLAIN_LEN);
	assert_int_equal(pread(fd, back, PLAIN_LEN + 1, 0), PLAIN_LEN);
	assert_memory_equal(back, plain, PLAIN_LEN);
	free(back);
	close(fd);
}

static void test_round_trip(void **state)
{
	static const size_t hints[] = {0, 1, PLAIN_LEN, PLAIN_LEN - 1, PLAIN_LEN * 2, SIZE_MAX};

	(void)state;
	for (int f = 0; f < FORMATS; f++) {
		size_t len = packers[f](plain, PLAIN_LEN);
		uint32_t tail = PLAIN_LEN;

		assert_int_equal(unpack_format(packed, len), formats[f]);
		/* as in a bzImage: the size stands behind the stream */
		memcpy(packed + len, &tail, sizeof(tail));
		for (size_t h = 0; h < sizeof(hints) / sizeof(hints[0]); h++) {
			uint8_t *out;
			size_t out_len;

			assert_int_equal(run(packed, len + 4, hints[h], &out, &out_len), 0);
			assert_int_equal(out_len, PLAIN_LEN);
			assert_memory_equal(out, plain, PLAIN_LEN);
			free(out);
		}
		to_file(packed, len + 4);
	}
}

/* What is cut off or changed is refused, or (lz4 has no checksum) at least stays in bounds. */
static void test_damage(void **state)
{
	(void)state;
	for (int f = 0; f < FORMATS; f++) {
		size_t len = packers[f](plain, 5000);
		uint8_t *out;
		size_t out_len;

		for (size_t cut = 0; cut + 1 < len; cut += cut < 64 ? 1 : 97) {
			assert_int_not_equal(run(packed, cut, 5000, &out, &out_len), 0);
		}
		for (size_t at = 6; at < len; at += 13) {
			packed[at] ^= 0x55;
			if (!run(packed, len, 5000, &out, &out_len)) {
				free(out);
			}
			packed[at] ^= 0x55;
		}
	}
}

static void test_bomb(void **state)
{
	uint8_t *zeros = calloc(1, UNPACK_MAX_BYTES + 1);
	size_t packed_len, out_len;
	uint8_t *out;
	int fd;

	(void)state;
	assert_non_null(zeros);
	packed_len = ZSTD_compress(packed, ROOM, zeros, UNPACK_MAX_BYTES + 1, 1);
	free(zeros);
	assert_false(ZSTD_isError(packed_len));
	assert_int_equal(unpack(packed, packed_len, 0, &out, &out_len), -EFBIG);
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(unpack_to_file(packed, packed_len, fd, &out_len), -ENOSPC);
	close(fd);
}

static void test_unknown(void **state)
{
	size_t out_len;
	uint8_t *out;

	(void)state;
	assert_int_equal(run((const uint8_t *)"hello, world", 12, 0, &out, &out_len), -EOPNOTSUPP);
	assert_int_equal(run((const uint8_t *)"BZh91AY", 7, 0, &out, &out_len), -EOPNOTSUPP);
	assert_int_equal(run((const uint8_t *)"", 0, 0, &out, &out_len), -EOPNOTSUPP);
	assert_string_equal(unpack_format_name(unpack_format((const uint8_t *)"BZh9", 4)), "bzip2");
}

/* ---------------------------------------------------------------- bzImage -- */

#define SECTS 3

/* Wraps a payload of `len` bytes; returns malloc'ed file. */
static uint8_t *wrap(const uint8_t *payload, size_t len, size_t *file_len)
{
	size_t at = (SECTS + 1) * 512 + 100;
	uint32_t offset = 100, length = (uint32_t)len + 4, size = sizeof(struct image);
	uint16_t version = 0x020f;
	uint8_t *file;

	*file_len = at + len + 4 + 50;
	file = calloc(1, *file_len);
	assert_non_null(file);
	file[0x1f1] = SECTS;
	memcpy(file + 0x202, "HdrS", 4);
	memcpy(file + 0x206, &version, sizeof(version));
	memcpy(file + 0x248, &offset, sizeof(offset));
	memcpy(file + 0x24c, &length, sizeof(length));
	memcpy(file + at, payload, len);
	memcpy(file + at + len, &size, sizeof(size));
	return file;
}

static void test_kernels(void **state)
{
	struct kernel kernel;
	struct ctl_error err;
	struct image image;
	uint8_t *file;
	size_t len;

	(void)state;
	image_init(&image);
	for (int f = 0; f < FORMATS; f++) {
		file = wrap(packed, packers[f](image_bytes(&image), image_len()), &len);
		assert_int_equal(kernel_open_memory(file, len, "K", &kernel, &err), 0);
		assert_int_equal(kernel.info.start, IMAGE_START);
		kernel_close(&kernel);
		/* packed, but no bzImage */
		assert_int_equal(kernel_open_memory(packed,
						    packers[f](image_bytes(&image), image_len()),
						    "K", &kernel, &err),
				 0);
		kernel_close(&kernel);
		free(file);
	}
	assert_int_equal(kernel_open_memory(image_bytes(&image), image_len(), "K", &kernel, &err),
			 0);
	kernel_close(&kernel);
	/* an ELF file as the payload */
	file = wrap(image_bytes(&image), image_len(), &len);
	assert_int_equal(kernel_open_memory(file, len, "K", &kernel, &err), 0);
	kernel_close(&kernel);
	free(file);
}

static void test_bzimage_lies(void **state)
{
	static const struct {
		uint32_t offset, length;
	} lies[] = {
		{~0U, 8}, {0, ~0U}, {~0U, ~0U}, {100, 0}, {100, 4}, {0x7fffffff, 0x7fffffff},
	};
	struct bzimage_payload payload;
	struct ctl_error err;
	struct kernel kernel;
	struct blob blob;
	uint8_t *file;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		file = wrap(plain, 1000, &len);
		memcpy(file + 0x248, &lies[i].offset, 4);
		memcpy(file + 0x24c, &lies[i].length, 4);
		blob_from_memory(&blob, file, len);
		assert_true(bzimage_is(&blob));
		assert_int_equal(bzimage_payload(&blob, &payload), -EBADMSG);
		assert_int_not_equal(kernel_open_memory(file, len, "K", &kernel, &err), 0);
		assert_string_equal(err.id, "bad-kernel-image");
		free(file);
	}
	file = wrap(plain, 1000, &len);
	file[0x206] = 0;
	blob_from_memory(&blob, file, len);
	assert_int_equal(bzimage_payload(&blob, &payload), -EOPNOTSUPP);
	blob_from_memory(&blob, file, 0x240);
	assert_int_equal(bzimage_payload(&blob, &payload), -EBADMSG);
	blob_from_memory(&blob, file, 0x100);
	assert_false(bzimage_is(&blob));
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_bomb),       cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_kernels),    cmocka_unit_test(test_bzimage_lies),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
