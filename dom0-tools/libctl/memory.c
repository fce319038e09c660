/* SPDX-License-Identifier: MIT */
/* XENMEM_* and MMUEXT_PIN calls. */
#include "memory.h"

#include <errno.h>
#include <string.h>

#include "xen/hypercall.h"
#include "xen/memory.h"
#include "xen/mmu.h"

static long memory_op(struct ctl *ctl, unsigned int cmd, const void *arg, size_t size)
{
	void *page = ctl_arg_page(ctl);
	const uint64_t args[5] = {cmd, arg ? (uintptr_t)page : 0};

	if (arg) {
		memcpy(page, arg, size);
	}
	return ctl_hypercall(ctl, __HYPERVISOR_memory_op, args);
}

int ctl_populate_physmap(struct ctl *ctl, xen_domid_t domid, uint64_t *extents, size_t count,
			 unsigned int order)
{
	const struct xen_memory_reservation arg = {
		.extent_start = (uintptr_t)extents,
		.nr_extents = count,
		.extent_order = order,
		.domid = domid,
	};

	return (int)memory_op(ctl, XENMEM_populate_physmap, &arg, sizeof(arg));
}

int ctl_claim_pages(struct ctl *ctl, xen_domid_t domid, uint64_t pages)
{
	const struct xen_memory_reservation arg = {.nr_extents = pages, .domid = domid};

	return (int)memory_op(ctl, XENMEM_claim_pages, &arg, sizeof(arg));
}

int ctl_set_memory_map(struct ctl *ctl, xen_domid_t domid, uint64_t bytes)
{
	struct e820_entry *map = ctl_buffer_alloc(ctl, sizeof(*map));
	const struct xen_foreign_memory_map arg = {
		.domid = domid,
		.map = {.nr_entries = 1, .buffer = (uintptr_t)map},
	};
	int ret;

	if (!map) {
		return -ENOMEM;
	}
	*map = (struct e820_entry){.size = bytes, .type = E820_RAM};
	ret = (int)memory_op(ctl, XENMEM_set_memory_map, &arg, sizeof(arg));
	ctl_buffer_free(ctl, map, sizeof(*map));
	return ret;
}

long ctl_memory_value(struct ctl *ctl, unsigned int cmd)
{
	return memory_op(ctl, cmd, NULL, 0);
}

int ctl_pin_l4(struct ctl *ctl, xen_domid_t domid, uint64_t mfn)
{
	struct mmuext_op *op = ctl_arg_page(ctl);
	const uint64_t args[5] = {(uintptr_t)op, 1, 0, domid};

	memset(op, 0, sizeof(*op));
	op->cmd = MMUEXT_PIN_L4_TABLE;
	op->arg1.mfn = mfn;
	return (int)ctl_hypercall(ctl, __HYPERVISOR_mmuext_op, args);
}
