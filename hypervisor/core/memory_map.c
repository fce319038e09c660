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
static int map_tell(struct xen_memory_map *m, const struct e820_entry *map, unsigned int count)
{
	m->nr_entries = MIN(m->nr_entries, count);
	return copy_to_guest(gptr(m->buffer), map, m->nr_entries * sizeof(*map));
}

long memory_guest_map(struct guest_op *o)
{
	struct pv_domain *pv = &o->d->pv;
	long rc;

	spin_lock(&o->d->lock);
	rc = pv->e820 ? map_tell(o->arg, pv->e820, pv->e820_count) : -ENOSYS;
	spin_unlock(&o->d->lock);
	return rc;
}

long memory_set_guest_map(struct guest_op *o)
{
	const struct xen_memory_map *m = &((struct xen_foreign_memory_map *)o->arg)->map;
	struct e820_entry *map, *old;

	if (!m->nr_entries || m->nr_entries > PV_E820_MAX) {
		return -EINVAL;
	}
	map = hv_alloc(m->nr_entries * sizeof(*map));
	if (!map) {
		return -ENOMEM;
	}
	if (copy_from_guest(map, gptr(m->buffer), m->nr_entries * sizeof(*map))) {
		hv_free(map);
		return -EFAULT;
	}
	spin_lock(&o->d->lock);
	old = o->d->pv.e820;
	o->d->pv.e820 = map;
	o->d->pv.e820_count = m->nr_entries;
	spin_unlock(&o->d->lock);
	hv_free(old);
	return 0;
}

long memory_machine_map(struct guest_op *o)
{
	struct xen_memory_map *m = o->arg;

	return m->nr_entries < machine_map_count ? -EINVAL
						 : map_tell(m, machine_map, machine_map_count);
}

long memory_m2p_list(struct guest_op *o)
{
	uint64_t chunks = DIV_ROUND_UP(max_page, 1UL << M2P_CHUNK_SHIFT), known = 0;
	struct xen_machphys_mfn_list *l = o->arg;
	uint32_t i;

	for (i = 0; i < l->max_extents && i < chunks; i++) {
		mfn_t m = m2p_chunk_mfn(i);

		/* Tools map what they are told: holes repeat a chunk that is there. */
		known = mfn_eq(m, INVALID_MFN) ? known : m.v;
		if (copy_to_guest_index(gptr(l->extent_start), i, &known)) {
			return -EFAULT;
		}
	}
	l->nr_extents = i;
	return 0;
}

long memory_m2p_range(struct guest_op *o)
{
	struct xen_machphys_mapping m = {
		.v_start = MACH2PHYS_VIRT_START,
		.v_end = MACH2PHYS_VIRT_END,
		.max_mfn = max_page - 1,
	};

	return copy_to_guest(o->at, &m, sizeof(m));
}

long memory_acquire_resource(struct guest_op *o)
{
	struct xen_mem_acquire_resource *r = o->arg;
	unsigned int max = o->d->max_grant_frames;

	if (r->pad) {
		return -EINVAL;
	}
	if (r->type != XENMEM_resource_grant_table) {
		return -EOPNOTSUPP;
	}
	if (r->id != XENMEM_resource_grant_table_id_shared) {
		return -EINVAL; /* version 2 only */
	}
	if (!r->frame_list) {
		r->nr_frames = r->nr_frames ? r->nr_frames : max;
		return 0;
	}
	if (r->frame > max || r->nr_frames > max - r->frame) {
		return -EINVAL;
	}
	/* Frames [frame, frame + nr) of its grant table into the caller's list. */
	for (uint32_t i = 0; i < r->nr_frames; i++) {
		mfn_t m = grant_frame(o->d, (unsigned int)(r->frame + i));

		if (mfn_eq(m, INVALID_MFN)) {
			return -EINVAL;
		}
		if (copy_to_guest_index(gptr(r->frame_list), i, &m.v)) {
			return -EFAULT;
		}
	}
	return 0;
}
