/* SPDX-License-Identifier: MIT */
/* XEN_SYSCTL_* calls. */
#include "sysctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xen/hypercall.h"

#define MAX_DOMAINS DOMID_FIRST_RESERVED

int ctl_sysctl(struct ctl *ctl, struct xen_sysctl *op)
{
	struct xen_sysctl *arg = ctl_arg_page(ctl);
	const uint64_t args[5] = {(uintptr_t)arg};
	long ret;

	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	memcpy(arg, op, sizeof(*arg));
	ret = ctl_hypercall(ctl, __HYPERVISOR_sysctl, args);
	memcpy(op, arg, sizeof(*arg));
	return (int)ret;
}

int ctl_physinfo(struct ctl *ctl, struct xen_sysctl_physinfo *info)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_physinfo};
	int ret = ctl_sysctl(ctl, &op);

	*info = op.u.physinfo;
	return ret;
}

int ctl_sched_id(struct ctl *ctl, uint32_t *id)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_sched_id};
	int ret = ctl_sysctl(ctl, &op);

	*id = op.u.sched_id.sched_id;
	return ret;
}

int ctl_domain_list(struct ctl *ctl, xen_domid_t first, unsigned int max,
		    struct xen_domctl_getdomaininfo *list)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_getdomaininfolist};
	struct xen_domctl_getdomaininfo *buffer;
	uint32_t count = 0;
	int ret;

	if (!max || max > MAX_DOMAINS) {
		return -EINVAL;
	}
	buffer = ctl_buffer_alloc(ctl, max * sizeof(*buffer));
	if (!buffer) {
		return -ENOMEM;
	}
	op.u.getdomaininfolist.first_domain = first;
	op.u.getdomaininfolist.max_domains = max;
	op.u.getdomaininfolist.buffer = (uintptr_t)buffer;
	ret = ctl_sysctl(ctl, &op);
	if (!ret) {
		count = op.u.getdomaininfolist.num_domains;
		count = count < max ? count : max;
		memcpy(list, buffer, count * sizeof(*list));
	}
	ctl_buffer_free(ctl, buffer, max * sizeof(*buffer));
	return ret ? ret : (int)count;
}

int ctl_domain_list_all(struct ctl *ctl, struct xen_domctl_getdomaininfo **out)
{
	struct xen_domctl_getdomaininfo *list = NULL;
	unsigned int count = 0, step = 64;
	xen_domid_t next = 0;

	for (;;) {
		struct xen_domctl_getdomaininfo *bigger;
		int got;

		bigger = realloc(list, (count + step) * sizeof(*list));
		if (!bigger) {
			free(list);
			return -ENOMEM;
		}
		list = bigger;
		got = ctl_domain_list(ctl, next, step, list + count);
		if (got < 0) {
			free(list);
			return got;
		}
		count += (unsigned int)got;
		if ((unsigned int)got < step || count >= MAX_DOMAINS) {
			*out = list;
			return (int)count;
		}
		/* the call has filled it: NOLINTNEXTLINE(clang-analyzer-core.*) */
		next = list[count - 1].domain + 1;
	}
}

int ctl_console_read(struct ctl *ctl, bool clear, bool incremental, uint32_t *index, char *text,
		     size_t size)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_readconsole};
	char *buffer = ctl_buffer_alloc(ctl, size);
	size_t count = 0;
	int ret;

	if (!buffer || size > INT32_MAX) {
		ctl_buffer_free(ctl, buffer, size);
		return -ENOMEM;
	}
	op.u.readconsole.clear = clear;
	op.u.readconsole.incremental = incremental;
	op.u.readconsole.index = *index;
	op.u.readconsole.buffer = (uintptr_t)buffer;
	op.u.readconsole.count = (uint32_t)size;
	ret = ctl_sysctl(ctl, &op);
	if (!ret) {
		count = op.u.readconsole.count < size ? op.u.readconsole.count : size;
		memcpy(text, buffer, count);
		*index = op.u.readconsole.index;
	}
	ctl_buffer_free(ctl, buffer, size);
	return ret ? ret : (int)count;
}

int ctl_debug_keys(struct ctl *ctl, const char *keys)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_debug_keys};
	size_t len = strlen(keys);
	char *buffer;
	int ret;

	if (!len || len > XEN_PAGE_SIZE) {
		return -EINVAL;
	}
	buffer = ctl_buffer_alloc(ctl, len);
	if (!buffer) {
		return -ENOMEM;
	}
	memcpy(buffer, keys, len);
	op.u.debug_keys.keys = (uintptr_t)buffer;
	op.u.debug_keys.nr_keys = (uint32_t)len;
	ret = ctl_sysctl(ctl, &op);
	ctl_buffer_free(ctl, buffer, len);
	return ret;
}
