/* SPDX-License-Identifier: MIT */
/* CPUs of the fake machine: flushes are counted, requests answered at once. */
#include "arch/cpu.h"

#include <sched.h>
#include <stdlib.h>

#include "arch/context.h"
#include "arch/fake/fake.h"
#include "lib/bug.h"

struct cpu_info fake_cpus[MAX_CPUS];
_Thread_local unsigned int fake_cpu;
cpumask_t cpu_online_map = 1;
unsigned int cpu_count = 1;
uint32_t fake_last_flush[MAX_CPUS];
unsigned int fake_flush_count;
unsigned int fake_root_loads, fake_ldt_loads;
void (*fake_on_wait)(void);
bool fake_flush_ignored;
void (*fake_on_flush)(void);
static uint32_t flush_clock = 1;

#define SPIN_MAX 100000000

void cpu_pause(void)
{
	sched_yield();
}

void cpu_relax_serve(void)
{
	static _Thread_local unsigned long turns;

	if (fake_on_wait) {
		fake_on_wait();
		return;
	}
	sched_yield();
	if (++turns > SPIN_MAX) {
		panic("cpu_relax_serve: waits for ever");
	}
}

void cpu_raise_self(uint32_t work)
{
	cpu_work_add(work);
}

void cpu_raise(unsigned int cpu, uint32_t work)
{
	__atomic_fetch_or(&fake_cpus[cpu].work, work, __ATOMIC_SEQ_CST);
}

void cpu_call(cpumask_t mask, void (*fn)(void *data), void *data)
{
	unsigned int self = fake_cpu, cpu;

	for_each_cpu_in(cpu, mask)
	{
		fake_cpu = cpu;
		fn(data);
	}
	fake_cpu = self;
}

uint32_t tlb_clock(void)
{
	return __atomic_load_n(&flush_clock, __ATOMIC_SEQ_CST);
}

void fake_tlb_age(void)
{
	__atomic_fetch_add(&flush_clock, 1, __ATOMIC_SEQ_CST);
}

void tlb_clock_tick(void)
{
	fake_last_flush[fake_cpu] = __atomic_add_fetch(&flush_clock, 1, __ATOMIC_SEQ_CST);
	fake_tlb_flushed(fake_cpu);
}

cpumask_t tlb_filter_stale(cpumask_t mask, uint32_t stamp)
{
	cpumask_t stale = 0;
	unsigned int cpu;

	for_each_cpu_in(cpu, mask)
	{
		if ((int32_t)(fake_last_flush[cpu] - stamp) <= 0) {
			stale |= cpumask_of(cpu);
		}
	}
	return stale;
}

void tlb_flush_mask(cpumask_t mask, uint64_t va)
{
	unsigned int cpu;

	if (fake_flush_ignored) {
		return;
	}
	if (fake_on_flush) {
		fake_on_flush();
	}
	for_each_cpu_in(cpu, mask)
	{
		fake_flush_count++;
		if (va == TLB_FLUSH_ALL_VA) {
			fake_last_flush[cpu] =
				__atomic_add_fetch(&flush_clock, 1, __ATOMIC_SEQ_CST);
			fake_tlb_flushed(cpu);
		}
	}
}

void tlb_flush_local(void)
{
	tlb_flush_mask(cpumask_of(fake_cpu), TLB_FLUSH_ALL_VA);
}

void tlb_flush_local_va(uint64_t va)
{
	tlb_flush_mask(cpumask_of(fake_cpu), va);
}

void cache_flush_mask(cpumask_t mask)
{
	(void)mask;
}

void arch_load_roots(struct vcpu *v)
{
	fake_root_loads++;
	if (v == current) {
		tlb_clock_tick();
	}
}

void arch_load_ldt(struct vcpu *v)
{
	(void)v;
	fake_ldt_loads++;
}

struct cpu_user_regs *guest_regs(void)
{
	return &cpu_info()->regs;
}

void cpu_set_current(struct vcpu *v)
{
	cpu_info()->vcpu = v;
}
