/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts that a domain drives (IOAPIC lines, MSI, MSI-X).
 * A pirq number below nr_gsis is that GSI; higher ones are MSIs.
 * Implemented by arch/x86/irq*.c; core/pirq.c binds them to event channels.
 */
#ifndef ARGON_ARCH_IRQ_H
#define ARGON_ARCH_IRQ_H

#include "lib/types.h"

struct domain;

extern unsigned int nr_gsis;

/* PHYSDEVOP_setup_gsi: trigger and polarity of a GSI. */
int irq_setup_gsi(unsigned int gsi, bool level, bool active_low);

/*
 * Connects an interrupt source to domain d as its pirq; the handler then
 * calls pirq_raise(d, pirq) (core/pirq.c) on each interrupt.  Level-triggered
 * lines stay masked until irq_guest_eoi.  For MSI, address and data are written
 * into the device here: dom0 only turns MSI-X on.  table_base: physical address
 * of the BAR that holds the MSI-X table, as dom0 sees it; checked; 0: not given.
 * -EINVAL, -ENODEV (no such capability), -EBUSY (line taken), -EEXIST (pirq
 * taken), -ENOSPC (no vector left), -ENOMEM.
 */
int irq_bind_gsi(struct domain *d, unsigned int pirq, unsigned int gsi, bool shareable);
int irq_bind_msi(struct domain *d, unsigned int pirq, uint16_t segment, uint8_t bus, uint8_t devfn,
		 unsigned int entry, uint64_t table_base, bool msix);
void irq_unbind(struct domain *d, unsigned int pirq);
/* The guest has handled it. */
void irq_guest_eoi(struct domain *d, unsigned int pirq);
/* True if the guest must send an EOI hypercall for it (level). */
bool irq_needs_eoi(struct domain *d, unsigned int pirq);
/* Moves the interrupt near a CPU (hint). */
void irq_set_cpu(struct domain *d, unsigned int pirq, unsigned int cpu);

/* IOAPIC registers as dom0 may see them (physdev apic_read/apic_write). */
int ioapic_guest_read(uint64_t physbase, unsigned int reg, uint32_t *val);
int ioapic_guest_write(uint64_t physbase, unsigned int reg, uint32_t val);

#endif
