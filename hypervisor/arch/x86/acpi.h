/* SPDX-License-Identifier: MIT */
/* What the ACPI tables say about the machine. */
#ifndef ARGON_X86_ACPI_H
#define ARGON_X86_ACPI_H

#include "lib/types.h"

struct boot_info;

#define ACPI_MAX_IOAPICS 16
#define ACPI_MAX_OVERRIDES 16
#define ACPI_MAX_MCFG 8

struct acpi_ioapic {
	uint8_t id;
	maddr_t address;
	uint32_t gsi_base;
};

/* How a legacy interrupt line reaches the IOAPICs. */
struct acpi_override {
	uint8_t irq;
	uint32_t gsi;
	bool level, active_low;
};

/* Memory-mapped configuration space of buses [first_bus, last_bus]. */
struct acpi_mcfg {
	maddr_t address;
	uint16_t segment;
	uint8_t first_bus, last_bus;
};

/* A register that the FADT describes; address 0: there is none. */
struct acpi_register {
	uint64_t address;
	bool memory; /* else an I/O port */
	uint8_t width;
};

struct acpi_info {
	bool present;
	uint32_t cpu_apic_id[MAX_CPUS]; /* usable processors in MADT order */
	uint32_t cpu_acpi_id[MAX_CPUS];
	unsigned int cpu_count, cpus_ignored;
	maddr_t lapic_address;
	struct acpi_ioapic ioapic[ACPI_MAX_IOAPICS];
	unsigned int ioapic_count;
	struct acpi_override override[ACPI_MAX_OVERRIDES];
	unsigned int override_count;
	struct acpi_mcfg mcfg[ACPI_MAX_MCFG];
	unsigned int mcfg_count;

	uint16_t pm_timer_port; /* 0: none */
	bool pm_timer_32bit;
	uint16_t pm1a_control, pm1b_control, pm1a_event, pm1b_event; /* ports, 0: none */
	uint8_t pm1_event_length;
	uint16_t sci;
	struct acpi_register reset; /* FADT reset register */
	uint8_t reset_value;
	maddr_t hpet_address; /* 0: none */
	maddr_t facs_address;
};
extern struct acpi_info acpi_info;

/* The NUMA node of a processor, 0 if nobody told. */
unsigned int acpi_cpu_node(uint32_t apic_id);

/*
 * Finds and reads the tables (RSDP from bi or the BIOS area; MADT, FADT,
 * HPET, MCFG; SRAT and SLIT into mm/node.h).  Wrong checksums and lengths are
 * reported and the table is left out.
 */
void acpi_init(struct boot_info *bi);

#endif
