/* SPDX-License-Identifier: MIT */
/*
 * IOAPICs.  Callers that change lines hold the interrupt lock (RANK_IRQ),
 * except at boot; index and data are one access under a lock of their own.
 * Source: Intel 82093AA data sheet.
 */
#include "arch/x86/ioapic.h"

#include <asm/insn.h>

#include "arch/irq.h"
#include "arch/pagetable.h"
#include "arch/x86/acpi.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/spinlock.h"

#define REG_VERSION 1
#define REG_REDIRECTION 0x10 /* two registers a line */
#define RTE_ACTIVE_LOW (1U << 13)
#define RTE_LEVEL (1U << 15)
#define RTE_MASKED (1U << 16)

struct ioapic {
	volatile uint8_t *regs; /* index at 0, data at 0x10 */
	maddr_t address;
	uint32_t gsi_base, lines;
};

static struct ioapic ioapics[ACPI_MAX_IOAPICS] __ro_after_init;
static unsigned int ioapic_count __ro_after_init;
static spinlock_t ioapic_lock = SPINLOCK(RANK_PCI);
unsigned int nr_gsis __ro_after_init = 16;

static uint32_t reg_read(const struct ioapic *io, uint32_t reg)
{
	uint32_t v;

	spin_lock(&ioapic_lock);
	mmio_write32(io->regs, reg);
	v = mmio_read32(io->regs + 0x10);
	spin_unlock(&ioapic_lock);
	return v;
}

static void reg_write(const struct ioapic *io, uint32_t reg, uint32_t v)
{
	spin_lock(&ioapic_lock);
	mmio_write32(io->regs, reg);
	mmio_write32(io->regs + 0x10, v);
	spin_unlock(&ioapic_lock);
}

static const struct ioapic *find(unsigned int gsi)
{
	for (unsigned int i = 0; i < ioapic_count; i++) {
		if (gsi - ioapics[i].gsi_base < ioapics[i].lines) {
			return &ioapics[i];
		}
	}
	return NULL;
}

bool ioapic_has(unsigned int gsi)
{
	return find(gsi);
}

void ioapic_route(unsigned int gsi, bool level, bool active_low, uint8_t vector, uint32_t apic_id)
{
	const struct ioapic *io = find(gsi);
	uint32_t reg = REG_REDIRECTION + 2 * (gsi - io->gsi_base);

	reg_write(io, reg, RTE_MASKED);
	reg_write(io, reg + 1, apic_id << 24);
	reg_write(io, reg,
		  RTE_MASKED | vector | (level ? RTE_LEVEL : 0) |
			  (active_low ? RTE_ACTIVE_LOW : 0));
}

void ioapic_mask(unsigned int gsi, bool masked)
{
	const struct ioapic *io = find(gsi);
	uint32_t reg = REG_REDIRECTION + 2 * (gsi - io->gsi_base), low = reg_read(io, reg);

	reg_write(io, reg, masked ? low | RTE_MASKED : low & ~RTE_MASKED);
	if (masked) {
		/* The write is posted: read it back, so that no interrupt follows. */
		(void)reg_read(io, reg);
	}
}

void __init ioapic_init(void)
{
	for (unsigned int i = 0; i < acpi_info.ioapic_count; i++) {
		struct ioapic *io = &ioapics[ioapic_count];

		io->address = acpi_info.ioapic[i].address;
		io->gsi_base = acpi_info.ioapic[i].gsi_base;
		io->regs = ioremap(io->address, PAGE_SIZE);
		if (!io->regs || reg_read(io, REG_VERSION) == 0xffffffff) {
			log_warn("IOAPIC at %#lx does not answer", io->address);
			continue;
		}
		io->lines = ((reg_read(io, REG_VERSION) >> 16) & 0xff) + 1;
		mmio_set_private(maddr_to_mfn(io->address), 1);
		ioapic_count++;
		nr_gsis = MAX(nr_gsis, io->gsi_base + io->lines);
		for (uint32_t n = 0; n < io->lines; n++) {
			ioapic_route(io->gsi_base + n, false, false, 0, 0);
		}
		log_info("IOAPIC %u at %#lx: interrupts %u-%u", acpi_info.ioapic[i].id, io->address,
			 io->gsi_base, io->gsi_base + io->lines - 1);
	}
}

int ioapic_guest_read(uint64_t physbase, unsigned int reg, uint32_t *val)
{
	for (unsigned int i = 0; i < ioapic_count; i++) {
		if (ioapics[i].address == physbase) {
			if (reg >= REG_REDIRECTION + 2 * ioapics[i].lines) {
				return -EINVAL;
			}
			*val = reg_read(&ioapics[i], reg);
			return 0;
		}
	}
	return -EINVAL;
}

/* The lines are programmed by setup_gsi; a PV kernel has nothing to write. */
int ioapic_guest_write(uint64_t physbase, unsigned int reg, uint32_t val)
{
	(void)physbase;
	(void)reg;
	(void)val;
	return -EPERM;
}
