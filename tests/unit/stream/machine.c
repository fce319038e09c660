/* SPDX-License-Identifier: MIT */
/* libctl, answered by a memory file. */
#include "machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../dom0-tools/libctl/foreign.h"
#include "../../../dom0-tools/libctl/memory.h"
#include "xen/hypercall.h"
#include "xen/memory.h"
#include "xen/mmu.h"
#include "xen/sched.h"

struct machine machine;

void machine_reset(void)
{
	int fd = machine.fd;
	uint8_t *memory = machine.memory;

	if (!memory) {
		fd = memfd_create("machine", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, MACHINE_FRAMES * XEN_PAGE_SIZE)) {
			abort();
		}
		memory = mmap(NULL, MACHINE_FRAMES * XEN_PAGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_SHARED, fd, 0);
		if (memory == MAP_FAILED) {
			abort();
		}
	}
	memset(&machine, 0, sizeof(machine));
	machine.fd = fd;
	machine.memory = memory;
	for (unsigned int i = SAVED; i <= RESTORED; i++) {
		machine.domain[i].shared_info = machine_frame((xen_domid_t)i);
		machine.domain[i].grant_table = machine_frame((xen_domid_t)i);
		machine.domain[i].pages = 0;
		machine.domain[i].limit = 1024;
	}
}

uint64_t machine_frame(xen_domid_t domid)
{
	struct machine_domain *d = &machine.domain[domid];

	if (machine.used >= MACHINE_FRAMES - 1 || (d->limit && d->pages >= d->limit)) {
		return 0;
	}
	d->pages++;
	machine.owner[++machine.used] = (uint8_t)domid;
	memset(machine_page(machine.used), 0, XEN_PAGE_SIZE);
	return machine.used;
}

int ctl_domain_info(struct ctl *ctl, xen_domid_t domid, struct xen_domctl_getdomaininfo *info)
{
	(void)ctl;
	*info = (struct xen_domctl_getdomaininfo){
		.domain = domid,
		.shared_info_frame = machine.domain[domid].shared_info,
	};
	if (machine.domain[domid].suspended) {
		info->flags = XEN_DOMINF_shutdown | SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
	}
	return 0;
}

int ctl_foreign_map(struct ctl *ctl, xen_domid_t domid, int prot, const uint64_t *frames,
		    size_t count, void **pages)
{
	uint8_t *at;

	(void)ctl;
	for (size_t i = 0; i < count; i++) {
		if (!frames[i] || frames[i] >= MACHINE_FRAMES ||
		    machine.owner[frames[i]] != domid) {
			return -EINVAL;
		}
	}
	at = mmap(NULL, count * XEN_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!count || at == MAP_FAILED) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		if (mmap(at + i * XEN_PAGE_SIZE, XEN_PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED,
			 machine.fd, (off_t)(frames[i] * XEN_PAGE_SIZE)) == MAP_FAILED) {
			abort();
		}
	}
	machine.maps += (long)count;
	*pages = at;
	return 0;
}

int ctl_resource_map(struct ctl *ctl, xen_domid_t domid, unsigned int type, unsigned int id,
		     unsigned int first, size_t count, void **pages)
{
	(void)type;
	(void)id;
	(void)first;
	return ctl_foreign_map(ctl, domid, PROT_READ | PROT_WRITE,
			       &machine.domain[domid].grant_table, count, pages);
}

void ctl_foreign_unmap(void *pages, size_t count)
{
	munmap(pages, count * XEN_PAGE_SIZE);
	machine.maps -= (long)count;
}

void *ctl_buffer_alloc(struct ctl *ctl, size_t size)
{
	(void)ctl;
	return calloc(1, size);
}

void ctl_buffer_free(struct ctl *ctl, void *buffer, size_t size)
{
	(void)ctl;
	(void)size;
	free(buffer);
}

int ctl_populate_physmap(struct ctl *ctl, xen_domid_t domid, uint64_t *extents, size_t count,
			 unsigned int order)
{
	(void)ctl;
	(void)order;
	for (size_t i = 0; i < count; i++) {
		extents[i] = machine_frame(domid);
		if (!extents[i]) {
			return (int)i;
		}
	}
	return (int)count;
}

int ctl_set_memory_map(struct ctl *ctl, xen_domid_t domid, uint64_t bytes)
{
	(void)ctl;
	machine.domain[domid].limit = bytes / XEN_PAGE_SIZE;
	return 0;
}

int ctl_domain_set_address_size(struct ctl *ctl, xen_domid_t domid, unsigned int bits)
{
	(void)ctl;
	(void)domid;
	return bits == 64 ? 0 : -EINVAL;
}

long ctl_memory_value(struct ctl *ctl, unsigned int cmd)
{
	(void)ctl;
	return cmd == XENMEM_maximum_ram_page ? (long)MACHINE_FRAMES - 1 : -ENOSYS;
}

long ctl_hypercall(struct ctl *ctl, unsigned long op, const uint64_t args[5])
{
	const struct mmuext_op *ops = (const struct mmuext_op *)args[0];
	struct machine_domain *d = &machine.domain[args[3]];

	(void)ctl;
	if (op != __HYPERVISOR_mmuext_op) {
		return -ENOSYS;
	}
	for (uint64_t i = 0; i < args[1]; i++) {
		if (ops[i].arg1.mfn >= MACHINE_FRAMES || d->pin_count == MACHINE_PINS) {
			return -EINVAL;
		}
		d->pinned[d->pin_count++] = ops[i].arg1.mfn;
	}
	return 0;
}

int ctl_vcpu_info(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
		  struct xen_domctl_getvcpuinfo *info)
{
	(void)ctl;
	(void)domid;
	*info = (struct xen_domctl_getvcpuinfo){.vcpu = vcpu, .online = 1};
	return vcpu ? -ESRCH : 0;
}

int ctl_vcpu_get_context(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			 struct vcpu_guest_context *context)
{
	(void)ctl;
	(void)vcpu;
	*context = machine.domain[domid].context;
	return 0;
}

int ctl_vcpu_set_context(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			 const struct vcpu_guest_context *context)
{
	(void)ctl;
	if (!vcpu) {
		machine.domain[domid].context = *context;
	}
	return 0;
}

static int frame_types(const struct xen_domctl *op)
{
	uint64_t *array = (uint64_t *)op->u.getpageframeinfo3.array;

	for (uint64_t i = 0; i < op->u.getpageframeinfo3.num; i++) {
		bool own = array[i] < MACHINE_FRAMES && machine.owner[array[i]] == op->domain;

		array[i] = own ? machine.type[array[i]] : XEN_DOMCTL_PFINFO_XTAB;
	}
	return 0;
}

static int get_xsave(const struct machine_domain *d, struct xen_domctl *op)
{
	if (op->u.vcpuextstate.buffer) {
		memcpy((void *)op->u.vcpuextstate.buffer, d->xsave, XSAVE_SIZE);
	}
	op->u.vcpuextstate.size = XSAVE_SIZE;
	return 0;
}

static int set_xsave(struct machine_domain *d, const struct xen_domctl *op)
{
	if (op->u.vcpuextstate.size != XSAVE_SIZE) {
		return -EINVAL;
	}
	memcpy(d->xsave, (const void *)op->u.vcpuextstate.buffer, XSAVE_SIZE);
	return 0;
}

int ctl_domctl(struct ctl *ctl, struct xen_domctl *op)
{
	struct machine_domain *d = &machine.domain[op->domain];

	(void)ctl;
	switch (op->cmd) {
	case XEN_DOMCTL_getpageframeinfo3:
		return frame_types(op);
	case XEN_DOMCTL_gettscinfo:
		op->u.tsc_info = d->tsc;
		return 0;
	case XEN_DOMCTL_settscinfo:
		d->tsc = op->u.tsc_info;
		return 0;
	case XEN_DOMCTL_get_cpu_policy:
		memset((void *)op->u.cpu_policy.leaves, 7, 2 * sizeof(struct xen_cpuid_leaf));
		op->u.cpu_policy.nr_leaves = 2;
		memset((void *)op->u.cpu_policy.msrs, 0, sizeof(struct xen_msr_entry));
		op->u.cpu_policy.nr_msrs = 1;
		return 0;
	case XEN_DOMCTL_set_cpu_policy:
		d->leaves = op->u.cpu_policy.nr_leaves;
		d->msrs = op->u.cpu_policy.nr_msrs;
		return 0;
	case XEN_DOMCTL_get_ext_vcpucontext:
		op->u.ext_vcpucontext = d->extended;
		return 0;
	case XEN_DOMCTL_set_ext_vcpucontext:
		d->extended = op->u.ext_vcpucontext;
		return 0;
	case XEN_DOMCTL_getvcpuextstate:
		return get_xsave(d, op);
	case XEN_DOMCTL_setvcpuextstate:
		return set_xsave(d, op);
	case XEN_DOMCTL_get_vcpu_msrs:
		op->u.vcpu_msrs.msr_count = 0;
		return 0;
	case XEN_DOMCTL_set_vcpu_msrs:
		return 0;
	default:
		return -ENOSYS;
	}
}
