/* SPDX-License-Identifier: MIT */
/* PCI configuration space, by ports CF8/CFC or memory-mapped. */
#ifndef ARGON_X86_PCI_CONFIG_H
#define ARGON_X86_PCI_CONFIG_H

#include "lib/types.h"

/* A PCI function. */
struct pci_function {
	uint16_t segment;
	uint8_t bus, devfn;
};

void pci_init(void);
/*
 * size 1, 2 or 4, reg aligned to it and below 256 (4096 where memory-mapped).
 * Reads of what does not exist give all ones.
 */
uint32_t pci_read(struct pci_function f, unsigned int reg, unsigned int size);
void pci_write(struct pci_function f, unsigned int reg, unsigned int size, uint32_t v);
/* Offset of the capability with that id, 0: none. */
unsigned int pci_find_capability(struct pci_function f, uint8_t id);

/* dom0's own cycle through CF8/CFC: cf8 as latched, port 0xcfc..0xcff. */
uint32_t pci_port_read(uint32_t cf8, uint16_t port, unsigned int size);
void pci_port_write(uint32_t cf8, uint16_t port, unsigned int size, uint32_t v);

#endif
