/* SPDX-License-Identifier: MIT */
/* IOAPICs: interrupt lines (GSIs) to vectors. */
#ifndef ARGON_X86_IOAPIC_H
#define ARGON_X86_IOAPIC_H

#include "lib/types.h"

/* Maps all IOAPICs, masks every line, sets nr_gsis. */
void ioapic_init(void);
bool ioapic_has(unsigned int gsi);
/* Programs a line (masked): level/active_low, vector, to the CPU with that APIC id. */
void ioapic_route(unsigned int gsi, bool level, bool active_low, uint8_t vector, uint32_t apic_id);
void ioapic_mask(unsigned int gsi, bool masked);

#endif
