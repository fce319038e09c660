/* SPDX-License-Identifier: MIT */
/* Saved domains, played: a head with a configuration, an image that is one word, a tail. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../dom0-tools/libctl/domctl.h"
#include "../../../dom0-tools/libstore/store.h"
#include "../../../dom0-tools/stream/stream.h"
#include "fake.h"

static const char image[] = "image";

struct stream_file {
	int fd;
};

extern bool fake_compressed;
bool fake_compressed; /* the last file that was begun is */

struct stream_file *stream_file_create(int fd, bool compress)
{
	struct stream_file *file = malloc(sizeof(*file));

	fake_compressed = compress;
	file->fd = fd;
	return file;
}

struct stream_file *stream_file_open(int fd)
{
	return stream_file_create(fd, false);
}

void stream_file_free(struct stream_file *file)
{
	free(file);
}

uint64_t stream_file_bytes(const struct stream_file *file)
{
	(void)file;
	return 4711;
}

int stream_write_head(struct stream_file *file, const char *json, struct ctl_error *err)
{
	size_t len = strlen(json) + 1;

	(void)err;
	return write(file->fd, json, len) == (ssize_t)len ? 0 : -EIO;
}

int stream_read_head(struct stream_file *file, char **json, struct ctl_error *err)
{
	size_t used = 0, room = 1 << 16;

	*json = calloc(1, room);
	while (used < room - 1 && read(file->fd, *json + used, 1) == 1 && (*json)[used]) {
		used++;
	}
	if (!used) {
		ctl_error_set(err, "bad-save-file", "nothing in it");
		free(*json);
		return -EINVAL;
	}
	return 0;
}

int stream_write_tail(struct stream_file *file, struct ctl_error *err)
{
	(void)file;
	(void)err;
	return 0;
}

int stream_read_tail(struct stream_file *file, struct ctl_error *err)
{
	(void)file;
	(void)err;
	return 0;
}

int stream_save(struct ctl *ctl, xen_domid_t domid, struct stream_file *file,
		const struct stream_progress *progress, struct ctl_error *err)
{
	(void)ctl;
	(void)domid;
	(void)progress;
	if (fake_fails()) {
		ctl_error_set(err, "save-failed", "cannot save domain %u", domid);
		return -EIO;
	}
	return write(file->fd, image, sizeof(image)) == sizeof(image) ? 0 : -EIO;
}

int stream_restore(struct ctl *ctl, struct stream_file *file,
		   const struct stream_restore_params *params,
		   const struct stream_progress *progress, struct stream_restore_result *result,
		   struct ctl_error *err)
{
	char text[sizeof(image)];

	(void)ctl;
	(void)params;
	(void)progress;
	if (fake_fails() || read(file->fd, text, sizeof(text)) != sizeof(text) ||
	    memcmp(text, image, sizeof(image))) {
		ctl_error_set(err, "bad-save-file", "cannot use the saved domain");
		return -EINVAL;
	}
	*result = (struct stream_restore_result){.store_mfn = 5, .console_mfn = 6};
	fake.built++;
	return 0;
}

int ctl_vcpu_get_context(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			 struct vcpu_guest_context *context)
{
	(void)ctl;
	(void)domid;
	memset(context, 0, sizeof(*context));
	if (fake.contexts) {
		*context = fake.contexts[vcpu];
	}
	return 0;
}

int ctl_vcpu_set_context(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			 const struct vcpu_guest_context *context)
{
	(void)ctl;
	(void)domid;
	(void)vcpu;
	return context->user_regs.rax == 1 ? 0 : -EINVAL;
}

int ctl_domctl(struct ctl *ctl, struct xen_domctl *op)
{
	(void)ctl;
	for (unsigned int i = 0; i < fake.domain_count; i++) {
		if (fake.domains[i].domain == op->domain && op->cmd == XEN_DOMCTL_resumedomain) {
			fake.domains[i].flags &= ~(uint32_t)XEN_DOMINF_shutdown;
			return 0;
		}
	}
	return -ESRCH;
}

int store_resume(struct store *store, uint32_t domid)
{
	(void)store;
	(void)domid;
	return 0;
}
