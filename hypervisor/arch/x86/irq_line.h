/* SPDX-License-Identifier: MIT */
/* Interrupt lines that Argon itself uses. */
#ifndef ARGON_X86_IRQ_LINE_H
#define ARGON_X86_IRQ_LINE_H

#include "lib/types.h"

/* Takes the firmware's overrides over; after ioapic_init. */
void irq_init(void);
/* Sends an ISA interrupt to handler (interrupts off, no locks). -EBUSY, -ENODEV. */
int irq_claim_legacy(unsigned int irq, void (*handler)(void));

#endif
