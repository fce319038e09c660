/* SPDX-License-Identifier: MIT */
/* vcpu_op: bringing vCPUs up and down, their timers, and the memory areas they share. */
#ifndef XEN_VCPU_H
#define XEN_VCPU_H

#include "types.h"

#define VCPUOP_initialise			0	/* vcpu_guest_context */
#define VCPUOP_up				1
#define VCPUOP_down				2
#define VCPUOP_is_up				3	/* ENOENT past the last vCPU */
#define VCPUOP_get_runstate_info		4
#define VCPUOP_register_runstate_memory_area	5
#define VCPUOP_set_periodic_timer		6
#define VCPUOP_stop_periodic_timer		7
#define VCPUOP_set_singleshot_timer		8
#define VCPUOP_stop_singleshot_timer		9
#define VCPUOP_register_vcpu_info		10
#define VCPUOP_send_nmi				11
#define VCPUOP_get_physid			12
#define VCPUOP_register_vcpu_time_memory_area	13

struct vcpu_runstate_info {
	int32_t state;			/* RUNSTATE_* */
	uint64_t state_entry_time;	/* system time; XEN_RUNSTATE_UPDATE while changing */
	uint64_t time[4];		/* ns spent in each state */
};
#define XEN_RUNSTATE_UPDATE	(1ULL << 63)
#define RUNSTATE_running	0
#define RUNSTATE_runnable	1
#define RUNSTATE_blocked	2
#define RUNSTATE_offline	3
ABI_SIZE(struct vcpu_runstate_info, 48);
ABI_OFFSET(struct vcpu_runstate_info, state_entry_time, 8);
ABI_OFFSET(struct vcpu_runstate_info, time, 16);

struct vcpu_register_runstate_memory_area {
	union {
		guest_handle_t h;	/* struct vcpu_runstate_info, guest virtual */
		uint64_t p;
	} addr;
};
ABI_SIZE(struct vcpu_register_runstate_memory_area, 8);

struct vcpu_set_periodic_timer {
	uint64_t period_ns;
};
ABI_SIZE(struct vcpu_set_periodic_timer, 8);

struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns;	/* system time */
	uint32_t flags;			/* VCPU_SSHOTTMR_* */
};
#define _VCPU_SSHOTTMR_future	0
#define VCPU_SSHOTTMR_future	(1U << _VCPU_SSHOTTMR_future)	/* ETIME when already past */
ABI_SIZE(struct vcpu_set_singleshot_timer, 16);

/* Moves the vCPU's vcpu_info to guest memory; possible once. */
struct vcpu_register_vcpu_info {
	uint64_t mfn;
	uint32_t offset;		/* bytes; the struct must not leave the page */
	uint32_t rsvd;
};
ABI_SIZE(struct vcpu_register_vcpu_info, 16);

struct vcpu_get_physid {
	uint64_t phys_id;		/* out: APIC id, ACPI id in the upper half */
};
#define xen_vcpu_physid_to_x86_apicid(physid)	((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid)	((uint32_t)((physid) >> 32))
ABI_SIZE(struct vcpu_get_physid, 8);

struct vcpu_register_time_memory_area {
	union {
		guest_handle_t h;	/* struct vcpu_time_info, guest virtual; 0: stop */
		uint64_t p;
	} addr;
};
ABI_SIZE(struct vcpu_register_time_memory_area, 8);

#endif /* XEN_VCPU_H */
