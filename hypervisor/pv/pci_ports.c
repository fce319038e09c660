/* SPDX-License-Identifier: MIT */
/* dom0's view of the PCI configuration ports (see the header). */
#include "pv/pci_ports.h"

#include <asm/pvcpu.h>

#include "arch/x86/pci_config.h"

#define PCI_ADDRESS 0xcf8
#define PCI_DATA 0xcfc
#define RESET_CONTROL 0xcf9

static uint32_t address;

static uint32_t ones(unsigned int size)
{
	return size == 4 ? ~0U : (1U << (8 * size)) - 1;
}

uint32_t pci_ports_read(uint16_t port, unsigned int size)
{
	if (port == PCI_ADDRESS && size == 4) {
		return address;
	}
	if (port == RESET_CONTROL && size == 1) {
		return inb(port);
	}
	if (port < PCI_DATA || (port & 3) + size > 4) {
		return ones(size);
	}
	return pci_port_read(address, port, size);
}

void pci_ports_write(uint16_t port, unsigned int size, uint32_t val)
{
	if (port == PCI_ADDRESS && size == 4) {
		address = val;
	} else if (port == RESET_CONTROL && size == 1) {
		outb(port, (uint8_t)val);
	} else if (port >= PCI_DATA && (port & 3) + size <= 4) {
		pci_port_write(address, port, size, val);
	}
}
