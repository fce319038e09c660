/* SPDX-License-Identifier: MIT */
/* vCPUs of the fake machine: switching only notes who is there. */
#include "arch/context.h"

#include <stdlib.h>

#include "arch/cpu.h"
#include "arch/fake/fake.h"
#include "core/domain.h"
#include "debug/panic.h"
#include "lib/bug.h"
#include "lib/guest_copy.h"

struct cpu_topology cpu_topology[MAX_CPUS];
unsigned int fake_switches;

int arch_vcpu_init(struct vcpu *v)
{
	v->pv.kernel_mode = 1;
	return 0;
}

void arch_vcpu_free(struct vcpu *v)
{
	(void)v;
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
	(void)prev;
	fake_switches++;
	cpu_set_current(next);
}

int copy_to_guest_kernel(gptr_t dst, const void *src, size_t bytes)
{
	return copy_to_guest(dst, src, bytes);
}

void cpu_irq_window(void)
{
}

void guest_state_print(struct vcpu *v)
{
	(void)v;
}

void machine_restart(void)
{
	panic("the fake machine restarts");
}

void machine_halt(void)
{
	panic("the fake machine halts");
}
