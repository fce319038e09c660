/* SPDX-License-Identifier: MIT */
/* Interrupt lines that Argon itself uses. */
#ifndef ARGON_X86_IRQ_LINE_H
#define ARGON_X86_IRQ_LINE_H

#include "lib/types.h"

/* Sends GSI's interrupts to handler (edge, high; interrupts off, no locks). -EBUSY, -ENODEV. */
int irq_claim_gsi(unsigned int gsi, void (*handler)(void));

#endif
