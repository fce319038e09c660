/* SPDX-License-Identifier: MIT */
/* Grace periods: every other CPU answers a call, which it does outside such sections only. */
#include "core/grace.h"

#include "arch/cpu.h"

static void nothing(void *data)
{
	(void)data;
}

void grace_wait(void)
{
	cpu_call(cpu_online_map & ~cpumask_of(smp_processor_id()), nothing, NULL);
}
