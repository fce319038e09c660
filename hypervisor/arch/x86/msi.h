/* SPDX-License-Identifier: MIT */
/* Message-signalled interrupts of PCI functions. */
#ifndef ARGON_X86_MSI_H
#define ARGON_X86_MSI_H

#include "arch/x86/pci_config.h"
#include "lib/types.h"

enum msi_kind { MSI_NONE, MSI_SINGLE, MSI_X };

/* One message: a function's MSI, or an entry of its MSI-X table. */
struct msi {
	enum msi_kind kind;
	struct pci_function function;
	uint16_t capability;     /* offset in configuration space */
	uint16_t entry;          /* MSI-X */
	bool wide, maskable;     /* MSI: 64-bit address, mask register */
	volatile uint8_t *table; /* MSI-X: the mapped entry */
};

/*
 * Finds the capability, checks entry and table_base (its BAR) against the function's
 * own registers and maps the table.  -ENODEV (no such capability), -EINVAL,
 * -ENOMEM.  msi_release gives the mapping back.
 */
int msi_prepare(struct msi *m, struct pci_function f, unsigned int entry, uint64_t table_base,
		bool msix);
void msi_release(struct msi *m);
/* Writes address and data; an MSI-X entry ends up masked, MSI enabled. */
void msi_write(const struct msi *m, uint8_t vector, uint32_t apic_id);
void msi_mask(const struct msi *m, bool masked);
/* Turns the message off where that concerns nobody else. */
void msi_disable(const struct msi *m);

#endif
