/* SPDX-License-Identifier: MIT */
/* From a kernel file to an ELF image: recognise, unpack or take from the cache, parse. */
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Reads the packed kernel; *packed is malloc'ed. */
static int read_payload(const struct blob *file, const struct bzimage_payload *payload,
			const char *name, uint8_t **packed, struct ctl_error *err)
{
	int ret;

	if (payload->len > UNPACK_MAX_BYTES) {
		return unpack_error(err, name, UNPACK_UNKNOWN, -EFBIG);
	}
	*packed = malloc(payload->len ? payload->len : 1);
	if (!*packed) {
		return unpack_error(err, name, UNPACK_UNKNOWN, -ENOMEM);
	}
	ret = blob_read(file, payload->offset, *packed, payload->len);
	if (ret) {
		free(*packed);
		unpack_error(err, name, UNPACK_UNKNOWN, ret);
	}
	return ret;
}

/* Unpacks into memory and checks; kernel->image owns the result. */
static int unpack_payload(const uint8_t *packed, const struct bzimage_payload *payload,
			  const char *name, struct kernel *kernel, struct ctl_error *err)
{
	uint8_t *elf;
	size_t elf_len;
	int ret = unpack(packed, payload->len, payload->unpacked_len, &elf, &elf_len);

	if (ret) {
		return unpack_error(err, name, unpack_format(packed, payload->len), ret);
	}
	blob_take_memory(&kernel->image, elf, elf_len);
	ret = elf_parse(&kernel->image, name, &kernel->info, err);
	if (ret) {
		blob_close(&kernel->image);
	}
	return ret;
}

/* Unpacks into a new entry of the cache, which is kept if it is a kernel. False: it could not be
 * written. */
static bool unpack_cached(struct cache *cache, const uint8_t *packed,
			  const struct bzimage_payload *payload, const char *name,
			  struct kernel *kernel, struct ctl_error *err, int *ret)
{
	int fd = cache_begin(cache);
	size_t len;

	if (fd < 0) {
		return false;
	}
	*ret = unpack_to_file(packed, payload->len, fd, &len);
	if (*ret) {
		/* Damaged data are damaged in memory too; a full disk is not. */
		cache_drop(cache);
		close(fd);
		return false;
	}
	kernel->image = (struct blob){.fd = fd, .size = len};
	*ret = elf_parse(&kernel->image, name, &kernel->info, err);
	if (*ret) {
		cache_drop(cache);
		blob_close(&kernel->image);
	} else {
		cache_keep(cache, fd, packed, payload->len);
	}
	return true;
}

static bool is_plain_elf(const struct blob *file)
{
	uint8_t magic[4];

	return !blob_read(file, 0, magic, sizeof(magic)) &&
	       unpack_format(magic, sizeof(magic)) == UNPACK_NONE;
}

/* What is in the cache was checked before, but disks rot: only what still is a kernel counts. */
static bool take_cached(const char *path, struct kernel *kernel)
{
	struct ctl_error unused;

	if (elf_parse(&kernel->image, path, &kernel->info, &unused)) {
		blob_close(&kernel->image);
		return false;
	}
	return true;
}

static int open_packed(const char *path, const struct blob *file, struct cache *cache,
		       struct kernel *kernel, struct ctl_error *err)
{
	struct bzimage_payload payload;
	uint8_t *packed;
	int ret;

	if (cache_find_file(cache, &kernel->image) && take_cached(path, kernel)) {
		return 0;
	}
	ret = find_payload(file, path, &payload, err);
	if (!ret) {
		ret = read_payload(file, &payload, path, &packed, err);
	}
	if (ret) {
		return ret;
	}
	if (!(cache_find_packed(cache, packed, payload.len, &kernel->image) &&
	      take_cached(path, kernel)) &&
	    !unpack_cached(cache, packed, &payload, path, kernel, err, &ret)) {
		ret = unpack_payload(packed, &payload, path, kernel, err);
	}
	free(packed);
	return ret;
}

int kernel_open(const char *path, const char *cache_dir, struct kernel *kernel,
		struct ctl_error *err)
{
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
	cache_open(&cache, cache_dir, &file);
	ret = open_packed(path, &file, &cache, kernel, err);
	cache_close(&cache);
	blob_close(&file);
	return ret;
}

int kernel_open_memory(const void *data, size_t len, const char *name, struct kernel *kernel,
		       struct ctl_error *err)
{
	struct bzimage_payload payload;
	struct blob file;
	uint8_t *packed;
	int ret;

	memset(kernel, 0, sizeof(*kernel));
	kernel->image.fd = -1;
	blob_from_memory(&file, data, len);
	if (is_plain_elf(&file)) {
		kernel->image = file;
		return elf_parse(&file, name, &kernel->info, err);
	}
	ret = find_payload(&file, name, &payload, err);
	if (!ret) {
		ret = read_payload(&file, &payload, name, &packed, err);
	}
	if (ret) {
		return ret;
	}
	ret = unpack_payload(packed, &payload, name, kernel, err);
	free(packed);
	return ret;
}

void kernel_close(struct kernel *kernel)
{
	blob_close(&kernel->image);
}
