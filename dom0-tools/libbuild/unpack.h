/* SPDX-License-Identifier: MIT */
/* Unpacking the compressed payload of a kernel, by the libraries. */
#ifndef DOM0_TOOLS_LIBBUILD_UNPACK_H
#define DOM0_TOOLS_LIBBUILD_UNPACK_H

#include <stddef.h>
#include <stdint.h>

enum unpack_format {
	UNPACK_UNKNOWN,
	UNPACK_NONE, /* an ELF file as it is */
	UNPACK_GZIP,
	UNPACK_XZ,
	UNPACK_ZSTD,
	UNPACK_LZ4,  /* the legacy frames that the kernel's build makes */
	UNPACK_LZMA, /* recognised, not supported, as are the next two */
	UNPACK_BZIP2,
	UNPACK_LZO,
};

/* No kernel is larger: what claims to be, or unpacks to more, is refused. */
#define UNPACK_MAX_BYTES (512UL << 20)

/* What the first bytes say. */
enum unpack_format unpack_format(const uint8_t *data, size_t len);

/* "xz", "gzip", … */
const char *unpack_format_name(enum unpack_format format);

/*
 * Unpacks the first stream in `data`; bytes behind it are ignored. `size_hint` is how large the
 * result probably is (0 = unknown); it is only a hint. *out is malloc'ed.
 * -EOPNOTSUPP: format unknown or not supported; -EBADMSG: damaged; -EFBIG: over UNPACK_MAX_BYTES;
 * -ENOMEM.
 */
int unpack(const uint8_t *data, size_t len, size_t size_hint, uint8_t **out, size_t *out_len);

/* The same into a file, from where it stands; writing may fail too (-ENOSPC …). Spares the pages
 * of a buffer as large as the result, which a PV domain pays dearly for. */
int unpack_to_file(const uint8_t *data, size_t len, int fd, size_t *out_len);

#endif
