/* SPDX-License-Identifier: MIT */
/*
 * The block at the top of each CPU's stack: the guest's register frame and
 * what the entry code needs.  Stacks are STACK_SIZE aligned, so any code
 * finds it from the stack pointer.
 */
#ifndef ARGON_ASM_PERCPU_H
#define ARGON_ASM_PERCPU_H

#include <asm/insn.h>

#include "lib/types.h"
#include "xen/arch.h"

#define STACK_ORDER 3
#define STACK_SIZE (PAGE_SIZE << STACK_ORDER)

struct vcpu;

struct cpu_info {
	struct cpu_user_regs regs; /* guest frame; selectors only after a full save */
	struct vcpu *vcpu;         /* whose state this CPU holds */
	uint32_t cpu;
	uint32_t spec_flags;          /* SPEC_*: what entering and leaving takes */
	uint32_t work;                /* enum cpu_work, atomic; tested with the next in one load */
	uint32_t full_frame;          /* 1: leave by IRET with every register from regs */
	uint64_t xen_cr3;             /* root to load on the way in under isolation, 0: off */
	uint32_t spec_hv, spec_guest; /* SPEC_CTRL here, and while the guest runs */
	uint64_t guard;               /* STACK_GUARD, checked when a fatal error is reported */
};

#define STACK_GUARD 0x41524740534b4e31ULL

/* The processor aligns RSP to 16 before it pushes a frame: regs.es must be aligned. */
_Static_assert(sizeof(struct cpu_info) % 16 == 8, "frame alignment");
_Static_assert(offsetof(struct cpu_info, work) % 8 == 0, "work and full_frame in one load");

static inline struct cpu_info *cpu_info(void)
{
	uint64_t sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1) - 1;
}

#define current (cpu_info()->vcpu)

static inline unsigned int smp_processor_id(void)
{
	return cpu_info()->cpu;
}

/* Per-CPU variables are plain arrays; touched on their own CPU only. */
#define DEFINE_PER_CPU(type, name) type percpu_##name[MAX_CPUS]
#define DECLARE_PER_CPU(type, name) extern type percpu_##name[MAX_CPUS]
#define per_cpu(name, n) (percpu_##name[n])
#define this_cpu(name) (percpu_##name[smp_processor_id()])

/* The work word of this CPU (enum cpu_work): anything to do, and adding to it. */
static inline bool cpu_work_pending(void)
{
	return __atomic_load_n(&cpu_info()->work, __ATOMIC_RELAXED) != 0;
}

static inline uint32_t cpu_work_take(void)
{
	return __atomic_exchange_n(&cpu_info()->work, 0, __ATOMIC_ACQ_REL);
}

static inline void cpu_work_add(uint32_t bits)
{
	__atomic_fetch_or(&cpu_info()->work, bits, __ATOMIC_SEQ_CST);
}

/* One turn of a wait loop: serves flush and call requests of other CPUs. */
void cpu_serve_requests(void);
static inline void cpu_relax_serve(void)
{
	cpu_pause();
	if (__atomic_load_n(&cpu_info()->work, __ATOMIC_RELAXED) & ((1U << 3) | (1U << 4))) {
		cpu_serve_requests();
	}
}

#endif
