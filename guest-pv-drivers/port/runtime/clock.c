/* SPDX-License-Identifier: MIT */
/* System time of the runtime. */
#include <xen/vcpu.h>

#include "clock.h"
#include "hypercall.h"
#include "runtime.h"

uint64_t clock_now(void)
{
	const volatile struct vcpu_time_info *t = &runtime_vcpu_info()->time;
	uint32_t version;
	uint64_t delta, now;

	do {
		do {
			version = t->version;
		} while (version & 1);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		delta = clock_tsc() - t->tsc_timestamp;
		delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
		now = t->system_time +
		      (uint64_t)(((unsigned __int128)delta * t->tsc_to_system_mul) >> 32);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (version != t->version);
	return now;
}

long clock_set_timer(uint64_t when)
{
	struct vcpu_set_singleshot_timer timer = {.timeout_abs_ns = when};

	return hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, ptr_arg(&timer));
}
