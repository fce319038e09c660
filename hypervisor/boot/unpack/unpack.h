/* SPDX-License-Identifier: MIT */
/* From a bzImage to the ELF kernel inside. */
#ifndef ARGON_BOOT_UNPACK_UNPACK_H
#define ARGON_BOOT_UNPACK_UNPACK_H

#include "lib/types.h"

struct boot_info;

/*
 * Finds the payload of a bzImage (xz, zstd, gzip or lz4 by its magic number)
 * and unpacks it into RAM taken from bi; an ELF file is taken as it is.
 * Before mm_init.  What was taken for the result is [*elf, *elf + elf_room);
 * scratch memory is put back.  -EINVAL (not a kernel), -ENOEXEC (unknown
 * compression), -EILSEQ (damaged), each after a message.
 */
int kernel_unpack(struct boot_info *bi, const void *image, size_t bytes, void **elf,
		  size_t *elf_bytes, uint64_t *elf_room);

/* Runs the libraries' constructors, once before any decoder. */
void unpack_prepare(void);
/* One decoder: unpacks all of in into out (room bytes); *made: bytes written. 0 or -EILSEQ. */
int unpack_xz(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made);
int unpack_gzip(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made);
int unpack_lz4(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made);
int unpack_zstd(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t room, size_t *made);

/* Memory for decoders: an arena that kernel_unpack sets up and forgets. */
void *unpack_alloc(size_t bytes);

#endif
