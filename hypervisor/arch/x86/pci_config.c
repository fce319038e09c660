/* SPDX-License-Identifier: MIT */
/*
 * PCI configuration access.  Mechanism #1 reaches segment 0 and the first
 * 256 bytes; ECAM (MCFG) the rest.
 * Source: PCI Local Bus 3.0, 3.2.2.3.2; PCI Express 3.0, 7.2.2.
 */
#include "arch/x86/pci_config.h"

#include <asm/insn.h>

#include "arch/pagetable.h"
#include "arch/x86/acpi.h"
#include "lib/printk.h"
#include "lib/spinlock.h"

#define CF8 0xcf8
#define CFC 0xcfc
#define CF8_ENABLE 0x80000000U
#define PCI_STATUS 0x06
#define PCI_STATUS_CAPABILITIES 0x10
#define PCI_CAPABILITIES 0x34
#define CAPABILITIES_MAX 48 /* 4-byte entries in the upper 192 bytes */

static spinlock_t pci_lock = SPINLOCK(RANK_PCI);
static volatile uint8_t *ecam[ACPI_MAX_MCFG] __ro_after_init;

void __init pci_init(void)
{
	for (unsigned int i = 0; i < acpi_info.mcfg_count; i++) {
		const struct acpi_mcfg *m = &acpi_info.mcfg[i];

		if (m->last_bus >= m->first_bus) {
			ecam[i] = ioremap(m->address + ((maddr_t)m->first_bus << 20),
					  (uint64_t)(m->last_bus - m->first_bus + 1) << 20);
			log_info("PCI segment %u: buses %u-%u memory-mapped at %#lx", m->segment,
				 m->first_bus, m->last_bus, m->address);
		}
	}
}

static volatile uint8_t *ecam_find(struct pci_function f, unsigned int reg)
{
	for (unsigned int i = 0; i < acpi_info.mcfg_count; i++) {
		const struct acpi_mcfg *m = &acpi_info.mcfg[i];

		if (ecam[i] && m->segment == f.segment && f.bus >= m->first_bus &&
		    f.bus <= m->last_bus) {
			return ecam[i] + ((uint64_t)(f.bus - m->first_bus) << 20 |
					  (uint64_t)f.devfn << 12 | reg);
		}
	}
	return NULL;
}

uint32_t pci_port_read(uint32_t cf8, uint16_t port, unsigned int size)
{
	uint32_t v;

	spin_lock(&pci_lock);
	outl(CF8, cf8);
	v = size == 1 ? inb(port) : size == 2 ? inw(port) : inl(port);
	spin_unlock(&pci_lock);
	return v;
}

void pci_port_write(uint32_t cf8, uint16_t port, unsigned int size, uint32_t v)
{
	spin_lock(&pci_lock);
	outl(CF8, cf8);
	if (size == 1) {
		outb(port, (uint8_t)v);
	} else if (size == 2) {
		outw(port, (uint16_t)v);
	} else {
		outl(port, v);
	}
	spin_unlock(&pci_lock);
}

static uint32_t cf8_address(struct pci_function f, unsigned int reg)
{
	return CF8_ENABLE | (uint32_t)f.bus << 16 | (uint32_t)f.devfn << 8 | (reg & 0xfc);
}

uint32_t pci_read(struct pci_function f, unsigned int reg, unsigned int size)
{
	volatile uint8_t *p;

	if (!f.segment && reg < 256) {
		return pci_port_read(cf8_address(f, reg), (uint16_t)(CFC + (reg & 3)), size);
	}
	p = ecam_find(f, reg);
	if (!p) {
		return 0xffffffffU >> (32 - 8 * size);
	}
	return size == 1 ? *p : size == 2 ? *(volatile uint16_t *)p : mmio_read32(p);
}

void pci_write(struct pci_function f, unsigned int reg, unsigned int size, uint32_t v)
{
	volatile uint8_t *p;

	if (!f.segment && reg < 256) {
		pci_port_write(cf8_address(f, reg), (uint16_t)(CFC + (reg & 3)), size, v);
		return;
	}
	p = ecam_find(f, reg);
	if (p && size == 1) {
		*p = (uint8_t)v;
	} else if (p && size == 2) {
		*(volatile uint16_t *)p = (uint16_t)v;
	} else if (p) {
		mmio_write32(p, v);
	}
}

unsigned int pci_find_capability(struct pci_function f, uint8_t id)
{
	unsigned int at;

	if (!(pci_read(f, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES)) {
		return 0;
	}
	at = pci_read(f, PCI_CAPABILITIES, 1) & 0xfc;
	/* The list is the device's: it may be a circle. */
	for (unsigned int i = 0; at >= 0x40 && i < CAPABILITIES_MAX; i++) {
		uint32_t header = pci_read(f, at, 2);

		if ((header & 0xff) == id) {
			return at;
		}
		at = (header >> 8) & 0xfc;
	}
	return 0;
}
