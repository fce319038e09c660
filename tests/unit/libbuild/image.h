/* SPDX-License-Identifier: MIT */
/* Makes small PV kernels for the tests, right ones and wrong ones. */
#ifndef TESTS_UNIT_LIBBUILD_IMAGE_H
#define TESTS_UNIT_LIBBUILD_IMAGE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_VIRT_BASE 0xffffffff80000000UL
#define IMAGE_START 0x100000UL   /* pseudo-physical, of its one segment */
#define IMAGE_FILE_SIZE 0x1800UL /* of that */
#define IMAGE_MEM_SIZE 0x4000UL
#define IMAGE_INIT_P2M 0x8000000000UL

/* An ELF file in memory: header, two program headers (load, note), notes, segment. */
struct image {
	size_t len;
	size_t notes_len;
	Elf64_Ehdr header;
	Elf64_Phdr load;
	Elf64_Phdr note;
	uint8_t notes[1024];
	uint8_t segment[IMAGE_FILE_SIZE]; /* byte i is i * 7 */
};

/* A kernel like Linux: high addresses, INIT_P2M, MOD_START_PFN. */
void image_init(struct image *image);

/* Adds a note of owner "Xen". */
void image_note(struct image *image, uint32_t type, const void *desc, size_t len);
void image_note_number(struct image *image, uint32_t type, uint64_t value);

/* Forgets all notes. */
void image_no_notes(struct image *image);

/* The file's bytes are *image from its header on. */
static inline const uint8_t *image_bytes(const struct image *image)
{
	return (const uint8_t *)&image->header;
}
static inline size_t image_len(void)
{
	return sizeof(struct image) - offsetof(struct image, header);
}

#endif
