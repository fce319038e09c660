/* SPDX-License-Identifier: MIT */
/* physdev_op: what dom0 needs to drive interrupts and PCI devices. */
#include "xen/physdev.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "core/guest_op.h"
#include "core/hypercall.h"
#include "core/pirq.h"
#include "lib/guest_copy.h"

static long op_irq_status(struct guest_op *o)
{
	struct physdev_irq_status_query *q = o->arg;

	if (!pirq_is_mapped(o->d, q->irq)) {
		return -EINVAL;
	}
	q->flags = irq_needs_eoi(o->d, q->irq) ? XENIRQSTAT_needs_eoi : 0;
	return 0;
}

static long op_set_iopl(struct guest_op *o)
{
	const struct physdev_set_iopl *s = o->arg;

	if (s->iopl > 3) {
		return -EINVAL;
	}
	current->pv.iopl = (uint8_t)s->iopl;
	return 0;
}

static long op_set_iobitmap(struct guest_op *o)
{
	const struct physdev_set_iobitmap *s = o->arg;

	if (s->nr_ports > 65536 || !guest_range_ok(gptr(s->bitmap), (s->nr_ports + 7) / 8)) {
		return -EINVAL;
	}
	current->pv.iobmp = gptr(s->bitmap);
	current->pv.iobmp_limit = s->nr_ports;
	return 0;
}

static long op_apic_read(struct guest_op *o)
{
	struct physdev_apic *a = o->arg;

	return ioapic_guest_read(a->apic_physbase, a->reg, &a->value);
}

static long op_apic_write(struct guest_op *o)
{
	const struct physdev_apic *a = o->arg;

	return ioapic_guest_write(a->apic_physbase, a->reg, a->value);
}

static long op_alloc_irq_vector(struct guest_op *o)
{
	struct physdev_irq *i = o->arg;

	if (i->irq >= nr_gsis) {
		return -EINVAL;
	}
	i->vector = i->irq; /* vectors are Argon's own business */
	return 0;
}

static long op_eoi(struct guest_op *o)
{
	const struct physdev_eoi *e = o->arg;

	if (!pirq_is_mapped(o->d, e->irq)) {
		return -EINVAL;
	}
	if (pirq_is_bound(o->d, e->irq)) {
		irq_guest_eoi(o->d, e->irq);
	}
	return 0;
}

static long op_map_pirq(struct guest_op *o)
{
	return pirq_map(o->d, o->arg);
}

static long op_unmap_pirq(struct guest_op *o)
{
	const struct physdev_unmap_pirq *u = o->arg;

	return pirq_unmap(o->d, u->pirq);
}

static long op_setup_gsi(struct guest_op *o)
{
	const struct physdev_setup_gsi *s = o->arg;

	if (s->gsi < 0 || (uint32_t)s->gsi >= nr_gsis) {
		return -EINVAL;
	}
	return irq_setup_gsi((unsigned int)s->gsi, s->triggering, s->polarity);
}

/* Devices come and go in dom0; without an IOMMU there is nothing to note. */
static long op_pci_note(struct guest_op *o)
{
	(void)o;
	return 0;
}
#define PCI_NOTE                                 \
	{                                        \
		op_pci_note, 0, 0, OP_PRIVILEGED \
	}

static const struct guest_op_entry physdev_ops[] = {
	[PHYSDEVOP_irq_status_query] = GUEST_OP(op_irq_status, physdev_irq_status_query, OP_OUT),
	[PHYSDEVOP_set_iopl] = GUEST_OP(op_set_iopl, physdev_set_iopl, 0),
	[PHYSDEVOP_set_iobitmap] = GUEST_OP(op_set_iobitmap, physdev_set_iobitmap, 0),
	[PHYSDEVOP_apic_read] = GUEST_OP(op_apic_read, physdev_apic, OP_PRIVILEGED | OP_OUT),
	[PHYSDEVOP_apic_write] = GUEST_OP(op_apic_write, physdev_apic, OP_PRIVILEGED),
	[PHYSDEVOP_alloc_irq_vector] =
		GUEST_OP(op_alloc_irq_vector, physdev_irq, OP_PRIVILEGED | OP_OUT),
	[PHYSDEVOP_eoi] = GUEST_OP(op_eoi, physdev_eoi, 0),
	[PHYSDEVOP_map_pirq] =
		GUEST_OP_ON(op_map_pirq, physdev_map_pirq, domid, OP_PRIVILEGED | OP_OUT),
	[PHYSDEVOP_unmap_pirq] =
		GUEST_OP_ON(op_unmap_pirq, physdev_unmap_pirq, domid, OP_PRIVILEGED),
	[PHYSDEVOP_manage_pci_add] = PCI_NOTE,
	[PHYSDEVOP_manage_pci_remove] = PCI_NOTE,
	[PHYSDEVOP_manage_pci_add_ext] = PCI_NOTE,
	[PHYSDEVOP_setup_gsi] = GUEST_OP(op_setup_gsi, physdev_setup_gsi, OP_PRIVILEGED),
	[PHYSDEVOP_pci_mmcfg_reserved] = PCI_NOTE,
	[PHYSDEVOP_pci_device_add] = PCI_NOTE,
	[PHYSDEVOP_pci_device_remove] = PCI_NOTE,
};

long do_physdev_op(uint32_t cmd, gptr_t arg)
{
	struct guest_op o = {.cmd = cmd, .at = arg};

	return guest_op_call(physdev_ops, ARRAY_SIZE(physdev_ops), &o);
}
