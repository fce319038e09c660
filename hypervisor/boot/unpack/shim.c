/* SPDX-License-Identifier: MIT */
/*
 * What Debian's static decoder libraries expect of a C library, and the calls
 * into them.  They are user-space builds: they use SSE, 16-byte aligned
 * stacks (see rules.mk) and a stack-protector value at %fs:0x28.
 */
#include <asm/insn.h>
#include <asm/regs.h>

#include "boot/unpack/unpack.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/boot_info.h"

/* The libraries' own interfaces (lzma.h, zstd.h, zlib.h, lz4.h). */
int lzma_stream_buffer_decode(uint64_t *memlimit, uint32_t flags, const void *allocator,
			      const uint8_t *in, size_t *in_pos, size_t in_size, uint8_t *out,
			      size_t *out_pos, size_t out_size);
size_t ZSTD_decompress(void *dst, size_t room, const void *src, size_t bytes);
size_t ZSTD_findFrameCompressedSize(const void *src, size_t bytes);
unsigned int ZSTD_isError(size_t code);
#define LZMA_OK 0

struct z_stream {
	const uint8_t *next_in;
	unsigned int avail_in;
	unsigned long total_in;
	uint8_t *next_out;
	unsigned int avail_out;
	unsigned long total_out;
	const char *message;
	void *state;
	void *(*zalloc)(void *, unsigned int, unsigned int);
	void (*zfree)(void *, void *);
	void *opaque;
	int data_type;
	unsigned long adler, reserved;
};
_Static_assert(sizeof(struct z_stream) == 112, "zlib checks the size");
int inflateInit2_(struct z_stream *s, int window_bits, const char *version, int size);
int inflate(struct z_stream *s, int flush);
#define Z_FINISH 4
#define Z_STREAM_END 1
#define GZIP_WINDOW (15 + 16) /* largest window, gzip header */

int LZ4_decompress_safe(const char *in, char *out, int in_bytes, int room);

/* What they call. */
void *malloc(size_t bytes);
void *calloc(size_t n, size_t bytes);
void free(void *p);
void __stack_chk_fail(void) __attribute__((noreturn));
unsigned long long ZSTD_trace_decompress_begin(const void *dctx);
void ZSTD_trace_decompress_end(unsigned long long context, const void *trace);

void *__init malloc(size_t bytes)
{
	return unpack_alloc(bytes);
}

void *__init calloc(size_t n, size_t bytes)
{
	/* The arena is zeroed when it is taken, and nothing is used twice. */
	return bytes && n > SIZE_MAX / bytes ? NULL : unpack_alloc(n * bytes);
}

void __init free(void *p)
{
	(void)p; /* the whole arena goes at once */
}

void __init __stack_chk_fail(void)
{
	panic("kernel_unpack: a decoder overran its stack");
}

/* Hooks that are weak and would have address 0, out of our code's reach. */
unsigned long long __init ZSTD_trace_decompress_begin(const void *dctx)
{
	(void)dctx;
	return 0; /* do not trace */
}

void __init ZSTD_trace_decompress_end(unsigned long long context, const void *trace)
{
	(void)context;
	(void)trace;
}

extern void (*const __constructors_start[])(void);
extern void (*const __constructors_end[])(void);

static uint64_t thread_block[8] __initdata;

static void __init enter_library(void)
{
	thread_block[5] = rdtsc() | 1; /* %fs:0x28 */
	wrmsr(MSR_FS_BASE, (uint64_t)thread_block);
}

static void __init leave_library(void)
{
	wrmsr(MSR_FS_BASE, 0);
}

/* liblzma picks its CRC64 routine in one. */
void __init unpack_prepare(void)
{
	enter_library();
	for (void (*const *c)(void) = __constructors_start; c < __constructors_end; c++) {
		(*c)();
	}
	leave_library();
}

int __init unpack_xz(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made)
{
	uint64_t memory_limit = UINT64_MAX;
	size_t in_pos = 0, out_pos = 0;
	int rc;

	enter_library();
	rc = lzma_stream_buffer_decode(&memory_limit, 0, NULL, in, &in_pos, in_bytes, out, &out_pos,
				       room);
	leave_library();
	*made = out_pos;
	return rc == LZMA_OK ? 0 : -EILSEQ;
}

int __init unpack_zstd(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made)
{
	size_t frame, n = 0;

	enter_library();
	/* What follows the frame (the kernel's size word) is not its business. */
	frame = ZSTD_findFrameCompressedSize(in, in_bytes);
	if (!ZSTD_isError(frame)) {
		n = ZSTD_decompress(out, room, in, frame);
	}
	leave_library();
	*made = n;
	return ZSTD_isError(frame) || ZSTD_isError(n) ? -EILSEQ : 0;
}

int __init unpack_gzip(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made)
{
	struct z_stream z = {
		.next_in = in,
		.avail_in = (unsigned int)in_bytes,
		.next_out = out,
		.avail_out = (unsigned int)room,
	};
	int rc;

	enter_library();
	rc = inflateInit2_(&z, GZIP_WINDOW, "1", sizeof(z));
	if (!rc) {
		rc = inflate(&z, Z_FINISH);
	}
	leave_library();
	*made = z.total_out;
	return rc == Z_STREAM_END ? 0 : -EILSEQ;
}

/* The legacy frame: a magic word, then blocks, each after its length. */
int __init unpack_lz4(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made)
{
	size_t at = 4, n = 0;

	/* The last four bytes are the kernel's size word. */
	while (at + 8 <= in_bytes) {
		uint32_t bytes;
		int got = -1;

		memcpy(&bytes, in + at, 4);
		at += 4;
		if (bytes <= in_bytes - at && bytes <= INT32_MAX) {
			enter_library();
			got = LZ4_decompress_safe((const char *)in + at, (char *)out + n,
						  (int)bytes, (int)(room - n));
			leave_library();
		}
		if (got < 0) {
			return -EILSEQ;
		}
		n += (size_t)got;
		at += bytes;
	}
	*made = n;
	return 0;
}
