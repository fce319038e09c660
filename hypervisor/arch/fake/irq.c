/* SPDX-License-Identifier: MIT */
/* Interrupt lines of the fake machine: they can be bound, nothing comes. */
#include "arch/irq.h"

#include "arch/fake/fake.h"
#include "lib/errno.h"

unsigned int nr_gsis = 24;
unsigned int fake_irqs_bound;

int irq_bind_gsi(struct domain *d, unsigned int pirq, unsigned int gsi, bool shareable)
{
	(void)d;
	(void)pirq;
	(void)shareable;
	if (gsi >= nr_gsis) {
		return -EINVAL;
	}
	fake_irqs_bound++;
	return 0;
}

int irq_bind_msi(struct domain *d, unsigned int pirq, uint16_t segment, uint8_t bus, uint8_t devfn,
		 unsigned int entry, uint64_t table_base, bool msix)
{
	(void)d;
	(void)pirq;
	(void)segment;
	(void)bus;
	(void)devfn;
	(void)entry;
	(void)table_base;
	(void)msix;
	fake_irqs_bound++;
	return 0;
}

void irq_unbind(struct domain *d, unsigned int pirq)
{
	(void)d;
	(void)pirq;
	fake_irqs_bound--;
}

void irq_set_cpu(struct domain *d, unsigned int pirq, unsigned int cpu)
{
	(void)d;
	(void)pirq;
	(void)cpu;
}
