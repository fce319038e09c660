/* SPDX-License-Identifier: MIT */
/*
 * CPUs as the machine-independent rooms see them: who am I, poke another,
 * flush its TLB, work left to do before the guest runs again.
 * arch/x86 and arch/fake both answer this header; <asm/percpu.h> supplies
 * current, smp_processor_id(), cpu_relax_serve() as inlines.
 */
#ifndef ARGON_ARCH_CPU_H
#define ARGON_ARCH_CPU_H

#include <asm/percpu.h>

#include "lib/cpumask.h"
#include "lib/types.h"

struct vcpu;

/* Bits of a CPU's work word: looked at on every way back to a guest. */
enum cpu_work {
	WORK_TIMER = 1U << 0,     /* timers are due: timer_softirq */
	WORK_SCHEDULE = 1U << 1,  /* pick a vCPU anew: sched_softirq */
	WORK_FLUSH = 1U << 3,     /* another CPU waits for our TLB flush */
	WORK_CALL = 1U << 4,      /* another CPU waits for a function call */
	WORK_DEBUG_KEY = 1U << 5, /* a key came in on the console */
	WORK_EVENT = 1U << 6,     /* look at the guest's events again: the exit path does */
};

/* Sets bits in the work word of this CPU, or of another and interrupts it. */
void cpu_raise_self(uint32_t work);
void cpu_raise(unsigned int cpu, uint32_t work);

/* Runs fn(data) on each CPU of the mask (not self), waits for all. No locks held
 * that those CPUs could be spinning for without cpu_relax_serve. */
void cpu_call(cpumask_t mask, void (*fn)(void *data), void *data);

/*
 * TLB flushes.  tlb_flush_mask returns when every CPU of the mask (self
 * included) no longer uses entries that were in its TLB at the call.
 * va: that page only; or TLB_FLUSH_ALL_VA.
 */
#define TLB_FLUSH_ALL_VA (~0ULL)
void tlb_flush_local(void);
void tlb_flush_local_va(uint64_t va);
void tlb_flush_mask(cpumask_t mask, uint64_t va);
/* The flush clock: advances with every full flush of any CPU, a change of root included. */
uint32_t tlb_clock(void);
/* This CPU is about to flush fully: what goes was there at that tick.  tlb_flush_* do it. */
void tlb_clock_tick(void);
/* Of mask, the CPUs that have not flushed fully since the clock showed stamp. */
cpumask_t tlb_filter_stale(cpumask_t mask, uint32_t stamp);
/* How often the CPU was interrupted to flush for another. */
uint32_t tlb_flushes_served(unsigned int cpu);

/* Writes back and invalidates the caches of these CPUs. */
void cache_flush_mask(cpumask_t mask);

/* Machine's end. reboot: else power off / halt. */
void machine_restart(void) __attribute__((noreturn));
void machine_halt(void) __attribute__((noreturn));
/* Stops this CPU alone, without a word. */
void machine_halt_now(void) __attribute__((noreturn));
/* Waits for interrupts: the idle loop's sleep, entered with interrupts off. */
void cpu_idle_wait(void);
/* Opens an interrupt window and closes it. */
void cpu_irq_window(void);
/* What physinfo and cputopo report. */
struct cpu_topology {
	uint32_t core, socket, node, apic_id;
};
extern struct cpu_topology cpu_topology[MAX_CPUS];
void cpu_set_current(struct vcpu *v); /* boot of a CPU: its idle vCPU */
extern unsigned int cpu_count;        /* CPUs brought up */
extern uint32_t cpu_khz;              /* TSC rate */

#endif
