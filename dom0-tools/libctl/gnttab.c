/* SPDX-License-Identifier: MIT */
/* /dev/xen/gntdev. The requests and their arguments are Linux's <xen/gntdev.h>, restated here
 * because that header wants Xen's own typedefs. */
#include "gnttab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define GNTDEV_MAP_GRANT_REF _IOC(_IOC_NONE, 'G', 0, sizeof(struct map_grant_ref))
#define GNTDEV_UNMAP_GRANT_REF _IOC(_IOC_NONE, 'G', 1, sizeof(struct unmap_grant_ref))
#define GNTDEV_OFFSET_FOR_VADDR _IOC(_IOC_NONE, 'G', 2, sizeof(struct offset_for_vaddr))
#define GNTDEV_SET_UNMAP_NOTIFY _IOC(_IOC_NONE, 'G', 7, sizeof(struct unmap_notify))
#define UNMAP_NOTIFY_CLEAR_BYTE 1U
#define UNMAP_NOTIFY_SEND_EVENT 2U

#define MAX_REFS 256U

struct grant {
	uint32_t domid;
	uint32_t ref;
};

struct map_grant_ref {
	uint32_t count;
	uint32_t pad;
	uint64_t index; /* out: offset for mmap() */
	struct grant refs[1];
};

struct unmap_grant_ref {
	uint64_t index;
	uint32_t count;
	uint32_t pad;
};

struct offset_for_vaddr {
	uint64_t vaddr;
	uint64_t offset; /* out */
	uint32_t count;  /* out */
	uint32_t pad;
};

struct unmap_notify {
	uint64_t index; /* offset of the byte, as for mmap() */
	uint32_t action;
	uint32_t port;
};

static int gnttab_forget(int fd, uint64_t index, unsigned int count)
{
	struct unmap_grant_ref arg = {.index = index, .count = count};

	return ioctl(fd, GNTDEV_UNMAP_GRANT_REF, &arg) < 0 ? -errno : 0;
}

/* The first half of a mapping: the kernel notes the grants and names an mmap() offset. */
static int gnttab_reserve(int fd, xen_domid_t domid, const grant_ref_t *refs, unsigned int count,
			  uint64_t *index)
{
	struct map_grant_ref *arg;
	int ret = 0;

	if (!count || count > MAX_REFS) {
		return -EINVAL;
	}
	arg = calloc(1, sizeof(*arg) + (count - 1) * sizeof(arg->refs[0]));
	if (!arg) {
		return -ENOMEM;
	}
	arg->count = count;
	for (unsigned int i = 0; i < count; i++) {
		arg->refs[i].domid = domid;
		arg->refs[i].ref = refs[i];
	}
	if (ioctl(fd, GNTDEV_MAP_GRANT_REF, arg) < 0) {
		ret = -errno;
	}
	*index = arg->index;
	free(arg);
	return ret;
}

int ctl_gnttab_open(void)
{
	int fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int ctl_gnttab_map_refs(int fd, xen_domid_t domid, const grant_ref_t *refs, unsigned int count,
			int prot, void **pages)
{
	uint64_t index;
	int ret = gnttab_reserve(fd, domid, refs, count, &index);

	if (ret) {
		return ret;
	}
	*pages = mmap(NULL, count * XEN_PAGE_SIZE, prot, MAP_SHARED, fd, (off_t)index);
	if (*pages == MAP_FAILED) {
		ret = -errno;
		gnttab_forget(fd, index, count);
	}
	return ret;
}

int ctl_gnttab_map(int fd, xen_domid_t domid, grant_ref_t ref, int prot, void **page)
{
	return ctl_gnttab_map_refs(fd, domid, &ref, 1, prot, page);
}

int ctl_gnttab_map_notify(int fd, xen_domid_t domid, grant_ref_t ref, unsigned int clear_offset,
			  evtchn_port_t port, void **page)
{
	struct unmap_notify arg = {
		.action = UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT,
		.port = port,
	};
	uint64_t index;
	int ret = gnttab_reserve(fd, domid, &ref, 1, &index);

	if (ret) {
		return ret;
	}
	*page = mmap(NULL, XEN_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)index);
	if (*page == MAP_FAILED) {
		ret = -errno;
		gnttab_forget(fd, index, 1);
		return ret;
	}
	arg.index = index + clear_offset;
	if (ioctl(fd, GNTDEV_SET_UNMAP_NOTIFY, &arg) < 0) {
		ret = -errno;
		ctl_gnttab_unmap(fd, *page, 1);
	}
	return ret;
}

int ctl_gnttab_unmap(int fd, void *pages, unsigned int count)
{
	struct offset_for_vaddr where = {.vaddr = (uintptr_t)pages};

	if (ioctl(fd, GNTDEV_OFFSET_FOR_VADDR, &where) < 0) {
		return -errno;
	}
	if (where.count != count) {
		return -EINVAL;
	}
	if (munmap(pages, count * XEN_PAGE_SIZE) < 0) {
		return -errno;
	}
	return gnttab_forget(fd, where.offset, count);
}

int ctl_gnttab_detach(int fd, void *pages, unsigned int count)
{
	struct offset_for_vaddr where = {.vaddr = (uintptr_t)pages};

	if (ioctl(fd, GNTDEV_OFFSET_FOR_VADDR, &where) < 0) {
		return -errno;
	}
	return where.count == count ? gnttab_forget(fd, where.offset, count) : -EINVAL;
}
