/* SPDX-License-Identifier: MIT */
/*
 * CPUs among each other: work bits, function calls, TLB flushes and the
 * flush clock.
 *
 * A request is one global record under a lock; the requester waits until
 * every target has answered.  Whoever waits for the lock, or for any other,
 * serves requests meanwhile (cpu_relax_serve), so two CPUs that ask each
 * other cannot deadlock.
 */
#include "arch/cpu.h"

#include <asm/insn.h>
#include <asm/percpu.h>

#include "arch/x86/address_space.h"
#include "arch/x86/lapic.h"
#include "arch/x86/smp.h"
#include "lib/bug.h"
#include "lib/spinlock.h"

cpumask_t cpu_online_map;

static DEFINE_PER_CPU(uint32_t, flushes_served);
static spinlock_t flush_lock = SPINLOCK(RANK_IPI);
static uint64_t flush_va;
static cpumask_t flush_pending;

static spinlock_t call_lock = SPINLOCK(RANK_IPI);
static void (*call_fn)(void *);
static void *call_data;
static cpumask_t call_pending;

/* --- work bits --------------------------------------------------------- */

void cpu_raise_self(uint32_t work)
{
	__atomic_fetch_or(&cpu_info()->work, work, __ATOMIC_SEQ_CST);
}

void cpu_raise(unsigned int cpu, uint32_t work)
{
	struct cpu_info *ci = cpu_info_of(cpu);
	uint32_t old = __atomic_fetch_or(&ci->work, work, __ATOMIC_SEQ_CST);

	/* With the bits already set, somebody's interrupt is on its way. */
	if (cpu != smp_processor_id() && (old & work) != work) {
		lapic_send(cpu_topology[cpu].apic_id, VECTOR_WORK);
	}
}

static void raise_all(cpumask_t mask, uint32_t work)
{
	unsigned int cpu;

	for_each_cpu_in(cpu, mask)
	{
		cpu_raise(cpu, work);
	}
}

/* --- the flush clock --------------------------------------------------- */

/*
 * Each full flush takes the next tick and notes it as the CPU's.  A CPU whose
 * note lies after a page's stamp has flushed since.  Comparisons are modulo
 * 2^32: a CPU must not fall 2^31 ticks behind, so at every 2^30th tick all
 * are told to flush.
 */
static uint32_t flush_clock = 1;
static DEFINE_PER_CPU(uint32_t, flushed_at);

uint32_t tlb_clock(void)
{
	return __atomic_load_n(&flush_clock, __ATOMIC_SEQ_CST);
}

void tlb_clock_tick(void)
{
	uint32_t now = __atomic_add_fetch(&flush_clock, 1, __ATOMIC_SEQ_CST);

	__atomic_store_n(&this_cpu(flushed_at), now, __ATOMIC_RELEASE);
	if ((now & ((1U << 30) - 1)) == 0) {
		raise_all(cpu_online_map & ~cpumask_of(smp_processor_id()), WORK_FLUSH);
	}
}

cpumask_t tlb_filter_stale(cpumask_t mask, uint32_t stamp)
{
	unsigned int cpu;
	cpumask_t stale = 0;

	for_each_cpu_in(cpu, mask)
	{
		uint32_t at = __atomic_load_n(&per_cpu(flushed_at, cpu), __ATOMIC_ACQUIRE);

		if ((int32_t)(at - stamp) <= 0) {
			stale |= cpumask_of(cpu);
		}
	}
	return stale;
}

/* --- flushes ----------------------------------------------------------- */

/* Guests and Argon run with CR4.PGE clear: loading CR3 flushes everything. */
void tlb_flush_local(void)
{
	uint64_t cr3 = read_cr3();

	tlb_clock_tick();
	write_cr3(cr3);
}

void tlb_flush_local_va(uint64_t va)
{
	invlpg(va);
}

static void flush_here(uint64_t va)
{
	if (va == TLB_FLUSH_ALL_VA) {
		tlb_flush_local();
	} else {
		tlb_flush_local_va(va);
	}
}

/*
 * A sleeping CPU uses no mapping that could change under it: it is only told
 * to flush when it wakes, which costs no interrupt and no wait.
 */
enum sleep_state { SLEEP_AWAKE, SLEEP_ASLEEP, SLEEP_FLUSH_FIRST };
static DEFINE_PER_CPU(uint32_t, sleep_state);

void cpu_idle_wait(void)
{
	uint32_t *state = &this_cpu(sleep_state);

	__atomic_store_n(state, SLEEP_ASLEEP, __ATOMIC_SEQ_CST);
	/* sti takes effect after hlt has begun: no wake-up is lost between. */
	if (!__atomic_load_n(&cpu_info()->work, __ATOMIC_SEQ_CST)) {
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	}
	if (__atomic_exchange_n(state, SLEEP_AWAKE, __ATOMIC_SEQ_CST) == SLEEP_FLUSH_FIRST) {
		tlb_flush_local();
	}
}

/* Those of the mask that must be interrupted; the others will flush on waking. */
static cpumask_t defer_to_sleepers(cpumask_t mask)
{
	cpumask_t awake = 0;
	unsigned int cpu;

	for_each_cpu_in(cpu, mask)
	{
		uint32_t asleep = SLEEP_ASLEEP;

		if (!__atomic_compare_exchange_n(&per_cpu(sleep_state, cpu), &asleep,
						 SLEEP_FLUSH_FIRST, false, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST) &&
		    asleep == SLEEP_AWAKE) {
			awake |= cpumask_of(cpu);
		}
	}
	return awake;
}

uint32_t tlb_flushes_served(unsigned int cpu)
{
	return __atomic_load_n(&per_cpu(flushes_served, cpu), __ATOMIC_RELAXED);
}

void tlb_flush_mask(cpumask_t mask, uint64_t va)
{
	cpumask_t self = cpumask_of(smp_processor_id()), others;

	if (mask & self) {
		flush_here(va);
	}
	others = defer_to_sleepers(mask & cpu_online_map & ~self);
	if (!others) {
		return;
	}
	spin_lock(&flush_lock);
	flush_va = va;
	__atomic_store_n(&flush_pending, others, __ATOMIC_SEQ_CST);
	raise_all(others, WORK_FLUSH);
	while (__atomic_load_n(&flush_pending, __ATOMIC_ACQUIRE)) {
		cpu_relax_serve();
	}
	spin_unlock(&flush_lock);
}

/* --- calls ------------------------------------------------------------- */

void cpu_call(cpumask_t mask, void (*fn)(void *data), void *data)
{
	mask &= cpu_online_map & ~cpumask_of(smp_processor_id());
	if (!mask) {
		return;
	}
	spin_lock(&call_lock);
	call_fn = fn;
	call_data = data;
	__atomic_store_n(&call_pending, mask, __ATOMIC_SEQ_CST);
	raise_all(mask, WORK_CALL);
	while (__atomic_load_n(&call_pending, __ATOMIC_ACQUIRE)) {
		cpu_relax_serve();
	}
	spin_unlock(&call_lock);
}

static void flush_caches_here(void *unused)
{
	(void)unused;
	wbinvd();
}

void cache_flush_mask(cpumask_t mask)
{
	if (cpumask_test(mask, smp_processor_id())) {
		wbinvd();
	}
	cpu_call(mask, flush_caches_here, NULL);
}

void cpu_serve_requests(void)
{
	cpumask_t self = cpumask_of(smp_processor_id());
	uint32_t work = __atomic_fetch_and(&cpu_info()->work, ~(uint32_t)(WORK_FLUSH | WORK_CALL),
					   __ATOMIC_SEQ_CST);

	if (work & WORK_FLUSH) {
		this_cpu(flushes_served)++;
		if (__atomic_load_n(&flush_pending, __ATOMIC_SEQ_CST) & self) {
			flush_here(flush_va);
			__atomic_fetch_and(&flush_pending, ~self, __ATOMIC_SEQ_CST);
		} else {
			tlb_flush_local(); /* the flush clock asks */
		}
	}
	if ((work & WORK_CALL) && (__atomic_load_n(&call_pending, __ATOMIC_SEQ_CST) & self)) {
		call_fn(call_data);
		__atomic_fetch_and(&call_pending, ~self, __ATOMIC_SEQ_CST);
	}
}
