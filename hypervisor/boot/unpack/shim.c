/* SPDX-License-Identifier: MIT */
/*
 * What Debian's static decoder libraries expect of a C library, and the calls
 * into them.  They are user-space builds: they use SSE, 16-byte aligned
 * stacks (see rules.mk) and a stack-protector value at %fs:0x28.
 */
#include <asm/insn.h>
#include <asm/regs.h>

#include "boot/boot_info.h"
#include "boot/unpack/unpack.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"

/* The libraries' own interfaces (lzma.h, zstd.h). */
int lzma_stream_buffer_decode(uint64_t *memlimit, uint32_t flags, const void *allocator,
			      const uint8_t *in, size_t *in_pos, size_t in_size, uint8_t *out,
			      size_t *out_pos, size_t out_size);
size_t ZSTD_decompress(void *dst, size_t room, const void *src, size_t bytes);
size_t ZSTD_findFrameCompressedSize(const void *src, size_t bytes);
unsigned int ZSTD_isError(size_t code);
#define LZMA_OK 0

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
