/* SPDX-License-Identifier: MIT */
/* The privcmd handle, the hypercall ioctl and the buffers it may point into. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privcmd.h"

struct ctl {
	int privcmd;
	int buffers;    /* /dev/xen/hypercall, or -1 on kernels before 4.18 */
	void *arg_page; /* argument of the call under way */
};

static size_t whole_pages(size_t size)
{
	return (size + XEN_PAGE_SIZE - 1) & ~(XEN_PAGE_SIZE - 1);
}

int ctl_take_over(int privcmd, int buffers, struct ctl **out)
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));

	*out = NULL;
	if (!ctl) {
		close(privcmd);
		if (buffers >= 0) {
			close(buffers);
		}
		return -ENOMEM;
	}
	ctl->privcmd = privcmd;
	ctl->buffers = buffers;
	ctl->arg_page = ctl_buffer_alloc(ctl, XEN_PAGE_SIZE);
	if (!ctl->arg_page) {
		ctl_close(ctl);
		return -ENOMEM;
	}
	*out = ctl;
	return 0;
}

int ctl_open(struct ctl **out)
{
	int privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);

	*out = NULL;
	if (privcmd < 0) {
		return -errno;
	}
	return ctl_take_over(privcmd, open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC), out);
}

void ctl_descriptors(const struct ctl *ctl, int *privcmd, int *buffers)
{
	*privcmd = ctl->privcmd;
	*buffers = ctl->buffers;
}

void ctl_close(struct ctl *ctl)
{
	if (!ctl) {
		return;
	}
	if (ctl->arg_page) {
		ctl_buffer_free(ctl, ctl->arg_page, XEN_PAGE_SIZE);
	}
	if (ctl->buffers >= 0) {
		close(ctl->buffers);
	}
	close(ctl->privcmd);
	free(ctl);
}

int ctl_privcmd_fd(const struct ctl *ctl)
{
	return ctl->privcmd;
}

void *ctl_arg_page(struct ctl *ctl)
{
	return ctl->arg_page;
}

long ctl_hypercall(struct ctl *ctl, unsigned long op, const uint64_t args[5])
{
	struct privcmd_hypercall call = {.op = op};
	int ret;

	memcpy(call.arg, args, sizeof(call.arg));
	ret = ioctl(ctl->privcmd, PRIVCMD_HYPERCALL, &call);
	return ret < 0 ? -errno : ret;
}

void *ctl_buffer_alloc(struct ctl *ctl, size_t size)
{
	int flags = ctl->buffers >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED;
	void *buffer;

	if (!size || size > SIZE_MAX - XEN_PAGE_SIZE) {
		return NULL;
	}
	size = whole_pages(size);
	buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, ctl->buffers, 0);
	if (buffer == MAP_FAILED) {
		return NULL;
	}
	if (ctl->buffers < 0) {
		/* A fork would make the pages copy-on-write under a hypercall. */
		madvise(buffer, size, MADV_DONTFORK);
		memset(buffer, 0, size);
	}
	return buffer;
}

void ctl_buffer_free(struct ctl *ctl, void *buffer, size_t size)
{
	(void)ctl;
	if (buffer) {
		munmap(buffer, whole_pages(size));
	}
}
