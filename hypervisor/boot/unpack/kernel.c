/* SPDX-License-Identifier: MIT */
/*
 * The bzImage container and the choice of decoder.
 * Source: Linux, Documentation/x86/boot.rst (setup header, from 2.08 on).
 */
#include <asm/directmap.h>

#include "boot/unpack/unpack.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/boot_info.h"

#define SETUP_SECTORS 0x1f1
#define BOOT_FLAG 0x1fe
#define HEADER_MAGIC 0x202
#define HEADER_VERSION 0x206
#define PAYLOAD_OFFSET 0x248
#define PAYLOAD_LENGTH 0x24c
#define HEADER_END 0x250

#define KERNEL_MAX (512UL << 20) /* unpacked */
#define ARENA_CHUNK (1UL << 20)

static const struct decoder {
	const char *name;
	uint8_t magic[6];
	uint8_t magic_bytes;
	int (*unpack)(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made);
} decoders[] __initconst = {
	{"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6, unpack_xz},
	{"gzip", {0x1f, 0x8b}, 2, unpack_gzip},
	{"lz4", {0x02, 0x21, 0x4c, 0x18}, 4, unpack_lz4},
	{"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4, unpack_zstd},
};

/* --- memory for decoders ----------------------------------------------- */

static struct boot_info *arena_source __initdata;
static uint8_t *arena_at __initdata, *arena_end __initdata;

void *__init unpack_alloc(size_t bytes)
{
	void *p;

	bytes = ROUND_UP(bytes, 64UL);
	if (bytes >= ARENA_CHUNK) {
		return boot_alloc(arena_source, bytes, PAGE_SIZE);
	}
	if ((size_t)(arena_end - arena_at) < bytes) {
		arena_at = boot_alloc(arena_source, ARENA_CHUNK, PAGE_SIZE);
		arena_end = arena_at + ARENA_CHUNK;
	}
	p = arena_at;
	arena_at += bytes;
	return p;
}

/* --- the container ----------------------------------------------------- */

static uint32_t __init get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static bool __init is_bzimage(const uint8_t *image, size_t bytes)
{
	return bytes >= HEADER_END && image[BOOT_FLAG] == 0x55 && image[BOOT_FLAG + 1] == 0xaa &&
	       !memcmp(image + HEADER_MAGIC, "HdrS", 4) &&
	       (image[HEADER_VERSION] | image[HEADER_VERSION + 1] << 8) >= 0x208;
}

static int __init find_payload(const uint8_t *image, size_t bytes, const uint8_t **payload,
			       size_t *payload_bytes)
{
	uint64_t sectors = image[SETUP_SECTORS] ? image[SETUP_SECTORS] : 4;
	uint64_t start = (sectors + 1) * 512 + get32(image + PAYLOAD_OFFSET);
	uint64_t length = get32(image + PAYLOAD_LENGTH);

	if (start > bytes || length > bytes - start || length < 64) {
		log_err("dom0 kernel: payload of %lu bytes at %lu lies outside the file of %zu",
			length, start, bytes);
		return -EINVAL;
	}
	*payload = image + start;
	*payload_bytes = length;
	return 0;
}

static const struct decoder *__init find_decoder(const uint8_t *payload)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(decoders); i++) {
		if (!memcmp(payload, decoders[i].magic, decoders[i].magic_bytes)) {
			return &decoders[i];
		}
	}
	return NULL;
}

/* Scratch memory is what bi->free loses between the copy and its return. */
static int __init run_decoder(struct boot_info *bi, const struct decoder *d, const uint8_t *payload,
			      size_t bytes, uint8_t *out, size_t room, size_t *made)
{
	static struct mem_range saved[BOOT_RANGES_MAX] __initdata;
	unsigned int saved_count = bi->free_count;
	int rc;

	memcpy(saved, bi->free, sizeof(saved));
	arena_source = bi;
	arena_at = arena_end = NULL;
	unpack_prepare();
	rc = d->unpack(payload, bytes, out, room, made);
	memcpy(bi->free, saved, sizeof(saved));
	bi->free_count = saved_count;
	return rc;
}

int __init kernel_unpack(struct boot_info *bi, const void *image, size_t bytes, void **elf,
			 size_t *elf_bytes, uint64_t *elf_room)
{
	const struct decoder *d;
	const uint8_t *payload;
	size_t payload_bytes;
	uint32_t size;
	int rc;

	*elf_room = 0;
	if (bytes >= 4 && !memcmp(image, "\177ELF", 4)) {
		*elf = (void *)(uintptr_t)image;
		*elf_bytes = bytes;
		return 0;
	}
	if (!is_bzimage(image, bytes)) {
		log_err("dom0 kernel: neither a bzImage (boot protocol 2.08 or later) nor ELF");
		return -EINVAL;
	}
	rc = find_payload(image, bytes, &payload, &payload_bytes);
	if (rc) {
		return rc;
	}
	d = find_decoder(payload);
	if (!d) {
		log_err("dom0 kernel: unknown compression (starts with %02x %02x %02x %02x)",
			payload[0], payload[1], payload[2], payload[3]);
		return -ENOEXEC;
	}
	size = get32(payload + payload_bytes - 4);
	if (size > KERNEL_MAX || !size) {
		log_err("dom0 kernel: unpacked size of %u bytes is beyond %lu MiB", size,
			KERNEL_MAX >> 20);
		return -EINVAL;
	}
	*elf_room = ROUND_UP((uint64_t)size, PAGE_SIZE);
	*elf = boot_alloc(bi, *elf_room, PAGE_SIZE);
	rc = run_decoder(bi, d, payload, payload_bytes, *elf, size, elf_bytes);
	if (rc || *elf_bytes != size) {
		log_err("dom0 kernel: %s data is damaged (%zu of %u bytes unpacked)", d->name,
			*elf_bytes, size);
		return -EILSEQ;
	}
	log_info("dom0 kernel: %zu KiB of %s unpacked to %u KiB", payload_bytes >> 10, d->name,
		 size >> 10);
	return 0;
}
