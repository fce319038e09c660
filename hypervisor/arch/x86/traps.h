/* SPDX-License-Identifier: MIT */
/* Descriptor tables of each CPU, and where its exceptions end up. */
#ifndef ARGON_X86_TRAPS_H
#define ARGON_X86_TRAPS_H

/* entry_vector of what is no exception; see entry.S. */
#define ENTRY_SYSCALL 0x100
#define ENTRY_SYSCALL32 0x101
#define ENTRY_SYSENTER 0x102
#define ENTRY_FAILSAFE 0x103
#define ENTRY_STACK_FAULT 0x104

#ifndef __ASSEMBLY__

#include "lib/types.h"

struct vcpu;

/* Fills the IDT, once, before the first CPU calls traps_init_cpu. */
void traps_init(void);
/*
 * Loads GDT, TSS, IDT, SYSCALL and SYSENTER entry points of this CPU; its
 * stack block is the one it runs on.  Needs frames_alloc except on CPU 0.
 */
void traps_init_cpu(unsigned int cpu);
/* Makes the CPU's own GDT (without a guest's part) the current one. */
void gdt_load_own(void);
/* Makes v's GDT the current one, with this CPU's reserved pages in it. */
void gdt_load_vcpu(struct vcpu *v);
/* Writes the LDT descriptor of this CPU and loads it; 0 entries: none. */
void ldt_load(uint64_t base, unsigned int entries);
/* Names to show() the tables that entering the hypervisor takes. */
void descriptors_show(void (*show)(const void *start, const void *end, uint64_t prot));
/* Where the stack block of a CPU that came up begins. */
uint64_t descriptors_stack_base(unsigned int cpu);
/* MSR_STAR etc. as traps_init_cpu sets them: 0 if the CPU has no SYSENTER. */
extern bool cpu_has_sysenter;

#endif
#endif
