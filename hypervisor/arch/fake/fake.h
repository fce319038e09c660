/* SPDX-License-Identifier: MIT */
/* What tests see and steer of the fake machine. */
#ifndef ARGON_FAKE_H
#define ARGON_FAKE_H

#include "lib/cpumask.h"
#include "lib/types.h"
#include "mm/boot_info.h"

/*
 * RAM of the fake machine, created sparse.  Fills bi with its memory map and
 * free list; mm_init can follow.  Once per process.
 */
struct fake_ram {
	maddr_t start, end;
};
void fake_machine_start(struct boot_info *bi, const struct fake_ram *ram, unsigned int count);

/* TLBs: when each CPU last flushed fully, and how many flushes there were. */
extern uint32_t fake_last_flush[MAX_CPUS];
extern unsigned int fake_flush_count;
/* While set nothing is flushed: for calls that a test makes for itself, like the oracle. */
extern bool fake_flush_ignored;
extern void (*fake_on_flush)(void); /* called within each flush; NULL: nothing */
/* Makes time pass, so that nothing counts as flushed. */
void fake_tlb_age(void);

/*
 * What each CPU may still have in its TLB, kept from fake_tlb_watch on, which
 * also empties it.  fake_tlb_fill: the CPUs cache whatever they could at this
 * moment; flushes do the same after forgetting.  fake_tlb_harm: NULL, or what a
 * CPU could still use that it must not.
 */
void fake_tlb_watch(void);
void fake_tlb_fill(void);
const char *fake_tlb_harm(void);
/* The machine's own: the CPU has dropped all that it had. */
void fake_tlb_flushed(unsigned int cpu);

/* System time, and the deadline each CPU asked its timer for. */
extern stime_t fake_now, fake_deadline[MAX_CPUS];

/*
 * What else happens, if set: in each interrupt window; while a CPU waits for
 * another, which has to get on; when the machine restarts or halts.
 */
extern void (*fake_on_window)(void), (*fake_on_wait)(void), (*fake_on_end)(void);

/* Context switches so far, physical interrupts bound at present. */
extern unsigned int fake_switches, fake_irqs_bound;

/* CR3 and LDTR loads asked for. */
extern unsigned int fake_root_loads, fake_ldt_loads;

/* Guest memory is the process's own; accesses that touch this byte fault. */
extern uint64_t fake_bad_address;
/* Accesses that are not all inside fault: for tests with random pointers. */
extern uint64_t fake_guest_start, fake_guest_end;

/* What log messages said last, and whether they show on stderr. */
extern char fake_log[4096];
extern bool fake_log_shown;

#endif
