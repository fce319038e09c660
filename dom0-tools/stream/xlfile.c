/* SPDX-License-Identifier: MIT */
/* xl's header with the configuration, and libxl's stream, of which the image is one record. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "argon/stream.h"
#include "record.h"
#include "stream.h"

#define CONFIG_MAX (1U << 20) /* a configuration is some kilobytes */

/* The image has no length of its own: it ends with its END record. */
static const struct libxl__sr_rec_hdr image_follows = {.type = LIBXL_REC_TYPE_LIBXC_CONTEXT};
static const struct libxl__sr_rec_hdr the_end = {.type = LIBXL_REC_TYPE_END};

int stream_write_head(struct stream_file *file, const char *json, struct ctl_error *err)
{
	uint32_t json_len = (uint32_t)strlen(json) + 1;
	struct xl_save_header xl = {
		.byteorder = XL_SAVE_BYTEORDER,
		.mandatory_flags = XL_MANDATORY_FLAG_ALL,
		.optional_flags = XL_OPTIONAL_FLAG_ARGON_SUM,
		.optional_data_len = json_len + (uint32_t)sizeof(json_len),
	};
	struct libxl__sr_hdr libxl = {
		.ident = htobe64(RESTORE_STREAM_IDENT),
		.version = htobe32(RESTORE_STREAM_VERSION),
	};
	struct iovec iov[] = {
		{&xl, sizeof(xl)},
		{&json_len, sizeof(json_len)},
		{(void *)(uintptr_t)json, json_len},
		{&libxl, sizeof(libxl)},
		{(void *)(uintptr_t)&image_follows, sizeof(image_follows)},
	};

	memcpy(xl.magic, XL_SAVE_MAGIC, sizeof(xl.magic));
	return stream_writev(file, iov, sizeof(iov) / sizeof(iov[0]), err);
}

int stream_write_tail(struct stream_file *file, struct ctl_error *err)
{
	int ret = stream_write(file, &the_end, sizeof(the_end), err);

	return ret ? ret : stream_file_finish(file, err);
}

static int check_xl_header(const struct xl_save_header *xl, struct ctl_error *err)
{
	if (memcmp(xl->magic, XL_SAVE_MAGIC, sizeof(xl->magic))) {
		stream_bad(err, "it does not begin like a domain that xl or axl saved");
		ctl_error_hint(err,
			       "the file was left as it is; a configuration is for axl create");
		return -EINVAL;
	}
	if (xl->byteorder != XL_SAVE_BYTEORDER) {
		return stream_bad(err, "it was saved on a machine of the other byte order");
	}
	if (xl->mandatory_flags != XL_MANDATORY_FLAG_ALL) {
		return stream_bad(err, "its header asks for features %#x, known are %#x",
				  xl->mandatory_flags, XL_MANDATORY_FLAG_ALL);
	}
	if (xl->optional_data_len <= sizeof(uint32_t) || xl->optional_data_len > CONFIG_MAX) {
		return stream_bad(err, "its configuration has %u bytes, not 5 to %u",
				  xl->optional_data_len, CONFIG_MAX);
	}
	return 0;
}

static int read_config(struct stream_file *file, uint32_t len, char **json, struct ctl_error *err)
{
	char *data = malloc(len + 1);
	uint32_t json_len;
	int ret;

	if (!data) {
		return -ENOMEM;
	}
	ret = stream_read(file, data, len, err);
	memcpy(&json_len, data, sizeof(json_len));
	if (!ret && json_len > len - sizeof(json_len)) {
		ret = stream_bad(err, "its configuration claims %u of %zu bytes", json_len,
				 len - sizeof(json_len));
	}
	if (ret) {
		free(data);
		return ret;
	}
	memmove(data, data + sizeof(json_len), json_len);
	data[json_len] = '\0';
	*json = data;
	return 0;
}

/* libxl's stream up to the image. */
static int read_libxl(struct stream_file *file, struct ctl_error *err)
{
	struct libxl__sr_rec_hdr record;
	struct libxl__sr_hdr libxl;
	int ret = stream_read(file, &libxl, sizeof(libxl), err);

	if (!ret && (be64toh(libxl.ident) != RESTORE_STREAM_IDENT ||
		     be32toh(libxl.version) != RESTORE_STREAM_VERSION || libxl.options)) {
		ret = stream_bad(err, "behind the configuration is no libxl stream of version %u",
				 RESTORE_STREAM_VERSION);
	}
	if (!ret) {
		ret = stream_read(file, &record, sizeof(record), err);
	}
	if (!ret && (record.type != LIBXL_REC_TYPE_LIBXC_CONTEXT || record.length)) {
		ret = stream_bad(err, "libxl's first record is %#x of %u bytes, no image",
				 record.type, record.length);
	}
	return ret;
}

int stream_read_head(struct stream_file *file, char **json, struct ctl_error *err)
{
	struct xl_save_header xl = {0};
	int ret = stream_read(file, &xl, sizeof(xl), err);

	*json = NULL;
	if (!ret) {
		ret = check_xl_header(&xl, err);
	}
	if (xl.optional_flags & XL_OPTIONAL_FLAG_ARGON_SUM) {
		stream_file_promise_sum(file);
	}
	if (!ret) {
		ret = read_config(file, xl.optional_data_len, json, err);
	}
	if (!ret) {
		ret = read_libxl(file, err);
	}
	if (ret) {
		free(*json);
		*json = NULL;
	}
	return ret;
}

int stream_read_tail(struct stream_file *file, struct ctl_error *err)
{
	struct libxl__sr_rec_hdr record;
	int ret = stream_read(file, &record, sizeof(record), err);

	if (!ret && (record.type != LIBXL_REC_TYPE_END || record.length)) {
		ret = stream_bad(err, "behind the image is record %#x of %u bytes, not the end",
				 record.type, record.length);
	}
	return ret ? ret : stream_file_check(file, err);
}
