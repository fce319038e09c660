/* SPDX-License-Identifier: MIT */
/* From a kernel file to an ELF image: recognise, unpack or take from the cache, parse. */
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bzimage.h"
#include "cache.h"
#include "unpack.h"

static int open_error(struct ctl_error *err, const char *path, int error)
{
	ctl_error_set(err, error == -ENOENT ? "no-such-kernel" : "cannot-read-kernel",
		      "cannot open kernel %s", path);
	if (error == -EINVAL) {
		ctl_error_cause(err, "it is not a regular file");
	} else {
		ctl_error_errno(err, error);
	}
	ctl_error_hint(err, "kernel= names a file of the control domain, e.g. /boot/vmlinuz-…");
	return error;
}

static int unpack_error(struct ctl_error *err, const char *name, enum unpack_format format,
			int error)
{
	ctl_error_set(err, "bad-kernel-image", "cannot use %s as a kernel", name);
	switch (error) {
	case -EOPNOTSUPP:
		ctl_error_cause(err,
				format == UNPACK_UNKNOWN
					? "neither an ELF file nor a bzImage nor compressed"
					: "compressed with %s",
				unpack_format_name(format));
		ctl_error_hint(err, "known are gzip, xz, zstd, lz4 and unpacked ELF kernels");
		break;
	case -EBADMSG:
		ctl_error_cause(err, "its %s data is damaged", unpack_format_name(format));
		break;
	case -EFBIG:
		ctl_error_cause(err, "it unpacks to more than %lu MiB", UNPACK_MAX_BYTES >> 20);
		break;
	default:
		ctl_error_errno(err, error);
	}
	return error;
}

/* Where the packed kernel is in the file, and how large it says it will be. */
static int find_payload(const struct blob *file, const char *name, struct bzimage_payload *payload,
			struct ctl_error *err)
{
	int ret;

	if (!bzimage_is(file)) {
		*payload = (struct bzimage_payload){.len = file->size};
		return 0;
	}
	ret = bzimage_payload(file, payload);
	if (ret) {
		ctl_error_set(err, "bad-kernel-image", "cannot use %s as a kernel", name);
		ctl_error_cause(err, ret == -EOPNOTSUPP ? "its boot protocol is older than 2.08"
							: "its header points outside of the file");
	}
	return ret;
}

/* Reads, unpacks and checks; *image owns the result. */
static int unpack_payload(const struct blob *file, const struct bzimage_payload *payload,
			  const char *name, struct kernel *kernel, struct ctl_error *err)
{
	enum unpack_format format;
	uint8_t *packed, *elf;
	size_t elf_len;
	int ret;

	if (payload->len > UNPACK_MAX_BYTES) {
		return unpack_error(err, name, UNPACK_UNKNOWN, -EFBIG);
	}
	packed = malloc(payload->len ? payload->len : 1);
	if (!packed) {
		return unpack_error(err, name, UNPACK_UNKNOWN, -ENOMEM);
	}
	ret = blob_read(file, payload->offset, packed, payload->len);
	format = ret ? UNPACK_UNKNOWN : unpack_format(packed, payload->len);
	if (!ret) {
		ret = unpack(packed, payload->len, payload->unpacked_len, &elf, &elf_len);
	}
	free(packed);
	if (ret) {
		return unpack_error(err, name, format, ret);
	}
	blob_take_memory(&kernel->image, elf, elf_len);
	ret = elf_parse(&kernel->image, name, &kernel->info, err);
	if (ret) {
		blob_close(&kernel->image);
	}
	return ret;
}

static bool is_plain_elf(const struct blob *file)
{
	uint8_t magic[4];

	return !blob_read(file, 0, magic, sizeof(magic)) &&
	       unpack_format(magic, sizeof(magic)) == UNPACK_NONE;
}

int kernel_open(const char *path, const char *cache_dir, struct kernel *kernel,
		struct ctl_error *err)
{
	struct bzimage_payload payload;
	struct cache cache;
	struct blob file;
	int ret = blob_open(&file, path);

	memset(kernel, 0, sizeof(*kernel));
	kernel->image.fd = -1;
	if (ret) {
		return open_error(err, path, ret);
	}
	if (is_plain_elf(&file)) {
		kernel->image = file;
		ret = elf_parse(&file, path, &kernel->info, err);
		if (ret) {
			kernel_close(kernel);
		}
		return ret;
	}
	ret = find_payload(&file, path, &payload, err);
	if (!ret) {
		cache_open(&cache, cache_dir, &file, payload.offset, payload.len);
		/* What is in the cache was checked before, but disks rot: else unpack anew. */
		bool cached = cache_find(&cache, &kernel->image);

		if (cached && elf_parse(&kernel->image, path, &kernel->info, err)) {
			blob_close(&kernel->image);
			cached = false;
		}
		if (!cached) {
			ret = unpack_payload(&file, &payload, path, kernel, err);
			if (!ret) {
				cache_add(&cache, &kernel->image);
			}
		}
		cache_close(&cache);
	}
	blob_close(&file);
	return ret;
}

int kernel_open_memory(const void *data, size_t len, const char *name, struct kernel *kernel,
		       struct ctl_error *err)
{
	struct bzimage_payload payload;
	struct blob file;
	int ret;

	memset(kernel, 0, sizeof(*kernel));
	kernel->image.fd = -1;
	blob_from_memory(&file, data, len);
	if (is_plain_elf(&file)) {
		kernel->image = file;
		return elf_parse(&file, name, &kernel->info, err);
	}
	ret = find_payload(&file, name, &payload, err);
	return ret ? ret : unpack_payload(&file, &payload, name, kernel, err);
}

void kernel_close(struct kernel *kernel)
{
	blob_close(&kernel->image);
}
