/* SPDX-License-Identifier: MIT */
/* dom0's view of the PCI configuration ports (see the header). */
#include "pv/pci_ports.h"

#include <asm/pvcpu.h>

#define PCI_ADDRESS 0xcf8
#define PCI_DATA 0xcfc
#define RESET_CONTROL 0xcf9

static uint32_t address;

uint32_t pci_ports_read(uint16_t port, unsigned int size)
{
	if (port == PCI_ADDRESS && size == 4) {
		return address;
	}
	if (port < PCI_DATA) {
		return size == 1 && port == RESET_CONTROL ? inb(port) :
		       size == 4 ? ~0U : (1U << (8 * size)) - 1;
	}
	if ((port & 3) + size > 4) {
		return size == 2 ? 0xffff : ~0U;
	}
	outl(PCI_ADDRESS, address);
	switch (size) {
	case 1: return inb(port);
	case 2: return inw(port);
	default: return inl(port);
	}
}

void pci_ports_write(uint16_t port, unsigned int size, uint32_t val)
{
	if (port == PCI_ADDRESS && size == 4) {
		address = val;
		return;
	}
	if (port < PCI_DATA) {
		if (size == 1 && port == RESET_CONTROL) {
			outb(port, (uint8_t)val);
		}
		return;
	}
	if ((port & 3) + size > 4) {
		return;
	}
	outl(PCI_ADDRESS, address);
	switch (size) {
	case 1: outb(port, (uint8_t)val); break;
	case 2: outw(port, (uint16_t)val); break;
	default: outl(port, val); break;
	}
}
