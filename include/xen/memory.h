/* SPDX-License-Identifier: MIT */
/* memory_op: reservations, memory maps, the machine-to-physical table, resources for tools. */
#ifndef XEN_MEMORY_H
#define XEN_MEMORY_H

#include "physdev.h"
#include "types.h"

#define XENMEM_increase_reservation	0	/* xen_memory_reservation */
#define XENMEM_decrease_reservation	1	/* xen_memory_reservation */
#define XENMEM_maximum_ram_page		2	/* none; returns the highest machine frame */
#define XENMEM_current_reservation	3	/* xen_memory_domain */
#define XENMEM_maximum_reservation	4	/* xen_memory_domain */
#define XENMEM_machphys_mfn_list	5	/* xen_machphys_mfn_list */
#define XENMEM_populate_physmap		6	/* xen_memory_reservation */
#define XENMEM_add_to_physmap		7	/* xen_add_to_physmap */
#define XENMEM_memory_map		9	/* xen_memory_map */
#define XENMEM_machine_memory_map	10	/* xen_memory_map */
#define XENMEM_exchange			11	/* xen_memory_exchange */
#define XENMEM_machphys_mapping		12	/* xen_machphys_mapping */
#define XENMEM_set_memory_map		13	/* xen_foreign_memory_map */
#define XENMEM_maximum_gpfn		14	/* xen_memory_domain */
#define XENMEM_remove_from_physmap	15	/* xen_remove_from_physmap */
#define XENMEM_set_pod_target		16	/* xen_pod_target */
#define XENMEM_get_pod_target		17	/* xen_pod_target */
#define XENMEM_get_sharing_freed_pages	18	/* none */
#define XENMEM_get_sharing_shared_pages	19	/* none */
#define XENMEM_paging_op		20
#define XENMEM_access_op		21
#define XENMEM_sharing_op		22
#define XENMEM_add_to_physmap_batch	23	/* xen_add_to_physmap_batch */
#define XENMEM_claim_pages		24	/* xen_memory_reservation */
#define XENMEM_machphys_compat_mfn_list	25	/* xen_machphys_mfn_list */
#define XENMEM_get_vnumainfo		26	/* xen_vnuma_topology_info */
#define XENMEM_reserved_device_memory_map 27	/* xen_reserved_device_memory_map */
#define XENMEM_acquire_resource		28	/* xen_mem_acquire_resource */

/* The hypervisor keeps its place of a long call above the command (bits 6 and up of RDI). */
#define MEMOP_EXTENT_SHIFT	6
#define MEMOP_CMD_MASK		((1 << MEMOP_EXTENT_SHIFT) - 1)

/* mem_flags of a reservation. */
#define XENMEMF_address_bits(x)		(x)
#define XENMEMF_get_address_bits(x)	((x) & 0xffu)
#define XENMEMF_node(x)			(((x) + 1) << 8)
#define XENMEMF_get_node(x)		((((x) >> 8) - 1) & 0xffu)
#define XENMEMF_populate_on_demand	(1 << 16)
#define XENMEMF_exact_node_request	(1 << 17)
#define XENMEMF_exact_node(n)		(XENMEMF_node(n) | XENMEMF_exact_node_request)
#define XENMEMF_vnode			(1 << 18)

struct xen_memory_reservation {
	guest_handle_t extent_start;	/* xen_pfn_t[nr_extents], in and out */
	xen_ulong_t nr_extents;
	uint32_t extent_order;		/* each extent is 1 << extent_order frames */
	uint32_t mem_flags;		/* XENMEMF_* */
	xen_domid_t domid;
};
ABI_SIZE(struct xen_memory_reservation, 32);
ABI_OFFSET(struct xen_memory_reservation, nr_extents, 8);
ABI_OFFSET(struct xen_memory_reservation, mem_flags, 20);
ABI_OFFSET(struct xen_memory_reservation, domid, 24);

/* Swaps frames for others of the same total, e.g. contiguous or low ones. */
struct xen_memory_exchange {
	struct xen_memory_reservation in;
	struct xen_memory_reservation out;
	xen_ulong_t nr_exchanged;	/* out: extents of "in" done; start with 0 */
};
ABI_SIZE(struct xen_memory_exchange, 72);
ABI_OFFSET(struct xen_memory_exchange, nr_exchanged, 64);

struct xen_memory_domain {
	xen_domid_t domid;
};
ABI_SIZE(struct xen_memory_domain, 2);

/* First machine frame behind each 2 MiB of the machine-to-physical table. */
struct xen_machphys_mfn_list {
	uint32_t max_extents;
	guest_handle_t extent_start;	/* out: xen_pfn_t[] */
	uint32_t nr_extents;		/* out */
};
ABI_SIZE(struct xen_machphys_mfn_list, 24);
ABI_OFFSET(struct xen_machphys_mfn_list, nr_extents, 16);

struct xen_machphys_mapping {
	xen_ulong_t v_start;		/* out: virtual range of the table */
	xen_ulong_t v_end;
	xen_ulong_t max_mfn;		/* out: last frame it covers */
};
ABI_SIZE(struct xen_machphys_mapping, 24);

#define XENMAPSPACE_shared_info		0
#define XENMAPSPACE_grant_table		1
#define XENMAPSPACE_gmfn		2
#define XENMAPSPACE_gmfn_range		3
#define XENMAPSPACE_gmfn_foreign	4
#define XENMAPSPACE_dev_mmio		5

struct xen_add_to_physmap {
	xen_domid_t domid;
	uint16_t size;			/* frames, gmfn_range only */
	uint32_t space;			/* XENMAPSPACE_* */
	xen_ulong_t idx;		/* index in that space */
	xen_pfn_t gpfn;			/* where it shall appear */
};
#define XENMAPIDX_grant_table_status	0x80000000
ABI_SIZE(struct xen_add_to_physmap, 24);

struct xen_add_to_physmap_batch {
	xen_domid_t domid;
	uint16_t space;
	uint16_t size;			/* entries in each of the arrays */
	union xen_add_to_physmap_batch_extra {
		xen_domid_t foreign_domid;	/* gmfn_foreign */
		uint16_t res0;			/* otherwise 0 */
	} u;
	guest_handle_t idxs;		/* xen_ulong_t[] */
	guest_handle_t gpfns;		/* xen_pfn_t[] */
	guest_handle_t errs;		/* out: int[] */
};
ABI_SIZE(struct xen_add_to_physmap_batch, 32);

struct xen_remove_from_physmap {
	xen_domid_t domid;
	xen_pfn_t gpfn;
};
ABI_SIZE(struct xen_remove_from_physmap, 16);

struct xen_memory_map {
	uint32_t nr_entries;		/* in: room, out: filled */
	guest_handle_t buffer;		/* struct e820_entry[] */
};
ABI_SIZE(struct xen_memory_map, 16);

struct xen_foreign_memory_map {
	xen_domid_t domid;
	struct xen_memory_map map;
};
ABI_SIZE(struct xen_foreign_memory_map, 24);
ABI_OFFSET(struct xen_foreign_memory_map, map, 8);

/* Memory-map entry, as the BIOS's E820 service and Linux lay it out. */
struct e820_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;			/* E820_* */
} __attribute__((packed));
#define E820_RAM	1
#define E820_RESERVED	2
#define E820_ACPI	3
#define E820_NVS	4
#define E820_UNUSABLE	5
ABI_SIZE(struct e820_entry, 20);

struct xen_pod_target {
	uint64_t target_pages;		/* in */
	uint64_t tot_pages;		/* out, as the two below */
	uint64_t pod_cache_pages;
	uint64_t pod_entries;
	xen_domid_t domid;		/* in */
};
ABI_SIZE(struct xen_pod_target, 40);

struct xen_reserved_device_memory {
	xen_pfn_t start_pfn;
	xen_ulong_t nr_pages;
};
ABI_SIZE(struct xen_reserved_device_memory, 16);

struct xen_reserved_device_memory_map {
	uint32_t flags;			/* XENMEM_RDM_ALL or 0: only for dev */
	uint32_t nr_entries;		/* in: room, out: needed */
	guest_handle_t buffer;		/* struct xen_reserved_device_memory[] */
	union {
		struct physdev_pci_device pci;
	} dev;
};
#define XENMEM_RDM_ALL	1
ABI_SIZE(struct xen_reserved_device_memory_map, 24);

/* Lists (for PV: machine) frames of a domain's resource so that tools can map them. */
struct xen_mem_acquire_resource {
	xen_domid_t domid;
	uint16_t type;			/* XENMEM_resource_* */
	uint32_t id;
	uint32_t nr_frames;		/* in: wanted; 0 with a NULL list: out: size */
	uint32_t pad;			/* 0 */
	uint64_t frame;			/* first frame inside the resource */
	guest_handle_t frame_list;	/* xen_pfn_t[nr_frames] */
};
#define XENMEM_resource_ioreq_server			0
#define XENMEM_resource_grant_table			1
#define XENMEM_resource_vmtrace_buf			2
#define XENMEM_resource_grant_table_id_shared		0
#define XENMEM_resource_grant_table_id_status		1
#define XENMEM_resource_ioreq_server_frame_bufioreq	0
#define XENMEM_resource_ioreq_server_frame_ioreq(n)	(1 + (n))
ABI_SIZE(struct xen_mem_acquire_resource, 32);
ABI_OFFSET(struct xen_mem_acquire_resource, frame, 16);
ABI_OFFSET(struct xen_mem_acquire_resource, frame_list, 24);

struct xen_vmemrange {
	uint64_t start;			/* guest physical, end exclusive */
	uint64_t end;
	uint32_t flags;
	uint32_t nid;
};
ABI_SIZE(struct xen_vmemrange, 24);

struct xen_vnuma_topology_info {
	xen_domid_t domid;
	uint16_t pad;
	uint32_t nr_vnodes;		/* in: room, out: needed */
	uint32_t nr_vcpus;
	uint32_t nr_vmemranges;
	union {
		guest_handle_t h;	/* uint32_t[nr_vnodes * nr_vnodes] */
		uint64_t pad;
	} vdistance;
	union {
		guest_handle_t h;	/* uint32_t[nr_vcpus] */
		uint64_t pad;
	} vcpu_to_vnode;
	union {
		guest_handle_t h;	/* struct xen_vmemrange[nr_vmemranges] */
		uint64_t pad;
	} vmemrange;
};
ABI_SIZE(struct xen_vnuma_topology_info, 40);

#endif /* XEN_MEMORY_H */
