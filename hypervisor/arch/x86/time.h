/* SPDX-License-Identifier: MIT */
/* Setting up clocks and timers. */
#ifndef ARGON_X86_TIME_H
#define ARGON_X86_TIME_H

#include "lib/types.h"

/* Calibrates TSC and local APIC timer on the boot CPU; reads the RTC. */
void time_init(void);
/* The two sides of comparing a new CPU's TSC with the boot CPU's; both wait. */
void time_sync_boot_cpu(void);
void time_sync_new_cpu(unsigned int cpu);
/* Busy-waits; only at boot and in a dying machine. */
void delay_us(unsigned int us);

#endif
