/* SPDX-License-Identifier: MIT */
/* Grant tables: the entries a domain publishes, and the operations of the grantee. */
#ifndef XEN_GRANT_H
#define XEN_GRANT_H

#include "types.h"

/* Version 1 entry. Both sides change flags with atomic operations only. */
struct grant_entry_v1 {
	uint16_t flags;		/* GTF_* */
	xen_domid_t domid;	/* who may use it */
	uint32_t frame;		/* gfn (PV: machine frame) */
};
ABI_SIZE(struct grant_entry_v1, 8);
ABI_OFFSET(struct grant_entry_v1, frame, 4);

#define GNTTAB_NR_RESERVED_ENTRIES	8
#define GNTTAB_RESERVED_CONSOLE		0	/* filled by the domain builder */
#define GNTTAB_RESERVED_XENSTORE	1

#define GTF_invalid		(0U << 0)
#define GTF_permit_access	(1U << 0)
#define GTF_accept_transfer	(2U << 0)
#define GTF_transitive		(3U << 0)
#define GTF_type_mask		(3U << 0)

/* With permit_access. reading and writing are set by the hypervisor while the grant is in use. */
#define _GTF_readonly		2
#define GTF_readonly		(1U << _GTF_readonly)
#define _GTF_reading		3
#define GTF_reading		(1U << _GTF_reading)
#define _GTF_writing		4
#define GTF_writing		(1U << _GTF_writing)
#define _GTF_PWT		5
#define GTF_PWT			(1U << _GTF_PWT)
#define _GTF_PCD		6
#define GTF_PCD			(1U << _GTF_PCD)
#define _GTF_PAT		7
#define GTF_PAT			(1U << _GTF_PAT)
#define _GTF_sub_page		8
#define GTF_sub_page		(1U << _GTF_sub_page)

/* With accept_transfer. */
#define _GTF_transfer_committed	2
#define GTF_transfer_committed	(1U << _GTF_transfer_committed)
#define _GTF_transfer_completed	3
#define GTF_transfer_completed	(1U << _GTF_transfer_completed)

/* Version 2 entry; its reading/writing flags live in a separate status frame. */
struct grant_entry_header {
	uint16_t flags;
	xen_domid_t domid;
};
ABI_SIZE(struct grant_entry_header, 4);

union grant_entry_v2 {
	struct grant_entry_header hdr;
	struct {
		struct grant_entry_header hdr;
		uint32_t pad0;
		uint64_t frame;
	} full_page;
	struct {
		struct grant_entry_header hdr;
		uint16_t page_off;
		uint16_t length;
		uint64_t frame;
	} sub_page;
	struct {
		struct grant_entry_header hdr;
		xen_domid_t trans_domid;
		uint16_t pad0;
		grant_ref_t gref;
	} transitive;
	uint32_t __spacer[4];
};
ABI_SIZE(union grant_entry_v2, 16);

#define GNTTABOP_map_grant_ref		0
#define GNTTABOP_unmap_grant_ref	1
#define GNTTABOP_setup_table		2
#define GNTTABOP_dump_table		3
#define GNTTABOP_transfer		4
#define GNTTABOP_copy			5
#define GNTTABOP_query_size		6
#define GNTTABOP_unmap_and_replace	7
#define GNTTABOP_set_version		8
#define GNTTABOP_get_status_frames	9
#define GNTTABOP_get_version		10
#define GNTTABOP_swap_grant_ref		11
#define GNTTABOP_cache_flush		12

struct gnttab_map_grant_ref {
	uint64_t host_addr;	/* virtual address, or machine address of the PTE to write */
	uint32_t flags;		/* GNTMAP_* */
	grant_ref_t ref;
	xen_domid_t dom;	/* granter */
	int16_t status;		/* out: GNTST_* */
	grant_handle_t handle;	/* out: for the unmap */
	uint64_t dev_bus_addr;	/* out: frame << 12 */
};
ABI_SIZE(struct gnttab_map_grant_ref, 32);
ABI_OFFSET(struct gnttab_map_grant_ref, dom, 16);
ABI_OFFSET(struct gnttab_map_grant_ref, handle, 20);

struct gnttab_unmap_grant_ref {
	uint64_t host_addr;	/* as given to the map; 0: leave the host mapping */
	uint64_t dev_bus_addr;	/* 0: leave the device mapping */
	grant_handle_t handle;
	int16_t status;		/* out */
};
ABI_SIZE(struct gnttab_unmap_grant_ref, 24);
ABI_OFFSET(struct gnttab_unmap_grant_ref, status, 20);

/* Grows the table to nr_frames frames and lists them. */
struct gnttab_setup_table {
	xen_domid_t dom;
	uint32_t nr_frames;
	int16_t status;			/* out */
	guest_handle_t frame_list;	/* out: xen_pfn_t[nr_frames] */
};
ABI_SIZE(struct gnttab_setup_table, 24);
ABI_OFFSET(struct gnttab_setup_table, frame_list, 16);

struct gnttab_dump_table {
	xen_domid_t dom;
	int16_t status;
};
ABI_SIZE(struct gnttab_dump_table, 4);

struct gnttab_transfer {
	xen_pfn_t mfn;
	xen_domid_t domid;
	grant_ref_t ref;
	int16_t status;
};
ABI_SIZE(struct gnttab_transfer, 24);

struct gnttab_copy_ptr {
	union {
		grant_ref_t ref;
		xen_pfn_t gmfn;		/* a frame of domid's own */
	} u;
	xen_domid_t domid;
	uint16_t offset;		/* bytes into the frame */
};
ABI_SIZE(struct gnttab_copy_ptr, 16);

struct gnttab_copy {
	struct gnttab_copy_ptr source;
	struct gnttab_copy_ptr dest;
	uint16_t len;			/* bytes; neither side may leave its page */
	uint16_t flags;			/* GNTCOPY_*: which sides are grant references */
	int16_t status;			/* out */
};
#define _GNTCOPY_source_gref	0
#define GNTCOPY_source_gref	(1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref	1
#define GNTCOPY_dest_gref	(1 << _GNTCOPY_dest_gref)
ABI_SIZE(struct gnttab_copy, 40);
ABI_OFFSET(struct gnttab_copy, dest, 16);
ABI_OFFSET(struct gnttab_copy, len, 32);
ABI_OFFSET(struct gnttab_copy, status, 36);

struct gnttab_query_size {
	xen_domid_t dom;
	uint32_t nr_frames;		/* out: present size */
	uint32_t max_nr_frames;		/* out: limit */
	int16_t status;			/* out */
};
ABI_SIZE(struct gnttab_query_size, 16);

/* Unmaps and puts what new_addr maps in its place. */
struct gnttab_unmap_and_replace {
	uint64_t host_addr;
	uint64_t new_addr;
	grant_handle_t handle;
	int16_t status;
};
ABI_SIZE(struct gnttab_unmap_and_replace, 24);

struct gnttab_set_version {
	uint32_t version;		/* in: wanted, out: in force */
};
ABI_SIZE(struct gnttab_set_version, 4);

struct gnttab_get_status_frames {
	uint32_t nr_frames;
	xen_domid_t dom;
	int16_t status;
	guest_handle_t frame_list;	/* out: uint64_t[nr_frames] */
};
ABI_SIZE(struct gnttab_get_status_frames, 16);

struct gnttab_get_version {
	xen_domid_t dom;
	uint16_t pad;
	uint32_t version;		/* out */
};
ABI_SIZE(struct gnttab_get_version, 8);

struct gnttab_swap_grant_ref {
	grant_ref_t ref_a;
	grant_ref_t ref_b;
	int16_t status;
};
ABI_SIZE(struct gnttab_swap_grant_ref, 12);

struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
	uint32_t op;			/* GNTTAB_CACHE_* */
};
#define GNTTAB_CACHE_CLEAN		(1U << 0)
#define GNTTAB_CACHE_INVAL		(1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF	(1U << 31)
ABI_SIZE(struct gnttab_cache_flush, 16);

#define _GNTMAP_device_map	0
#define GNTMAP_device_map	(1 << _GNTMAP_device_map)
#define _GNTMAP_host_map	1
#define GNTMAP_host_map		(1 << _GNTMAP_host_map)
#define _GNTMAP_readonly	2
#define GNTMAP_readonly		(1 << _GNTMAP_readonly)
#define _GNTMAP_application_map	3	/* user mode may use the mapping too */
#define GNTMAP_application_map	(1 << _GNTMAP_application_map)
#define _GNTMAP_contains_pte	4	/* host_addr is the machine address of a PTE */
#define GNTMAP_contains_pte	(1 << _GNTMAP_contains_pte)
#define _GNTMAP_guest_avail0	16	/* from here on: software bits for the PTE */
#define GNTMAP_guest_avail_mask	(~0U << _GNTMAP_guest_avail0)

/* Per-item status. */
#define GNTST_okay		0
#define GNTST_general_error	(-1)
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)
#define GNTST_bad_handle	(-4)
#define GNTST_bad_virt_addr	(-5)
#define GNTST_bad_dev_addr	(-6)
#define GNTST_no_device_space	(-7)
#define GNTST_permission_denied	(-8)
#define GNTST_bad_page		(-9)
#define GNTST_bad_copy_arg	(-10)
#define GNTST_address_too_big	(-11)
#define GNTST_eagain		(-12)
#define GNTST_no_space		(-13)

#endif /* XEN_GRANT_H */
