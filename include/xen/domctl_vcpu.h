/* SPDX-License-Identifier: MIT */
/* domctl: arguments about vCPUs, their registers and their scheduling. */
#ifndef XEN_DOMCTL_VCPU_H
#define XEN_DOMCTL_VCPU_H

#include "types.h"

struct xen_domctl_vcpucontext {
	uint32_t vcpu;
	guest_handle_t ctxt;		/* struct vcpu_guest_context */
};
ABI_SIZE(struct xen_domctl_vcpucontext, 16);

struct xen_domctl_getvcpuinfo {
	uint32_t vcpu;			/* in */
	uint8_t online;			/* out, as the rest */
	uint8_t blocked;
	uint8_t running;
	uint64_aligned_t cpu_time;	/* ns */
	uint32_t cpu;			/* where it runs or last ran */
};
ABI_SIZE(struct xen_domctl_getvcpuinfo, 24);

struct xen_domctl_vcpuaffinity {
	uint32_t vcpu;
	uint32_t flags;			/* XEN_VCPUAFFINITY_*: which maps are meant */
	struct xenctl_bitmap cpumap_hard;
	struct xenctl_bitmap cpumap_soft;
};
#define _XEN_VCPUAFFINITY_HARD	0
#define XEN_VCPUAFFINITY_HARD	(1U << _XEN_VCPUAFFINITY_HARD)
#define _XEN_VCPUAFFINITY_SOFT	1
#define XEN_VCPUAFFINITY_SOFT	(1U << _XEN_VCPUAFFINITY_SOFT)
#define _XEN_VCPUAFFINITY_FORCE	2
#define XEN_VCPUAFFINITY_FORCE	(1U << _XEN_VCPUAFFINITY_FORCE)
ABI_SIZE(struct xen_domctl_vcpuaffinity, 40);

struct xen_domctl_max_vcpus {
	uint32_t max;
};
ABI_SIZE(struct xen_domctl_max_vcpus, 4);

#define XEN_SCHEDULER_CREDIT	5
#define XEN_SCHEDULER_CREDIT2	6
#define XEN_SCHEDULER_ARINC653	7
#define XEN_SCHEDULER_RTDS	8
#define XEN_SCHEDULER_NULL	9

struct xen_domctl_sched_credit {
	uint16_t weight;
	uint16_t cap;			/* percent of one CPU, 0: none */
};
ABI_SIZE(struct xen_domctl_sched_credit, 4);

struct xen_domctl_sched_credit2 {
	uint16_t weight;
	uint16_t cap;
};
ABI_SIZE(struct xen_domctl_sched_credit2, 4);

struct xen_domctl_sched_rtds {
	uint32_t period;		/* us */
	uint32_t budget;		/* us */
	uint32_t flags;			/* XEN_DOMCTL_SCHEDRT_extra */
};
#define _XEN_DOMCTL_SCHEDRT_extra	0
#define XEN_DOMCTL_SCHEDRT_extra	(1U << _XEN_DOMCTL_SCHEDRT_extra)
ABI_SIZE(struct xen_domctl_sched_rtds, 12);

struct xen_domctl_schedparam_vcpu {
	union {
		struct xen_domctl_sched_credit credit;
		struct xen_domctl_sched_credit2 credit2;
		struct xen_domctl_sched_rtds rtds;
	} u;
	uint32_t vcpuid;
};
ABI_SIZE(struct xen_domctl_schedparam_vcpu, 16);

#define XEN_DOMCTL_SCHEDOP_putinfo	0
#define XEN_DOMCTL_SCHEDOP_getinfo	1
#define XEN_DOMCTL_SCHEDOP_putvcpuinfo	2
#define XEN_DOMCTL_SCHEDOP_getvcpuinfo	3
struct xen_domctl_scheduler_op {
	uint32_t sched_id;		/* XEN_SCHEDULER_* of the domain's pool */
	uint32_t cmd;			/* XEN_DOMCTL_SCHEDOP_* */
	union {
		struct xen_domctl_sched_credit credit;
		struct xen_domctl_sched_credit2 credit2;
		struct xen_domctl_sched_rtds rtds;
		struct {
			guest_handle_t vcpus;	/* struct xen_domctl_schedparam_vcpu[] */
			uint32_t nr_vcpus;
			uint32_t padding;
		} v;
	} u;
};
ABI_SIZE(struct xen_domctl_scheduler_op, 24);
ABI_OFFSET(struct xen_domctl_scheduler_op, u, 8);

#define XEN_DOMCTL_SENDTRIGGER_NMI	0
#define XEN_DOMCTL_SENDTRIGGER_RESET	1
#define XEN_DOMCTL_SENDTRIGGER_INIT	2
#define XEN_DOMCTL_SENDTRIGGER_POWER	3
#define XEN_DOMCTL_SENDTRIGGER_SLEEP	4
struct xen_domctl_sendtrigger {
	uint32_t trigger;
	uint32_t vcpu;
};
ABI_SIZE(struct xen_domctl_sendtrigger, 8);

/* Machine-check bank state inside ext_vcpucontext. */
struct hvm_vmce_vcpu {
	uint64_t caps;
	uint64_t mci_ctl2_bank0;
	uint64_t mci_ctl2_bank1;
	uint64_t mcg_ext_ctl;
};
ABI_SIZE(struct hvm_vmce_vcpu, 32);

struct xen_domctl_ext_vcpucontext {
	uint32_t vcpu;			/* in */
	uint32_t size;			/* set: in, get: out: bytes that count */
	uint64_aligned_t syscall32_callback_eip;
	uint64_aligned_t sysenter_callback_eip;
	uint16_t syscall32_callback_cs;
	uint16_t sysenter_callback_cs;
	uint8_t syscall32_disables_events;
	uint8_t sysenter_disables_events;
	union {
		uint64_aligned_t mcg_cap;
		struct hvm_vmce_vcpu vmce;
	};
};
ABI_SIZE(struct xen_domctl_ext_vcpucontext, 64);
ABI_OFFSET(struct xen_domctl_ext_vcpucontext, syscall32_callback_cs, 24);
ABI_OFFSET(struct xen_domctl_ext_vcpucontext, vmce, 32);

#define XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_OFF	0
#define XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_ON	1
struct xen_domctl_debug_op {
	uint32_t op;
	uint32_t vcpu;
};
ABI_SIZE(struct xen_domctl_debug_op, 8);

struct xen_domctl_gdbsx_pauseunp_vcpu {
	uint32_t vcpu;
};
ABI_SIZE(struct xen_domctl_gdbsx_pauseunp_vcpu, 4);

struct xen_domctl_gdbsx_domstatus {
	uint8_t paused;
	uint32_t vcpu_id;
	uint32_t vcpu_ev;
};
ABI_SIZE(struct xen_domctl_gdbsx_domstatus, 12);

struct xen_domctl_vcpuextstate {
	uint32_t vcpu;
	uint64_aligned_t xfeature_mask;	/* out on get */
	uint64_aligned_t size;		/* in: room, out: bytes; 0 or NULL asks */
	guest_handle_t buffer;		/* u64 xcr0, u64 xcr0_accum, XSAVE image */
};
ABI_SIZE(struct xen_domctl_vcpuextstate, 32);

struct xen_domctl_vcpu_msr {
	uint32_t index;
	uint32_t reserved;		/* 0 */
	uint64_aligned_t value;
};
ABI_SIZE(struct xen_domctl_vcpu_msr, 16);

struct xen_domctl_vcpu_msrs {
	uint32_t vcpu;
	uint32_t msr_count;		/* in: room or given, out: used; NULL asks */
	guest_handle_t msrs;		/* struct xen_domctl_vcpu_msr[] */
};
ABI_SIZE(struct xen_domctl_vcpu_msrs, 16);

#endif /* XEN_DOMCTL_VCPU_H */
