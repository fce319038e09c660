/* SPDX-License-Identifier: MIT */
/* CPUs of the fake machine: an array; a thread says which of them it is. */
#ifndef ARGON_ASM_PERCPU_H
#define ARGON_ASM_PERCPU_H

#include "lib/types.h"
#include "xen/arch.h"

struct vcpu;

struct cpu_info {
	struct cpu_user_regs regs;
	struct vcpu *vcpu;
	uint32_t cpu;
	uint32_t work;
	uint32_t full_frame;
};

extern struct cpu_info fake_cpus[MAX_CPUS];
extern _Thread_local unsigned int fake_cpu; /* who the calling thread is */

static inline struct cpu_info *cpu_info(void)
{
	return &fake_cpus[fake_cpu];
}

#define current (cpu_info()->vcpu)

static inline unsigned int smp_processor_id(void)
{
	return fake_cpu;
}

#define DEFINE_PER_CPU(type, name) type percpu_##name[MAX_CPUS]
#define DECLARE_PER_CPU(type, name) extern type percpu_##name[MAX_CPUS]
#define per_cpu(name, n) (percpu_##name[n])
#define this_cpu(name) (percpu_##name[smp_processor_id()])

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

/* Gives way to other threads. */
void cpu_pause(void);
/* A wait that cannot end because nobody else runs stops the test (cpu.c). */
void cpu_relax_serve(void);

#endif
