/* SPDX-License-Identifier: MIT */
/* Memory maps, the machine-to-physical table's whereabouts, resources for tools. */
#include <asm/layout.h>

#include "arch/cpu.h"
#include "core/grant.h"
#include "core/hypercall.h"
#include "core/memory.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/machine_map.h"
#include "mm/page.h"
#include "xen/arch.h"
#include "xen/memory.h"

/* Copies a map out as far as there is room and says how many entries it has. */
static int map_tell(gptr_t arg, struct xen_memory_map *m, const struct e820_entry *map,
		    unsigned int count)
{
	m->nr_entries = MIN(m->nr_entries, count);
	if (copy_to_guest(gptr(m->buffer), map, m->nr_entries * sizeof(*map)) ||
	    copy_to_guest(arg, m, sizeof(*m))) {
		return -EFAULT;
	}
	return 0;
}

long memory_guest_map(unsigned int op, gptr_t arg, uint64_t start)
{
	struct domain *d = current->domain;
	struct xen_memory_map m;
	long rc = -ENOSYS;

	(void)op;
	(void)start;
	if (copy_from_guest(&m, arg, sizeof(m))) {
		return -EFAULT;
	}
	spin_lock(&d->lock);
	if (d->pv.e820) {
		rc = map_tell(arg, &m, d->pv.e820, d->pv.e820_count);
	}
	spin_unlock(&d->lock);
	return rc;
}

long memory_set_guest_map(unsigned int op, gptr_t arg, uint64_t start)
{
	struct xen_foreign_memory_map f;
	struct e820_entry *map, *old;
	struct domain *d;
	long rc;

	(void)op;
	(void)start;
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&f, arg, sizeof(f))) {
		return -EFAULT;
	}
	if (!f.map.nr_entries || f.map.nr_entries > PV_E820_MAX) {
		return -EINVAL;
	}
	rc = memory_subject(f.domid, &d);
	if (rc) {
		return rc;
	}
	map = hv_alloc(f.map.nr_entries * sizeof(*map));
	if (!map) {
		rc = -ENOMEM;
	} else if (copy_from_guest(map, gptr(f.map.buffer), f.map.nr_entries * sizeof(*map))) {
		hv_free(map);
		rc = -EFAULT;
	} else {
		spin_lock(&d->lock);
		old = d->pv.e820;
		d->pv.e820 = map;
		d->pv.e820_count = f.map.nr_entries;
		spin_unlock(&d->lock);
		hv_free(old);
	}
	domain_put(d);
	return rc;
}

long memory_machine_map(unsigned int op, gptr_t arg, uint64_t start)
{
	struct xen_memory_map m;

	(void)op;
	(void)start;
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&m, arg, sizeof(m))) {
		return -EFAULT;
	}
	if (m.nr_entries < machine_map_count) {
		return -EINVAL;
	}
	return map_tell(arg, &m, machine_map, machine_map_count);
}

long memory_m2p_list(unsigned int op, gptr_t arg, uint64_t start)
{
	uint64_t chunks = DIV_ROUND_UP(max_page, 1UL << M2P_CHUNK_SHIFT), known = 0;
	struct xen_machphys_mfn_list l;
	uint32_t i;

	(void)op;
	(void)start;
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&l, arg, sizeof(l))) {
		return -EFAULT;
	}
	for (i = 0; i < l.max_extents && i < chunks; i++) {
		mfn_t m = m2p_chunk_mfn(i);

		/* Tools map what they are told: holes repeat a chunk that is there. */
		known = mfn_eq(m, INVALID_MFN) ? known : m.v;
		if (copy_to_guest_index(gptr(l.extent_start), i, &known)) {
			return -EFAULT;
		}
	}
	l.nr_extents = i;
	return copy_to_guest(arg, &l, sizeof(l));
}

long memory_m2p_range(unsigned int op, gptr_t arg, uint64_t start)
{
	struct xen_machphys_mapping m = {
		.v_start = MACH2PHYS_VIRT_START,
		.v_end = MACH2PHYS_VIRT_END,
		.max_mfn = max_page - 1,
	};

	(void)op;
	(void)start;
	return copy_to_guest(arg, &m, sizeof(m));
}

/* Frames [frame, frame + nr) of d's grant table into the caller's list. */
static long grant_frames_list(struct domain *d, const struct xen_mem_acquire_resource *r)
{
	for (uint32_t i = 0; i < r->nr_frames; i++) {
		mfn_t m = grant_frame(d, (unsigned int)(r->frame + i));
		uint64_t v = m.v;

		if (mfn_eq(m, INVALID_MFN)) {
			return -EINVAL;
		}
		if (copy_to_guest_index(gptr(r->frame_list), i, &v)) {
			return -EFAULT;
		}
	}
	return 0;
}

long memory_acquire_resource(unsigned int op, gptr_t arg, uint64_t start)
{
	struct xen_mem_acquire_resource r;
	struct domain *d;
	long rc;

	(void)op;
	(void)start;
	if (copy_from_guest(&r, arg, sizeof(r))) {
		return -EFAULT;
	}
	if (r.pad) {
		return -EINVAL;
	}
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (r.type != XENMEM_resource_grant_table) {
		return -EOPNOTSUPP;
	}
	if (r.id != XENMEM_resource_grant_table_id_shared) {
		return -EINVAL; /* version 2 only */
	}
	rc = memory_subject(r.domid, &d);
	if (rc) {
		return rc;
	}
	if (!r.frame_list) {
		r.nr_frames = r.nr_frames ? r.nr_frames : d->max_grant_frames;
		rc = copy_to_guest(arg, &r, sizeof(r));
	} else if (r.frame > d->max_grant_frames || r.nr_frames > d->max_grant_frames - r.frame) {
		rc = -EINVAL;
	} else {
		rc = grant_frames_list(d, &r);
	}
	domain_put(d);
	return rc;
}
