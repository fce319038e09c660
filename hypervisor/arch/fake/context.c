/* SPDX-License-Identifier: MIT */
/* vCPUs of the fake machine: switching notes who is there and loads a root. */
#include "arch/context.h"

#include <stdlib.h>

#include "arch/cpu.h"
#include "arch/fake/fake.h"
#include "core/domain.h"
#include "debug/panic.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "mm/page.h"

#define TRAPS_AT_FIRST 32 /* exceptions */

struct cpu_topology cpu_topology[MAX_CPUS];
unsigned int fake_switches;
void (*fake_on_window)(void), (*fake_on_end)(void);

int arch_vcpu_init(struct vcpu *v)
{
	v->pv.kernel_mode = 1;
	v->pv.trap_count = TRAPS_AT_FIRST;
	v->pv.traps = hv_alloc(TRAPS_AT_FIRST * sizeof(*v->pv.traps));
	return v->pv.traps ? 0 : -ENOMEM;
}

void arch_vcpu_free(struct vcpu *v)
{
	hv_free(v->pv.traps);
	v->pv.traps = NULL;
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
	unsigned int cpu = smp_processor_id();

	fake_switches++;
	if (!vcpu_is_idle(next)) {
		cpumask_set_atomic(&next->domain->dirty_cpus, cpu);
	}
	cpu_set_current(next);
	tlb_clock_tick();
	if (!vcpu_is_idle(prev) && prev->domain != next->domain) {
		cpumask_clear_atomic(&prev->domain->dirty_cpus, cpu);
	}
}

int copy_to_guest_kernel(gptr_t dst, const void *src, size_t bytes)
{
	return copy_to_guest(dst, src, bytes);
}

void cpu_irq_window(void)
{
	if (fake_on_window) {
		fake_on_window();
	}
}

void guest_state_print(struct vcpu *v)
{
	(void)v;
}

void machine_restart(void)
{
	if (fake_on_end) {
		fake_on_end();
	}
	panic("the fake machine restarts");
}

void machine_halt(void)
{
	if (fake_on_end) {
		fake_on_end();
	}
	panic("the fake machine halts");
}
