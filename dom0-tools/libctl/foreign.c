/* SPDX-License-Identifier: MIT */
/* Foreign and resource mappings through privcmd. */
#include "foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "privcmd.h"

static int privcmd_reserve(struct ctl *ctl, int prot, size_t count, void **pages)
{
	if (!count || count > SIZE_MAX / XEN_PAGE_SIZE || count > UINT32_MAX) {
		return -EINVAL;
	}
	*pages = mmap(NULL, count * XEN_PAGE_SIZE, prot, MAP_SHARED, ctl_privcmd_fd(ctl), 0);
	return *pages == MAP_FAILED ? -errno : 0;
}

int ctl_foreign_map(struct ctl *ctl, xen_domid_t domid, int prot, const uint64_t *frames,
		    size_t count, void **pages)
{
	struct privcmd_mmapbatch_v2 batch = {
		.num = (uint32_t)count,
		.dom = domid,
		.arr = frames,
	};
	int *errors = calloc(count ? count : 1, sizeof(*errors));
	int ret;

	if (!errors) {
		return -ENOMEM;
	}
	ret = privcmd_reserve(ctl, prot, count, pages);
	if (ret) {
		free(errors);
		return ret;
	}
	batch.addr = (uintptr_t)*pages;
	batch.err = errors;
	ret = ioctl(ctl_privcmd_fd(ctl), PRIVCMD_MMAPBATCH_V2, &batch) < 0 ? -errno : 0;
	for (size_t i = 0; !ret && i < count; i++) {
		ret = errors[i];
	}
	free(errors);
	if (ret) {
		ctl_foreign_unmap(*pages, count);
	}
	return ret;
}

int ctl_resource_map(struct ctl *ctl, xen_domid_t domid, unsigned int type, unsigned int id,
		     unsigned int first, size_t count, void **pages)
{
	struct privcmd_mmap_resource arg = {
		.dom = domid,
		.type = type,
		.id = id,
		.idx = first,
		.num = count,
	};
	int ret = privcmd_reserve(ctl, PROT_READ | PROT_WRITE, count, pages);

	if (ret) {
		return ret;
	}
	arg.addr = (uintptr_t)*pages;
	if (ioctl(ctl_privcmd_fd(ctl), PRIVCMD_MMAP_RESOURCE, &arg) < 0) {
		ret = -errno;
		ctl_foreign_unmap(*pages, count);
	}
	return ret;
}

void ctl_foreign_unmap(void *pages, size_t count)
{
	munmap(pages, count * XEN_PAGE_SIZE);
}
