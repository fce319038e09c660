/* SPDX-License-Identifier: MIT */
/* Files and memory behind one reading function. */
#include "blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int blob_open(struct blob *blob, const char *path)
{
	/* Non-blocking, so that a FIFO in place of a kernel cannot hang us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int err;

	if (fd < 0) {
		return -errno;
	}
	err = fstat(fd, &st) < 0 ? -errno : 0;
	if (!err && !S_ISREG(st.st_mode)) {
		err = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	}
	if (err) {
		close(fd);
		return err;
	}
	*blob = (struct blob){.fd = fd, .size = (uint64_t)st.st_size};
	return 0;
}

void blob_from_memory(struct blob *blob, const void *data, size_t size)
{
	*blob = (struct blob){.fd = -1, .data = (uint8_t *)(uintptr_t)data, .size = size};
}

void blob_take_memory(struct blob *blob, void *data, size_t size)
{
	*blob = (struct blob){.fd = -1, .data = data, .owned = true, .size = size};
}

void blob_close(struct blob *blob)
{
	if (blob->fd >= 0) {
		close(blob->fd);
	}
	if (blob->owned) {
		free(blob->data);
	}
	*blob = (struct blob){.fd = -1};
}

int blob_read(const struct blob *blob, uint64_t offset, void *to, size_t len)
{
	uint8_t *next = to;

	if (offset > blob->size || len > blob->size - offset) {
		return -ERANGE;
	}
	if (blob->fd < 0) {
		if (len) {
			memcpy(to, blob->data + offset, len);
		}
		return 0;
	}
	while (len) {
		ssize_t got = pread(blob->fd, next, len, (off_t)offset);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return got ? -errno : -EIO;
		}
		next += got;
		offset += (uint64_t)got;
		len -= (size_t)got;
	}
	return 0;
}
