/* SPDX-License-Identifier: MIT */
/*
 * Device interrupts: one descriptor per vector, the same on all CPUs.
 * A descriptor belongs to nobody, to Argon (a handler), or to a domain as
 * its pirq.
 *
 * A level-triggered line is masked from its interrupt until the guest says
 * that the device is served (irq_guest_eoi): the local APIC is acknowledged
 * at once, so a guest that never answers blocks nothing but its own line.
 */
#include "arch/irq.h"

#include <asm/percpu.h>

#include "arch/cpu.h"
#include "arch/x86/acpi.h"
#include "arch/x86/interrupts.h"
#include "arch/x86/ioapic.h"
#include "arch/x86/irq_line.h"
#include "arch/x86/lapic.h"
#include "arch/x86/msi.h"
#include "core/domain.h"
#include "core/pirq.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/spinlock.h"

enum irq_kind { IRQ_FREE, IRQ_LINE, IRQ_MESSAGE };

struct irq {
	enum irq_kind kind;
	void (*handler)(void); /* Argon's own, or NULL */
	struct domain *domain; /* with a reference, or NULL */
	unsigned int pirq;
	unsigned int gsi; /* IRQ_LINE */
	unsigned int cpu; /* where it is sent */
	bool level, masked;
	struct msi msi; /* IRQ_MESSAGE */
};

/* A line's mode as dom0 (or the firmware's overrides) asked for it. */
struct gsi_mode {
	bool set, level, active_low;
};

#define MAX_GSIS 256
#define IRQ_COUNT (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1)

static spinlock_t irq_lock = SPINLOCK(RANK_IRQ);
static struct irq irqs[IRQ_COUNT];
static struct gsi_mode gsi_modes[MAX_GSIS];

static uint8_t irq_vector(const struct irq *q)
{
	return (uint8_t)(VECTOR_DEVICE_FIRST + (q - irqs));
}

/* A free vector.  0x80 and 0x82 are guests' software interrupts. */
static struct irq *irq_alloc(enum irq_kind kind)
{
	for (unsigned int i = 0; i < IRQ_COUNT; i++) {
		unsigned int vector = VECTOR_DEVICE_FIRST + i;

		if (irqs[i].kind == IRQ_FREE && vector != 0x80 && vector != 0x82) {
			irqs[i] = (struct irq){.kind = kind};
			return &irqs[i];
		}
	}
	return NULL;
}

static struct irq *irq_find(const struct domain *d, unsigned int pirq)
{
	for (unsigned int i = 0; i < IRQ_COUNT; i++) {
		if (irqs[i].domain == d && irqs[i].pirq == pirq && irqs[i].kind != IRQ_FREE) {
			return &irqs[i];
		}
	}
	return NULL;
}

static struct irq *irq_find_gsi(unsigned int gsi)
{
	for (unsigned int i = 0; i < IRQ_COUNT; i++) {
		if (irqs[i].kind == IRQ_LINE && irqs[i].gsi == gsi) {
			return &irqs[i];
		}
	}
	return NULL;
}

/* Programs line or message with vector and CPU; a line ends up masked. */
static void irq_program(struct irq *q)
{
	uint32_t apic_id = cpu_topology[q->cpu].apic_id;

	if (q->kind == IRQ_MESSAGE) {
		msi_write(&q->msi, irq_vector(q), apic_id);
		return;
	}
	ioapic_route(q->gsi, q->level, gsi_modes[q->gsi].active_low, irq_vector(q), apic_id);
	q->masked = true;
}

static void irq_set_masked(struct irq *q, bool masked)
{
	q->masked = masked;
	if (q->kind == IRQ_LINE) {
		ioapic_mask(q->gsi, masked);
	} else {
		msi_mask(&q->msi, masked);
	}
}

/* --- what arrives ------------------------------------------------------ */

static void irq_handle(unsigned int vector)
{
	struct irq *q = &irqs[vector - VECTOR_DEVICE_FIRST];
	void (*handler)(void);
	struct domain *d;
	unsigned int pirq;

	spin_lock(&irq_lock);
	handler = q->handler;
	d = q->domain;
	pirq = q->pirq;
	if (q->kind == IRQ_LINE && q->level) {
		irq_set_masked(q, true);
	}
	if (d) {
		domain_get(d);
	}
	spin_unlock(&irq_lock);
	lapic_eoi();
	if (handler) {
		handler();
	} else if (d) {
		pirq_raise(d, pirq);
		domain_put(d);
	}
}

void interrupt_dispatch(unsigned int vector)
{
	switch (vector) {
	case VECTOR_TIMER:
		lapic_eoi();
		cpu_raise_self(WORK_TIMER);
		break;
	case VECTOR_WORK:
		lapic_eoi();
		cpu_serve_requests();
		break;
	case VECTOR_ERROR:
		lapic_error_interrupt();
		lapic_eoi();
		break;
	case VECTOR_DEVICE_FIRST ... VECTOR_DEVICE_LAST:
		irq_handle(vector);
		break;
	default:
		/* Spurious ones of the local APIC and of the PICs want no EOI. */
		break;
	}
}

/* --- Argon's own lines ------------------------------------------------- */

static unsigned int legacy_gsi(unsigned int irq)
{
	for (unsigned int i = 0; i < acpi_info.override_count; i++) {
		if (acpi_info.override[i].irq == irq) {
			return acpi_info.override[i].gsi;
		}
	}
	return irq;
}

int irq_claim_legacy(unsigned int irq, void (*handler)(void))
{
	unsigned int gsi = legacy_gsi(irq);
	struct irq *q;
	int rc = 0;

	if (gsi >= MAX_GSIS || !ioapic_has(gsi)) {
		return -ENODEV;
	}
	spin_lock(&irq_lock);
	q = irq_find_gsi(gsi) ? NULL : irq_alloc(IRQ_LINE);
	if (q) {
		q->gsi = gsi;
		q->handler = handler;
		q->level = gsi_modes[gsi].level;
		irq_program(q);
		irq_set_masked(q, false);
	} else {
		rc = -EBUSY;
	}
	spin_unlock(&irq_lock);
	return rc;
}

void __init irq_init(void)
{
	for (unsigned int i = 0; i < acpi_info.override_count; i++) {
		const struct acpi_override *o = &acpi_info.override[i];

		if (o->gsi < MAX_GSIS) {
			gsi_modes[o->gsi].level = o->level;
			gsi_modes[o->gsi].active_low = o->active_low;
		}
	}
	nr_gsis = MIN(nr_gsis, (unsigned int)MAX_GSIS);
}

/* --- domains' interrupts ----------------------------------------------- */

int irq_setup_gsi(unsigned int gsi, bool level, bool active_low)
{
	struct gsi_mode *mode;
	struct irq *q;
	int rc = 0;

	if (gsi >= nr_gsis || !ioapic_has(gsi)) {
		return -EINVAL;
	}
	mode = &gsi_modes[gsi];
	spin_lock(&irq_lock);
	q = irq_find_gsi(gsi);
	if (q && q->handler) {
		rc = -EEXIST; /* the console's; dom0's kernel says so and goes on */
	} else if (!q || (mode->level == level && mode->active_low == active_low)) {
		*mode = (struct gsi_mode){true, level, active_low};
	} else {
		/* In use already: program it anew, keeping it open. */
		bool masked = q->masked;

		*mode = (struct gsi_mode){true, level, active_low};
		q->level = level;
		irq_program(q);
		irq_set_masked(q, masked);
	}
	spin_unlock(&irq_lock);
	return rc;
}

/* Gives a prepared descriptor to d; the lock is held. */
static void irq_give(struct irq *q, struct domain *d, unsigned int pirq)
{
	domain_get(d);
	q->domain = d;
	q->pirq = pirq;
	irq_program(q);
	irq_set_masked(q, false);
}

int irq_bind_gsi(struct domain *d, unsigned int pirq, unsigned int gsi, bool shareable)
{
	struct irq *q;
	int rc = 0;

	/* One binder a line: dom0 shares it among its own drivers. */
	(void)shareable;
	if (gsi >= nr_gsis || !ioapic_has(gsi)) {
		return -EINVAL;
	}
	spin_lock(&irq_lock);
	if (irq_find(d, pirq)) {
		rc = -EEXIST;
	} else if (irq_find_gsi(gsi)) {
		rc = -EBUSY;
	} else {
		q = irq_alloc(IRQ_LINE);
		if (q) {
			q->gsi = gsi;
			q->level = gsi_modes[gsi].level;
			irq_give(q, d, pirq);
		} else {
			rc = -ENOSPC;
		}
	}
	spin_unlock(&irq_lock);
	return rc;
}

int irq_bind_msi(struct domain *d, unsigned int pirq, uint16_t segment, uint8_t bus, uint8_t devfn,
		 unsigned int entry, uint64_t table_base, bool msix)
{
	struct pci_function f = {segment, bus, devfn};
	struct msi msi;
	struct irq *q;
	int rc = msi_prepare(&msi, f, entry, table_base, msix);

	if (rc) {
		return rc;
	}
	spin_lock(&irq_lock);
	q = irq_find(d, pirq) ? NULL : irq_alloc(IRQ_MESSAGE);
	if (q) {
		q->msi = msi;
		irq_give(q, d, pirq);
	} else {
		rc = -ENOSPC;
	}
	spin_unlock(&irq_lock);
	if (rc) {
		msi_release(&msi);
	}
	return rc;
}

void irq_unbind(struct domain *d, unsigned int pirq)
{
	struct msi msi = {.kind = MSI_NONE};
	struct irq *q;

	spin_lock(&irq_lock);
	q = irq_find(d, pirq);
	if (q) {
		irq_set_masked(q, true);
		if (q->kind == IRQ_MESSAGE) {
			msi_disable(&q->msi);
			msi = q->msi;
		}
		*q = (struct irq){.kind = IRQ_FREE};
	}
	spin_unlock(&irq_lock);
	if (q) {
		msi_release(&msi);
		domain_put(d);
	}
}

void irq_guest_eoi(struct domain *d, unsigned int pirq)
{
	struct irq *q;

	spin_lock(&irq_lock);
	q = irq_find(d, pirq);
	if (q && q->kind == IRQ_LINE && q->level && q->masked) {
		irq_set_masked(q, false);
	}
	spin_unlock(&irq_lock);
}

bool irq_needs_eoi(struct domain *d, unsigned int pirq)
{
	struct irq *q;
	bool needs;

	spin_lock(&irq_lock);
	q = irq_find(d, pirq);
	/* Not bound yet: as its line would be. */
	needs = q ? q->kind == IRQ_LINE && q->level : pirq < nr_gsis && gsi_modes[pirq].level;
	spin_unlock(&irq_lock);
	return needs;
}

void irq_set_cpu(struct domain *d, unsigned int pirq, unsigned int cpu)
{
	struct irq *q;

	if (cpu >= MAX_CPUS || !cpumask_test(cpu_online_map, cpu) ||
	    cpu_topology[cpu].apic_id > LAPIC_MESSAGE_ID_MAX) {
		return;
	}
	spin_lock(&irq_lock);
	q = irq_find(d, pirq);
	if (q && q->cpu != cpu) {
		bool masked = q->masked;

		irq_set_masked(q, true);
		q->cpu = cpu;
		irq_program(q);
		irq_set_masked(q, masked);
	}
	spin_unlock(&irq_lock);
}
