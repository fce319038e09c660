/* SPDX-License-Identifier: MIT */
/*
 * Programming MSI and MSI-X.  dom0's kernel never writes address, data or
 * masks; it turns MSI-X on and off as a whole.
 * Source: PCI Local Bus 3.0, 6.8; Intel SDM, volume 3, 11.11 (message form).
 */
#include "arch/x86/msi.h"

#include <asm/insn.h>

#include "arch/pagetable.h"
#include "lib/errno.h"
#include "lib/spinlock.h"

#define CAP_MSI 0x05
#define CAP_MSIX 0x11
#define PCI_COMMAND 0x04
#define PCI_COMMAND_MEMORY 0x02
#define PCI_HEADER_TYPE 0x0e
#define PCI_BAR0 0x10

#define MSI_CONTROL 2
#define MSI_CONTROL_ENABLE 0x01
#define MSI_CONTROL_COUNT 0x70
#define MSI_CONTROL_64BIT 0x80
#define MSI_CONTROL_MASK 0x100
#define MSI_ADDRESS 4

#define MSIX_CONTROL 2
#define MSIX_CONTROL_SIZE 0x7ff
#define MSIX_TABLE 4
#define MSIX_ENTRY_SIZE 16
#define MSIX_ENTRY_CONTROL 12
#define MSIX_TABLE_BIR 7

#define MESSAGE_BASE 0xfee00000U

/*
 * Tables stay mapped once seen: a device is bound again and again, and
 * address space of ours is handed out once.
 */
#define TABLES_MAX 64
static struct {
	maddr_t address;
	uint64_t bytes;
	volatile uint8_t *va;
} tables[TABLES_MAX];
static spinlock_t table_lock = SPINLOCK(RANK_IRQ);

static volatile uint8_t *table_map(maddr_t address, uint64_t bytes)
{
	volatile uint8_t *va = NULL;

	spin_lock(&table_lock);
	for (unsigned int i = 0; i < TABLES_MAX; i++) {
		if (!tables[i].va) {
			tables[i].va = ioremap(address, bytes);
			tables[i].address = address;
			tables[i].bytes = bytes;
		} else if (tables[i].address != address || tables[i].bytes < bytes) {
			continue;
		}
		va = tables[i].va;
		break;
	}
	spin_unlock(&table_lock);
	return va;
}

/* The memory BAR with that number, 0 if it is not set up. */
static maddr_t bar_address(struct pci_function f, unsigned int bir)
{
	unsigned int reg = PCI_BAR0 + 4 * bir;
	unsigned int bars = (pci_read(f, PCI_HEADER_TYPE, 1) & 0x7f) ? 2 : 6;
	uint32_t low;
	maddr_t base;

	if (bir >= bars || !(pci_read(f, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY)) {
		return 0;
	}
	low = pci_read(f, reg, 4);
	if (low & 1) {
		return 0; /* an I/O BAR */
	}
	base = low & ~15U;
	if ((low & 6) == 4 && bir + 1 < bars) {
		base |= (maddr_t)pci_read(f, reg + 4, 4) << 32;
	}
	return base;
}

static int prepare_msix(struct msi *m, unsigned int entry, uint64_t table_base)
{
	uint32_t control = pci_read(m->function, m->capability + MSIX_CONTROL, 2);
	uint32_t table = pci_read(m->function, m->capability + MSIX_TABLE, 4);
	uint32_t count = (control & MSIX_CONTROL_SIZE) + 1;
	maddr_t bar = bar_address(m->function, table & MSIX_TABLE_BIR);

	if (entry >= count || !bar || (table_base && table_base != bar)) {
		return -EINVAL;
	}
	m->table = table_map(bar + (table & ~(uint32_t)MSIX_TABLE_BIR),
			     (uint64_t)count * MSIX_ENTRY_SIZE);
	if (!m->table) {
		return -ENOMEM;
	}
	m->table += entry * MSIX_ENTRY_SIZE;
	m->entry = (uint16_t)entry;
	return 0;
}

int msi_prepare(struct msi *m, struct pci_function f, unsigned int entry, uint64_t table_base,
		bool msix)
{
	uint32_t control;

	*m = (struct msi){.kind = msix ? MSI_X : MSI_SINGLE, .function = f};
	m->capability = (uint16_t)pci_find_capability(f, msix ? CAP_MSIX : CAP_MSI);
	if (!m->capability) {
		return -ENODEV;
	}
	if (msix) {
		return prepare_msix(m, entry, table_base);
	}
	control = pci_read(f, m->capability + MSI_CONTROL, 2);
	m->wide = control & MSI_CONTROL_64BIT;
	m->maskable = control & MSI_CONTROL_MASK;
	return entry ? -EINVAL : 0;
}

void msi_release(struct msi *m)
{
	m->table = NULL;
}

void msi_write(const struct msi *m, uint8_t vector, uint32_t apic_id)
{
	uint32_t address = MESSAGE_BASE | apic_id << 12, control;
	unsigned int data = MSI_ADDRESS + (m->wide ? 8 : 4);

	if (m->kind == MSI_X) {
		msi_mask(m, true);
		mmio_write32(m->table, address);
		mmio_write32(m->table + 4, 0);
		mmio_write32(m->table + 8, vector);
		return;
	}
	control = pci_read(m->function, m->capability + MSI_CONTROL, 2) & ~MSI_CONTROL_COUNT;
	pci_write(m->function, m->capability + MSI_ADDRESS, 4, address);
	if (m->wide) {
		pci_write(m->function, m->capability + MSI_ADDRESS + 4, 4, 0);
	}
	pci_write(m->function, m->capability + data, 2, vector);
	pci_write(m->function, m->capability + MSI_CONTROL, 2, control | MSI_CONTROL_ENABLE);
}

void msi_mask(const struct msi *m, bool masked)
{
	if (m->kind == MSI_X) {
		mmio_write32(m->table + MSIX_ENTRY_CONTROL, masked);
		(void)mmio_read32(m->table + MSIX_ENTRY_CONTROL);
	} else if (m->kind == MSI_SINGLE && m->maskable) {
		pci_write(m->function, m->capability + MSI_ADDRESS + (m->wide ? 12 : 8), 4, masked);
	}
}

void msi_disable(const struct msi *m)
{
	uint32_t control;

	if (m->kind == MSI_SINGLE) {
		control = pci_read(m->function, m->capability + MSI_CONTROL, 2);
		pci_write(m->function, m->capability + MSI_CONTROL, 2,
			  control & ~(uint32_t)MSI_CONTROL_ENABLE);
	}
}
