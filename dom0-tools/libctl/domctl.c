/* SPDX-License-Identifier: MIT */
/* XEN_DOMCTL_* calls. */
#include "domctl.h"

#include <errno.h>
#include <string.h>

#include "xen/hypercall.h"

#define MAX_CPUS 4096 /* of an affinity map */

int ctl_domctl(struct ctl *ctl, struct xen_domctl *op)
{
	struct xen_domctl *arg = ctl_arg_page(ctl);
	const uint64_t args[5] = {(uintptr_t)arg};
	long ret;

	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	memcpy(arg, op, sizeof(*arg));
	ret = ctl_hypercall(ctl, __HYPERVISOR_domctl, args);
	memcpy(op, arg, sizeof(*arg));
	return (int)ret;
}

static int domctl_simple(struct ctl *ctl, uint32_t cmd, xen_domid_t domid)
{
	struct xen_domctl op = {.cmd = cmd, .domain = domid};

	return ctl_domctl(ctl, &op);
}

int ctl_domain_create(struct ctl *ctl, const struct xen_domctl_createdomain *config,
		      xen_domid_t *domid)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_createdomain, .domain = *domid};
	int ret;

	op.u.createdomain = *config;
	ret = ctl_domctl(ctl, &op);
	if (!ret) {
		*domid = op.domain;
	}
	return ret;
}

int ctl_domain_destroy(struct ctl *ctl, xen_domid_t domid)
{
	return domctl_simple(ctl, XEN_DOMCTL_destroydomain, domid);
}

int ctl_domain_pause(struct ctl *ctl, xen_domid_t domid)
{
	return domctl_simple(ctl, XEN_DOMCTL_pausedomain, domid);
}

int ctl_domain_unpause(struct ctl *ctl, xen_domid_t domid)
{
	return domctl_simple(ctl, XEN_DOMCTL_unpausedomain, domid);
}

int ctl_domain_info(struct ctl *ctl, xen_domid_t domid, struct xen_domctl_getdomaininfo *info)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_getdomaininfo, .domain = domid};
	int ret = ctl_domctl(ctl, &op);

	if (!ret) {
		*info = op.u.getdomaininfo;
		ret = info->domain == domid ? 0 : -ESRCH;
	}
	return ret;
}

int ctl_domain_max_vcpus(struct ctl *ctl, xen_domid_t domid, unsigned int count)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_max_vcpus, .domain = domid};

	op.u.max_vcpus.max = count;
	return ctl_domctl(ctl, &op);
}

int ctl_domain_max_mem(struct ctl *ctl, xen_domid_t domid, uint64_t kib)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_max_mem, .domain = domid};

	op.u.max_mem.max_memkb = kib;
	return ctl_domctl(ctl, &op);
}

/* Either direction: copies *nodes in before the call and out after it. */
static int node_affinity(struct ctl *ctl, uint32_t cmd, xen_domid_t domid, uint64_t *nodes)
{
	struct xen_domctl op = {.cmd = cmd, .domain = domid};
	uint64_t *buffer = ctl_buffer_alloc(ctl, sizeof(*buffer));
	int ret;

	if (!buffer) {
		return -ENOMEM;
	}
	*buffer = *nodes;
	op.u.nodeaffinity.nodemap.bitmap = (uintptr_t)buffer;
	op.u.nodeaffinity.nodemap.nr_bits = 64;
	ret = ctl_domctl(ctl, &op);
	*nodes = *buffer;
	ctl_buffer_free(ctl, buffer, sizeof(*buffer));
	return ret;
}

int ctl_domain_get_nodes(struct ctl *ctl, xen_domid_t domid, uint64_t *nodes)
{
	*nodes = 0;
	return node_affinity(ctl, XEN_DOMCTL_getnodeaffinity, domid, nodes);
}

int ctl_domain_set_nodes(struct ctl *ctl, xen_domid_t domid, uint64_t nodes)
{
	return node_affinity(ctl, XEN_DOMCTL_setnodeaffinity, domid, &nodes);
}

int ctl_domain_set_address_size(struct ctl *ctl, xen_domid_t domid, unsigned int bits)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_set_address_size, .domain = domid};

	op.u.address_size.size = bits;
	return ctl_domctl(ctl, &op);
}

int ctl_domain_set_tsc_mode(struct ctl *ctl, xen_domid_t domid, unsigned int tsc_mode)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_settscinfo, .domain = domid};

	op.u.tsc_info.tsc_mode = tsc_mode;
	return ctl_domctl(ctl, &op);
}

int ctl_domain_set_time_offset(struct ctl *ctl, xen_domid_t domid, int64_t seconds)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_settimeoffset, .domain = domid};

	op.u.settimeoffset.time_offset_seconds = seconds;
	return ctl_domctl(ctl, &op);
}

/* Either direction: copies *context in before the call and out after it. */
static int vcpu_context(struct ctl *ctl, uint32_t cmd, xen_domid_t domid, unsigned int vcpu,
			struct vcpu_guest_context *context)
{
	struct vcpu_guest_context *buffer = ctl_buffer_alloc(ctl, sizeof(*buffer));
	struct xen_domctl op = {.cmd = cmd, .domain = domid};
	int ret;

	if (!buffer) {
		return -ENOMEM;
	}
	*buffer = *context;
	op.u.vcpucontext.vcpu = vcpu;
	op.u.vcpucontext.ctxt = (uintptr_t)buffer;
	ret = ctl_domctl(ctl, &op);
	*context = *buffer;
	ctl_buffer_free(ctl, buffer, sizeof(*buffer));
	return ret;
}

int ctl_vcpu_set_context(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			 const struct vcpu_guest_context *context)
{
	struct vcpu_guest_context copy = *context;

	return vcpu_context(ctl, XEN_DOMCTL_setvcpucontext, domid, vcpu, &copy);
}

int ctl_vcpu_get_context(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			 struct vcpu_guest_context *context)
{
	memset(context, 0, sizeof(*context));
	return vcpu_context(ctl, XEN_DOMCTL_getvcpucontext, domid, vcpu, context);
}

int ctl_vcpu_info(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
		  struct xen_domctl_getvcpuinfo *info)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_getvcpuinfo, .domain = domid};
	int ret;

	op.u.getvcpuinfo.vcpu = vcpu;
	ret = ctl_domctl(ctl, &op);
	if (!ret) {
		*info = op.u.getvcpuinfo;
	}
	return ret;
}

/* `flags`: XEN_VCPUAFFINITY_FORCE or 0. */
static int vcpu_affinity(struct ctl *ctl, uint32_t cmd, xen_domid_t domid, unsigned int vcpu,
			 uint32_t flags, uint8_t *hard, uint8_t *soft, unsigned int bits)
{
	size_t bytes = (bits + 7) / 8;
	uint8_t *buffer = ctl_buffer_alloc(ctl, 2 * bytes);
	struct xen_domctl op = {.cmd = cmd, .domain = domid};
	struct xen_domctl_vcpuaffinity *arg = &op.u.vcpuaffinity;
	int ret;

	if (!buffer) {
		return -ENOMEM;
	}
	arg->vcpu = vcpu;
	arg->flags = flags;
	if (hard) {
		arg->flags |= XEN_VCPUAFFINITY_HARD;
		memcpy(buffer, hard, bytes);
	}
	if (soft) {
		arg->flags |= XEN_VCPUAFFINITY_SOFT;
		memcpy(buffer + bytes, soft, bytes);
	}
	arg->cpumap_hard.bitmap = (uintptr_t)buffer;
	arg->cpumap_hard.nr_bits = bits;
	arg->cpumap_soft.bitmap = (uintptr_t)(buffer + bytes);
	arg->cpumap_soft.nr_bits = bits;
	ret = ctl_domctl(ctl, &op);
	if (hard) {
		memcpy(hard, buffer, bytes);
	}
	if (soft) {
		memcpy(soft, buffer + bytes, bytes);
	}
	ctl_buffer_free(ctl, buffer, 2 * bytes);
	return ret;
}

int ctl_vcpu_set_affinity(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			  const uint8_t *hard, const uint8_t *soft, unsigned int bits, bool force)
{
	uint8_t hard_copy[MAX_CPUS / 8], soft_copy[MAX_CPUS / 8];
	size_t bytes;

	if (!bits || bits > MAX_CPUS) {
		return -EINVAL;
	}
	bytes = (bits + 7) / 8;
	if (hard) {
		memcpy(hard_copy, hard, bytes);
	}
	if (soft) {
		memcpy(soft_copy, soft, bytes);
	}
	return vcpu_affinity(ctl, XEN_DOMCTL_setvcpuaffinity, domid, vcpu,
			     force ? XEN_VCPUAFFINITY_FORCE : 0, hard ? hard_copy : NULL,
			     soft ? soft_copy : NULL, bits);
}

int ctl_vcpu_get_affinity(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu, uint8_t *hard,
			  uint8_t *soft, unsigned int bits)
{
	if (!bits || bits > MAX_CPUS) {
		return -EINVAL;
	}
	return vcpu_affinity(ctl, XEN_DOMCTL_getvcpuaffinity, domid, vcpu, 0, hard, soft, bits);
}

int ctl_domain_set_share(struct ctl *ctl, xen_domid_t domid, uint32_t sched_id, uint16_t weight,
			 uint16_t cap)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_scheduler_op, .domain = domid};

	op.u.scheduler_op.sched_id = sched_id;
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	op.u.scheduler_op.u.credit2.weight = weight;
	op.u.scheduler_op.u.credit2.cap = cap;
	return ctl_domctl(ctl, &op);
}

int ctl_domain_get_share(struct ctl *ctl, xen_domid_t domid, uint32_t sched_id, uint16_t *weight,
			 uint16_t *cap)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_scheduler_op, .domain = domid};
	int ret;

	op.u.scheduler_op.sched_id = sched_id;
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	ret = ctl_domctl(ctl, &op);
	*weight = op.u.scheduler_op.u.credit2.weight;
	*cap = op.u.scheduler_op.u.credit2.cap;
	return ret;
}
