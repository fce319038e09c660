/* SPDX-License-Identifier: MIT */
/* The small hypervisor. Its memory is a memfd, so that foreign mappings are real mappings. */
#include "fake_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../dom0-tools/libctl/privcmd.h"
#include "xen/domctl.h"
#include "xen/hypercall.h"
#include "xen/memory.h"
#include "xen/mmu.h"

#define FIRST_GUEST_FRAME 64U

struct fake_machine *fake_shared;
static int machine_fd = -1;
static uint8_t *machine;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

void fake_reset(void)
{
	if (machine_fd < 0) {
		machine_fd = memfd_create("machine", MFD_CLOEXEC);
		if (ftruncate(machine_fd, FAKE_FRAMES * 4096L) < 0) {
			abort();
		}
		fake_shared = mmap(NULL, sizeof(fake), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		machine = mmap(NULL, FAKE_FRAMES * 4096L, PROT_READ | PROT_WRITE, MAP_SHARED,
			       machine_fd, 0);
	}
	/* Frames come dirty: whoever relies on zeros is found out. */
	memset(machine, 0xd7, FAKE_FRAMES * 4096L);
	memset(machine + FAKE_SHARED_INFO * 4096, 0, 2 * 4096);
	memset(&fake, 0, sizeof(fake));
	memset(fake.pfn_of, 0xff, sizeof(fake.pfn_of));
	fake.superpages = true;
	fake.free_frames = FAKE_FRAMES - FIRST_GUEST_FRAME;
	fake.next_frame = FIRST_GUEST_FRAME;
}

void *fake_frame(uint64_t mfn)
{
	return mfn < FAKE_FRAMES ? machine + mfn * 4096 : NULL;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	if (!strcmp(path, "/dev/xen/privcmd")) {
		return fcntl(machine_fd, F_DUPFD_CLOEXEC, 3);
	}
	if (!strncmp(path, "/dev/xen/", 9)) {
		errno = ENOENT;
		return -1;
	}
	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	return __real_open(path, flags, mode);
}

static long populate(struct xen_memory_reservation *arg)
{
	uint64_t *extents = (uint64_t *)(uintptr_t)arg->extent_start;
	uint64_t step = 1UL << arg->extent_order;
	uint64_t done;

	if (arg->extent_order && !fake.superpages) {
		return 0;
	}
	for (done = 0; done < arg->nr_extents; done++) {
		uint64_t pfn = extents[done];
		uint64_t mfn = fake.next_frame;

		if (fake.free_frames < step || fake.next_frame + step > FAKE_FRAMES) {
			break;
		}
		fake.next_frame += step;
		fake.free_frames -= step;
		if (!arg->extent_order) {
			mfn ^= 1; /* frames are not in a row */
		}
		for (uint64_t i = 0; i < step; i++) {
			if (fake.pfn_of[mfn + i] != -1) {
				return -EEXIST;
			}
			fake.pfn_of[mfn + i] = (int64_t)(pfn + i);
		}
		extents[done] = mfn;
	}
	return (long)done;
}

static long memory_op(uint64_t cmd, void *arg)
{
	struct xen_memory_reservation *reservation = arg;
	struct xen_foreign_memory_map *map = arg;

	switch (cmd) {
	case XENMEM_claim_pages:
		if (reservation->nr_extents > fake.free_frames) {
			return -ENOMEM;
		}
		fake.claims = reservation->nr_extents ? 1 : 0;
		return 0;
	case XENMEM_populate_physmap:
		return reservation->domid == FAKE_DOMID ? populate(reservation) : -ESRCH;
	case XENMEM_set_memory_map:
		fake.map_bytes = ((struct e820_entry *)(uintptr_t)map->map.buffer)->size;
		return 0;
	default:
		return -ENOSYS;
	}
}

static long domctl(struct xen_domctl *op)
{
	if (op->interface_version != XEN_DOMCTL_INTERFACE_VERSION) {
		return -EACCES;
	}
	if (op->domain != FAKE_DOMID) {
		return -ESRCH;
	}
	switch (op->cmd) {
	case XEN_DOMCTL_getdomaininfo:
		op->u.getdomaininfo.domain = FAKE_DOMID;
		op->u.getdomaininfo.shared_info_frame = FAKE_SHARED_INFO;
		return 0;
	case XEN_DOMCTL_settscinfo:
		return 0;
	case XEN_DOMCTL_set_address_size:
		return op->u.address_size.size == 64 ? 0 : -EINVAL;
	case XEN_DOMCTL_hypercall_init:
		fake.hypercall_page = op->u.hypercall_init.gmfn;
		return 0;
	case XEN_DOMCTL_setvcpucontext:
		fake.vcpu_set = fake.pinned && op->u.vcpucontext.vcpu == 0;
		memcpy(&fake.context, (void *)(uintptr_t)op->u.vcpucontext.ctxt,
		       sizeof(fake.context));
		return 0;
	default:
		return -ENOSYS;
	}
}

static long hypercall(const struct privcmd_hypercall *call)
{
	struct mmuext_op *mmuext;

	switch (call->op) {
	case __HYPERVISOR_memory_op:
		return memory_op(call->arg[0], (void *)call->arg[1]);
	case __HYPERVISOR_domctl:
		return domctl((void *)call->arg[0]);
	case __HYPERVISOR_mmuext_op:
		mmuext = (void *)call->arg[0];
		if (mmuext->cmd != MMUEXT_PIN_L4_TABLE || call->arg[1] != 1 ||
		    call->arg[3] != FAKE_DOMID) {
			return -EINVAL;
		}
		fake.pinned = true;
		fake.pinned_mfn = mmuext->arg1.mfn;
		return 0;
	default:
		return -ENOSYS;
	}
}

/* Puts one machine frame at an address of a reservation. */
static int map_frame(uint64_t addr, uint64_t mfn)
{
	if (mfn >= FAKE_FRAMES ||
	    (fake.pfn_of[mfn] == -1 && mfn != FAKE_SHARED_INFO && mfn != FAKE_GRANT_TABLE)) {
		return -EINVAL;
	}
	return mmap((void *)addr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, machine_fd,
		    (off_t)mfn * 4096) == MAP_FAILED
		       ? -errno
		       : 0;
}

static long map_batch(struct privcmd_mmapbatch_v2 *batch)
{
	for (uint32_t i = 0; i < batch->num; i++) {
		batch->err[i] = batch->dom == FAKE_DOMID
					? map_frame(batch->addr + i * 4096UL, batch->arr[i])
					: -ESRCH;
	}
	return 0;
}

static long map_resource(struct privcmd_mmap_resource *arg)
{
	if (arg->dom != FAKE_DOMID || arg->type != XENMEM_resource_grant_table || arg->id ||
	    arg->idx || arg->num != 1) {
		return -EINVAL;
	}
	return map_frame(arg->addr, FAKE_GRANT_TABLE);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	long ret = -ENOTTY;
	va_list args;
	void *arg;

	(void)fd;
	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (++fake.calls == fake.fail_at) {
		ret = -EIO;
	} else if (request == PRIVCMD_HYPERCALL) {
		ret = hypercall(arg);
	} else if (request == PRIVCMD_MMAPBATCH_V2) {
		ret = map_batch(arg);
	} else if (request == PRIVCMD_MMAP_RESOURCE) {
		ret = map_resource(arg);
	}
	if (ret < 0) {
		errno = (int)-ret;
		return -1;
	}
	return (int)ret;
}
