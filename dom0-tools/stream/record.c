/* SPDX-License-Identifier: MIT */
/* Records, and single pieces. */
#include "record.h"

int stream_write(struct stream_file *file, const void *data, size_t len, struct ctl_error *err)
{
	struct iovec iov = {(void *)(uintptr_t)data, len};

	return stream_writev(file, &iov, 1, err);
}

int stream_read(struct stream_file *file, void *data, size_t len, struct ctl_error *err)
{
	struct iovec iov = {data, len};

	return len ? stream_readv(file, &iov, 1, err) : 0;
}

int record_write(struct stream_file *file, uint32_t type, const void *head, size_t head_len,
		 const void *body, size_t body_len, struct ctl_error *err)
{
	static const uint8_t zeroes[REC_ALIGN];
	struct xc_sr_rhdr hdr = {.type = type, .length = (uint32_t)(head_len + body_len)};
	struct iovec iov[] = {
		{&hdr, sizeof(hdr)},
		{(void *)(uintptr_t)head, head_len},
		{(void *)(uintptr_t)body, body_len},
		{(void *)(uintptr_t)zeroes, record_padding(hdr.length)},
	};

	return stream_writev(file, iov, sizeof(iov) / sizeof(iov[0]), err);
}
