/* SPDX-License-Identifier: MIT */
/* Starting the other CPUs. */
#ifndef ARGON_X86_SMP_H
#define ARGON_X86_SMP_H

#include "lib/types.h"

struct cpu_info;

/* The block at the top of a CPU's stack; its stack must exist. */
struct cpu_info *cpu_info_of(unsigned int cpu);
/* Creates CPU cpu's stack; the caller runs on it or starts the CPU with it. */
uint64_t smp_prepare_cpu(unsigned int cpu);
/* Starts all further CPUs the firmware lists, up to max (0: all). */
void smp_init(unsigned int max);
/* Notes where a CPU sits. */
void topology_set(unsigned int cpu, uint32_t apic_id);
/* Stops all other CPUs for good, by NMI. */
void smp_stop_others(void);
/* True once smp_stop_others was called: an NMI then means stop. */
extern bool smp_stopping;

#endif
