/* SPDX-License-Identifier: MIT */
/* Turning the machine off, restarting it, stopping CPUs. */
#ifndef ARGON_X86_MACHINE_END_H
#define ARGON_X86_MACHINE_END_H

#include "lib/types.h"

/*
 * Enters ACPI sleep state S5 by writing dom0's values to the PM1 control
 * registers (XENPF_enter_acpi_sleep: the low 16 bits of each, SLP_EN
 * included or not).  -ENODEV without such registers, else does not return.
 */
int machine_power_off(uint16_t pm1a, uint16_t pm1b);

#endif
