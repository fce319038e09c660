/* SPDX-License-Identifier: MIT */
/*
 * sysctl: the toolstack's control of the host. Numbers are complete, layouts cover what xl's
 * everyday commands and our own tools use.
 */
#ifndef XEN_SYSCTL_H
#define XEN_SYSCTL_H

#include "arch.h"
#include "physdev.h"
#include "types.h"

#define XEN_SYSCTL_INTERFACE_VERSION	0x00000015	/* any other: EACCES */

#define XEN_SYSCTL_readconsole			1
#define XEN_SYSCTL_tbuf_op			2
#define XEN_SYSCTL_physinfo			3
#define XEN_SYSCTL_sched_id			4
#define XEN_SYSCTL_perfc_op			5
#define XEN_SYSCTL_getdomaininfolist		6
#define XEN_SYSCTL_debug_keys			7
#define XEN_SYSCTL_getcpuinfo			8
#define XEN_SYSCTL_availheap			9
#define XEN_SYSCTL_get_pmstat			10
#define XEN_SYSCTL_cpu_hotplug			11
#define XEN_SYSCTL_pm_op			12
#define XEN_SYSCTL_page_offline_op		14
#define XEN_SYSCTL_lockprof_op			15
#define XEN_SYSCTL_cputopoinfo			16
#define XEN_SYSCTL_numainfo			17
#define XEN_SYSCTL_cpupool_op			18
#define XEN_SYSCTL_scheduler_op			19
#define XEN_SYSCTL_coverage_op			20
#define XEN_SYSCTL_psr_cmt_op			21
#define XEN_SYSCTL_pcitopoinfo			22
#define XEN_SYSCTL_psr_alloc			23
#define XEN_SYSCTL_get_cpu_levelling_caps	25
#define XEN_SYSCTL_get_cpu_featureset		26
#define XEN_SYSCTL_livepatch_op			27
#define XEN_SYSCTL_get_cpu_policy		29

struct xen_sysctl_readconsole {
	uint8_t clear;			/* empty the ring afterwards */
	uint8_t incremental;		/* start at index, not at the oldest byte */
	uint8_t pad0;
	uint8_t pad1;
	uint32_t index;			/* in: where, out: where to go on */
	guest_handle_t buffer;
	uint32_t count;			/* in: room, out: bytes */
};
ABI_SIZE(struct xen_sysctl_readconsole, 24);

struct xen_sysctl_tbuf_op {
	uint32_t cmd;			/* XEN_SYSCTL_TBUFOP_* */
	struct xenctl_bitmap cpu_mask;
	uint32_t evt_mask;
	uint64_aligned_t buffer_mfn;
	uint32_t size;
};
#define XEN_SYSCTL_TBUFOP_get_info	0
#define XEN_SYSCTL_TBUFOP_set_cpu_mask	1
#define XEN_SYSCTL_TBUFOP_set_evt_mask	2
#define XEN_SYSCTL_TBUFOP_set_size	3
#define XEN_SYSCTL_TBUFOP_enable	4
#define XEN_SYSCTL_TBUFOP_disable	5
ABI_SIZE(struct xen_sysctl_tbuf_op, 48);

#define _XEN_SYSCTL_PHYSCAP_hvm		0
#define XEN_SYSCTL_PHYSCAP_hvm		(1u << _XEN_SYSCTL_PHYSCAP_hvm)
#define _XEN_SYSCTL_PHYSCAP_pv		1
#define XEN_SYSCTL_PHYSCAP_pv		(1u << _XEN_SYSCTL_PHYSCAP_pv)
#define _XEN_SYSCTL_PHYSCAP_directio	2
#define XEN_SYSCTL_PHYSCAP_directio	(1u << _XEN_SYSCTL_PHYSCAP_directio)
#define _XEN_SYSCTL_PHYSCAP_hap		3
#define XEN_SYSCTL_PHYSCAP_hap		(1u << _XEN_SYSCTL_PHYSCAP_hap)
#define _XEN_SYSCTL_PHYSCAP_shadow	4
#define XEN_SYSCTL_PHYSCAP_shadow	(1u << _XEN_SYSCTL_PHYSCAP_shadow)
#define _XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share	5
#define XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share	(1u << _XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share)
#define XEN_SYSCTL_PHYSCAP_vmtrace	(1u << 6)
#define XEN_SYSCTL_PHYSCAP_vpmu		(1u << 7)
#define XEN_SYSCTL_PHYSCAP_gnttab_v1	(1u << 8)
#define XEN_SYSCTL_PHYSCAP_gnttab_v2	(1u << 9)
#define XEN_SYSCTL_PHYSCAP_MAX		XEN_SYSCTL_PHYSCAP_gnttab_v2

struct xen_sysctl_physinfo {
	uint32_t threads_per_core;
	uint32_t cores_per_socket;
	uint32_t nr_cpus;		/* online */
	uint32_t max_cpu_id;
	uint32_t nr_nodes;
	uint32_t max_node_id;
	uint32_t cpu_khz;
	uint32_t capabilities;		/* XEN_SYSCTL_PHYSCAP_* */
	uint32_t arch_capabilities;
	uint32_t pad;
	uint64_aligned_t total_pages;
	uint64_aligned_t free_pages;
	uint64_aligned_t scrub_pages;	/* free, not yet cleared */
	uint64_aligned_t outstanding_pages;
	uint64_aligned_t max_mfn;
	uint32_t hw_cap[8];		/* CPUID feature words */
};
ABI_SIZE(struct xen_sysctl_physinfo, 112);
ABI_OFFSET(struct xen_sysctl_physinfo, capabilities, 28);
ABI_OFFSET(struct xen_sysctl_physinfo, total_pages, 40);
ABI_OFFSET(struct xen_sysctl_physinfo, max_mfn, 72);
ABI_OFFSET(struct xen_sysctl_physinfo, hw_cap, 80);

struct xen_sysctl_sched_id {
	uint32_t sched_id;		/* out: XEN_SCHEDULER_* */
};
ABI_SIZE(struct xen_sysctl_sched_id, 4);

#define XEN_SYSCTL_PERFCOP_reset	1
#define XEN_SYSCTL_PERFCOP_query	2
struct xen_sysctl_perfc_desc {
	char name[80];
	uint32_t nr_vals;
};
ABI_SIZE(struct xen_sysctl_perfc_desc, 84);

struct xen_sysctl_perfc_op {
	uint32_t cmd;			/* XEN_SYSCTL_PERFCOP_* */
	uint32_t nr_counters;		/* out */
	uint32_t nr_vals;		/* out */
	guest_handle_t desc;		/* struct xen_sysctl_perfc_desc[nr_counters] */
	guest_handle_t val;		/* uint32_t[nr_vals] */
};
ABI_SIZE(struct xen_sysctl_perfc_op, 32);

/* Lists domains from first_domain up, skipping ids not in use. */
struct xen_sysctl_getdomaininfolist {
	xen_domid_t first_domain;
	uint32_t max_domains;
	guest_handle_t buffer;		/* struct xen_domctl_getdomaininfo[max_domains] */
	uint32_t num_domains;		/* out */
};
ABI_SIZE(struct xen_sysctl_getdomaininfolist, 24);

struct xen_sysctl_debug_keys {
	guest_handle_t keys;		/* characters */
	uint32_t nr_keys;
};
ABI_SIZE(struct xen_sysctl_debug_keys, 16);

struct xen_sysctl_cpuinfo {
	uint64_aligned_t idletime;	/* ns */
};
ABI_SIZE(struct xen_sysctl_cpuinfo, 8);

struct xen_sysctl_getcpuinfo {
	uint32_t max_cpus;
	guest_handle_t info;		/* struct xen_sysctl_cpuinfo[max_cpus] */
	uint32_t nr_cpus;		/* out */
};
ABI_SIZE(struct xen_sysctl_getcpuinfo, 24);

struct xen_sysctl_availheap {
	uint32_t min_bitwidth;		/* address width bounds, 0: none */
	uint32_t max_bitwidth;
	int32_t node;			/* -1: all */
	uint64_aligned_t avail_bytes;	/* out */
};
ABI_SIZE(struct xen_sysctl_availheap, 24);

/* Power management statistics. */
struct pm_px_val {
	uint64_aligned_t freq;
	uint64_aligned_t residency;
	uint64_aligned_t count;
};
ABI_SIZE(struct pm_px_val, 24);

struct pm_px_stat {
	uint8_t total;
	uint8_t usable;
	uint8_t last;
	uint8_t cur;
	guest_handle_t trans_pt;
	guest_handle_t pt;
};
ABI_SIZE(struct pm_px_stat, 24);

struct pm_cx_stat {
	uint32_t nr;
	uint32_t last;
	uint64_aligned_t idle_time;
	guest_handle_t triggers;
	guest_handle_t residencies;
	uint32_t nr_pc;
	uint32_t nr_cc;
	guest_handle_t pc;
	guest_handle_t cc;
};
ABI_SIZE(struct pm_cx_stat, 56);

struct xen_sysctl_get_pmstat {
	uint32_t type;			/* PMSTAT_get_* or PMSTAT_reset_* */
	uint32_t cpuid;
	union {
		struct pm_px_stat getpx;
		struct pm_cx_stat getcx;
	} u;
};
#define PMSTAT_CATEGORY_MASK	0xf0
#define PMSTAT_PX		0x10
#define PMSTAT_CX		0x20
#define PMSTAT_get_max_px	(PMSTAT_PX | 0x1)
#define PMSTAT_get_pxstat	(PMSTAT_PX | 0x2)
#define PMSTAT_reset_pxstat	(PMSTAT_PX | 0x3)
#define PMSTAT_get_max_cx	(PMSTAT_CX | 0x1)
#define PMSTAT_get_cxstat	(PMSTAT_CX | 0x2)
#define PMSTAT_reset_cxstat	(PMSTAT_CX | 0x3)
ABI_SIZE(struct xen_sysctl_get_pmstat, 64);

struct xen_sysctl_cpu_hotplug {
	uint32_t cpu;
	uint32_t op;			/* XEN_SYSCTL_CPU_HOTPLUG_* */
};
#define XEN_SYSCTL_CPU_HOTPLUG_ONLINE		0
#define XEN_SYSCTL_CPU_HOTPLUG_OFFLINE		1
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE	2
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE	3
ABI_SIZE(struct xen_sysctl_cpu_hotplug, 8);

#define XEN_INVALID_CORE_ID	(~0U)
#define XEN_INVALID_SOCKET_ID	(~0U)
#define XEN_INVALID_NODE_ID	(~0U)
#define XEN_INVALID_MEM_SZ	(~0U)
#define XEN_INVALID_NODE_DIST	(~0U)
#define XEN_INVALID_DEV		(XEN_INVALID_NODE_ID - 1)

struct xen_sysctl_cputopo {
	uint32_t core;
	uint32_t socket;
	uint32_t node;
};
ABI_SIZE(struct xen_sysctl_cputopo, 12);

struct xen_sysctl_cputopoinfo {
	uint32_t num_cpus;		/* in: room, out: filled; NULL array asks */
	guest_handle_t cputopo;		/* struct xen_sysctl_cputopo[num_cpus] */
};
ABI_SIZE(struct xen_sysctl_cputopoinfo, 16);

struct xen_sysctl_meminfo {
	uint64_t memsize;		/* bytes */
	uint64_t memfree;
};
ABI_SIZE(struct xen_sysctl_meminfo, 16);

struct xen_sysctl_numainfo {
	uint32_t num_nodes;		/* in: room, out: filled; NULL arrays ask */
	guest_handle_t meminfo;		/* struct xen_sysctl_meminfo[num_nodes] */
	guest_handle_t distance;	/* uint32_t[num_nodes * num_nodes] */
};
ABI_SIZE(struct xen_sysctl_numainfo, 24);

struct xen_sysctl_pcitopoinfo {
	uint32_t num_devs;
	guest_handle_t devs;		/* struct physdev_pci_device[num_devs] */
	guest_handle_t nodes;		/* out: uint32_t[num_devs] */
};
ABI_SIZE(struct xen_sysctl_pcitopoinfo, 24);

#define XEN_SYSCTL_CPUPOOL_OP_CREATE		1
#define XEN_SYSCTL_CPUPOOL_OP_DESTROY		2
#define XEN_SYSCTL_CPUPOOL_OP_INFO		3	/* first pool with an id >= the given */
#define XEN_SYSCTL_CPUPOOL_OP_ADDCPU		4
#define XEN_SYSCTL_CPUPOOL_OP_RMCPU		5
#define XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN	6
#define XEN_SYSCTL_CPUPOOL_OP_FREEINFO		7	/* CPUs in no pool */
#define XEN_SYSCTL_CPUPOOL_PAR_ANY		0xFFFFFFFF
struct xen_sysctl_cpupool_op {
	uint32_t op;			/* XEN_SYSCTL_CPUPOOL_OP_* */
	uint32_t cpupool_id;
	uint32_t sched_id;
	uint32_t domid;
	uint32_t cpu;
	uint32_t n_dom;			/* out */
	struct xenctl_bitmap cpumap;
};
ABI_SIZE(struct xen_sysctl_cpupool_op, 40);
ABI_OFFSET(struct xen_sysctl_cpupool_op, cpumap, 24);

struct xen_sysctl_credit_schedule {
	uint32_t tslice_ms;
	uint32_t ratelimit_us;
	uint32_t vcpu_migr_delay_us;
};
#define XEN_SYSCTL_SCHED_RATELIMIT_MAX		500000
#define XEN_SYSCTL_SCHED_RATELIMIT_MIN		100
#define XEN_SYSCTL_CSCHED_TSLICE_MAX		1000
#define XEN_SYSCTL_CSCHED_TSLICE_MIN		1
#define XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US	(100 * 1000)
ABI_SIZE(struct xen_sysctl_credit_schedule, 12);

struct xen_sysctl_credit2_schedule {
	uint32_t ratelimit_us;
};
ABI_SIZE(struct xen_sysctl_credit2_schedule, 4);

#define XEN_SYSCTL_SCHEDOP_putinfo	0
#define XEN_SYSCTL_SCHEDOP_getinfo	1
struct xen_sysctl_scheduler_op {
	uint32_t cpupool_id;
	uint32_t sched_id;
	uint32_t cmd;			/* XEN_SYSCTL_SCHEDOP_* */
	union {
		struct xen_sysctl_sched_arinc653 {
			guest_handle_t schedule;
		} sched_arinc653;
		struct xen_sysctl_credit_schedule sched_credit;
		struct xen_sysctl_credit2_schedule sched_credit2;
	} u;
};
ABI_SIZE(struct xen_sysctl_scheduler_op, 32);
ABI_OFFSET(struct xen_sysctl_scheduler_op, u, 16);

struct xen_sysctl_cpu_levelling_caps {
	uint32_t caps;			/* out: XEN_SYSCTL_CPU_LEVELCAP_* */
};
#define XEN_SYSCTL_CPU_LEVELCAP_faulting	(1ul << 0)
#define XEN_SYSCTL_CPU_LEVELCAP_ecx		(1ul << 1)
#define XEN_SYSCTL_CPU_LEVELCAP_edx		(1ul << 2)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_ecx	(1ul << 3)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_edx	(1ul << 4)
#define XEN_SYSCTL_CPU_LEVELCAP_xsave_eax	(1ul << 5)
#define XEN_SYSCTL_CPU_LEVELCAP_thermal_ecx	(1ul << 6)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_eax	(1ul << 7)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_ebx	(1ul << 8)
ABI_SIZE(struct xen_sysctl_cpu_levelling_caps, 4);

struct xen_sysctl_cpu_featureset {
	uint32_t index;			/* XEN_SYSCTL_cpu_featureset_* */
	uint32_t nr_features;		/* in: room, out: words; NULL array asks */
	guest_handle_t features;	/* uint32_t[nr_features] */
};
#define XEN_SYSCTL_cpu_featureset_raw		0
#define XEN_SYSCTL_cpu_featureset_host		1
#define XEN_SYSCTL_cpu_featureset_pv		2
#define XEN_SYSCTL_cpu_featureset_hvm		3
#define XEN_SYSCTL_cpu_featureset_pv_max	4
#define XEN_SYSCTL_cpu_featureset_hvm_max	5
ABI_SIZE(struct xen_sysctl_cpu_featureset, 16);

struct xen_sysctl_cpu_policy {
	uint32_t index;			/* XEN_SYSCTL_cpu_policy_* */
	uint32_t nr_leaves;		/* in: room, out: used; NULL array asks */
	uint32_t nr_msrs;
	uint32_t _rsvd;			/* 0 */
	guest_handle_t leaves;		/* struct xen_cpuid_leaf[nr_leaves] */
	guest_handle_t msrs;		/* struct xen_msr_entry[nr_msrs] */
};
#define XEN_SYSCTL_cpu_policy_raw		0
#define XEN_SYSCTL_cpu_policy_host		1
#define XEN_SYSCTL_cpu_policy_pv_max		2
#define XEN_SYSCTL_cpu_policy_hvm_max		3
#define XEN_SYSCTL_cpu_policy_pv_default	4
#define XEN_SYSCTL_cpu_policy_hvm_default	5
ABI_SIZE(struct xen_sysctl_cpu_policy, 32);

struct xen_sysctl {
	uint32_t cmd;			/* XEN_SYSCTL_* */
	uint32_t interface_version;	/* XEN_SYSCTL_INTERFACE_VERSION */
	union {
		struct xen_sysctl_readconsole readconsole;
		struct xen_sysctl_tbuf_op tbuf_op;
		struct xen_sysctl_physinfo physinfo;
		struct xen_sysctl_cputopoinfo cputopoinfo;
		struct xen_sysctl_pcitopoinfo pcitopoinfo;
		struct xen_sysctl_numainfo numainfo;
		struct xen_sysctl_sched_id sched_id;
		struct xen_sysctl_perfc_op perfc_op;
		struct xen_sysctl_getdomaininfolist getdomaininfolist;
		struct xen_sysctl_debug_keys debug_keys;
		struct xen_sysctl_getcpuinfo getcpuinfo;
		struct xen_sysctl_availheap availheap;
		struct xen_sysctl_get_pmstat get_pmstat;
		struct xen_sysctl_cpu_hotplug cpu_hotplug;
		struct xen_sysctl_cpupool_op cpupool_op;
		struct xen_sysctl_scheduler_op scheduler_op;
		struct xen_sysctl_cpu_levelling_caps cpu_levelling_caps;
		struct xen_sysctl_cpu_featureset cpu_featureset;
		struct xen_sysctl_cpu_policy cpu_policy;
		uint8_t pad[128];
	} u;
};
ABI_SIZE(struct xen_sysctl, 136);
ABI_OFFSET(struct xen_sysctl, interface_version, 4);
ABI_OFFSET(struct xen_sysctl, u, 8);

#endif /* XEN_SYSCTL_H */
