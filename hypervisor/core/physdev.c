/* SPDX-License-Identifier: MIT */
/* physdev_op: what dom0 needs to drive interrupts and PCI devices. */
#include "xen/physdev.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "core/pirq.h"
#include "lib/guest_copy.h"

static long op_irq_status(gptr_t arg)
{
	struct physdev_irq_status_query q;
	struct domain *d = current->domain;

	if (copy_from_guest(&q, arg, sizeof(q))) {
		return -EFAULT;
	}
	if (!pirq_is_mapped(d, q.irq)) {
		return -EINVAL;
	}
	q.flags = irq_needs_eoi(d, q.irq) ? XENIRQSTAT_needs_eoi : 0;
	return copy_to_guest(arg, &q, sizeof(q));
}

static long op_set_iopl(gptr_t arg)
{
	struct physdev_set_iopl s;

	if (copy_from_guest(&s, arg, sizeof(s))) {
		return -EFAULT;
	}
	if (s.iopl > 3) {
		return -EINVAL;
	}
	current->pv.iopl = (uint8_t)s.iopl;
	return 0;
}

static long op_set_iobitmap(gptr_t arg)
{
	struct physdev_set_iobitmap s;

	if (copy_from_guest(&s, arg, sizeof(s))) {
		return -EFAULT;
	}
	if (s.nr_ports > 65536 || !guest_range_ok(gptr(s.bitmap), (s.nr_ports + 7) / 8)) {
		return -EINVAL;
	}
	current->pv.iobmp = gptr(s.bitmap);
	current->pv.iobmp_limit = s.nr_ports;
	return 0;
}

static long op_apic_read(gptr_t arg)
{
	struct physdev_apic a;
	int rc;

	if (copy_from_guest(&a, arg, sizeof(a))) {
		return -EFAULT;
	}
	rc = ioapic_guest_read(a.apic_physbase, a.reg, &a.value);
	return rc ? rc : copy_to_guest(arg, &a, sizeof(a));
}

static long op_apic_write(gptr_t arg)
{
	struct physdev_apic a;

	if (copy_from_guest(&a, arg, sizeof(a))) {
		return -EFAULT;
	}
	return ioapic_guest_write(a.apic_physbase, a.reg, a.value);
}

static long op_alloc_irq_vector(gptr_t arg)
{
	struct physdev_irq i;

	if (copy_from_guest(&i, arg, sizeof(i))) {
		return -EFAULT;
	}
	if (i.irq >= nr_gsis) {
		return -EINVAL;
	}
	i.vector = i.irq; /* vectors are Argon's own business */
	return copy_to_guest(arg, &i, sizeof(i));
}

static long op_eoi(gptr_t arg)
{
	struct physdev_eoi e;
	struct domain *d = current->domain;

	if (copy_from_guest(&e, arg, sizeof(e))) {
		return -EFAULT;
	}
	if (!pirq_is_mapped(d, e.irq)) {
		return -EINVAL;
	}
	if (pirq_is_bound(d, e.irq)) {
		irq_guest_eoi(d, e.irq);
	}
	return 0;
}

static long op_map_pirq(gptr_t arg)
{
	struct physdev_map_pirq m;
	struct domain *d;
	int rc;

	if (copy_from_guest(&m, arg, sizeof(m))) {
		return -EFAULT;
	}
	d = domain_lookup_any(m.domid);
	if (!d) {
		return -ESRCH;
	}
	rc = pirq_map(d, &m);
	domain_put(d);
	return rc ? rc : copy_to_guest(arg, &m, sizeof(m));
}

static long op_unmap_pirq(gptr_t arg)
{
	struct physdev_unmap_pirq u;
	struct domain *d;
	int rc;

	if (copy_from_guest(&u, arg, sizeof(u))) {
		return -EFAULT;
	}
	d = domain_lookup_any(u.domid);
	if (!d) {
		return -ESRCH;
	}
	rc = pirq_unmap(d, u.pirq);
	domain_put(d);
	return rc;
}

static long op_setup_gsi(gptr_t arg)
{
	struct physdev_setup_gsi s;

	if (copy_from_guest(&s, arg, sizeof(s))) {
		return -EFAULT;
	}
	if (s.gsi < 0 || (uint32_t)s.gsi >= nr_gsis) {
		return -EINVAL;
	}
	return irq_setup_gsi((unsigned int)s.gsi, s.triggering, s.polarity);
}

/* Devices come and go in dom0; without an IOMMU there is nothing to note. */
static long op_pci_note(gptr_t arg)
{
	(void)arg;
	return 0;
}

static const struct {
	long (*fn)(gptr_t arg);
	bool any_domain; /* else dom0 only */
} physdev_ops[] = {
	[PHYSDEVOP_irq_status_query] = {op_irq_status, true},
	[PHYSDEVOP_set_iopl] = {op_set_iopl, true},
	[PHYSDEVOP_set_iobitmap] = {op_set_iobitmap, true},
	[PHYSDEVOP_apic_read] = {op_apic_read, false},
	[PHYSDEVOP_apic_write] = {op_apic_write, false},
	[PHYSDEVOP_alloc_irq_vector] = {op_alloc_irq_vector, false},
	[PHYSDEVOP_eoi] = {op_eoi, true},
	[PHYSDEVOP_map_pirq] = {op_map_pirq, false},
	[PHYSDEVOP_unmap_pirq] = {op_unmap_pirq, false},
	[PHYSDEVOP_manage_pci_add] = {op_pci_note, false},
	[PHYSDEVOP_manage_pci_remove] = {op_pci_note, false},
	[PHYSDEVOP_manage_pci_add_ext] = {op_pci_note, false},
	[PHYSDEVOP_setup_gsi] = {op_setup_gsi, false},
	[PHYSDEVOP_pci_mmcfg_reserved] = {op_pci_note, false},
	[PHYSDEVOP_pci_device_add] = {op_pci_note, false},
	[PHYSDEVOP_pci_device_remove] = {op_pci_note, false},
};

long do_physdev_op(uint32_t cmd, gptr_t arg)
{
	if (cmd >= ARRAY_SIZE(physdev_ops) || !physdev_ops[cmd].fn) {
		return -ENOSYS;
	}
	if (!physdev_ops[cmd].any_domain && !current->domain->is_privileged) {
		return -EPERM;
	}
	return physdev_ops[cmd].fn(arg);
}
