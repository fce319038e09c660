/* SPDX-License-Identifier: MIT */
/* physdev_op: interrupts, I/O APIC, I/O privilege and PCI announcements of the hardware domain. */
#ifndef XEN_PHYSDEV_H
#define XEN_PHYSDEV_H

#include "types.h"

#define PHYSDEVOP_IRQ_UNMASK_NOTIFY	4
#define PHYSDEVOP_irq_status_query	5
#define PHYSDEVOP_set_iopl		6
#define PHYSDEVOP_set_iobitmap		7
#define PHYSDEVOP_apic_read		8
#define PHYSDEVOP_apic_write		9
#define PHYSDEVOP_alloc_irq_vector	10
#define PHYSDEVOP_free_irq_vector	11
#define PHYSDEVOP_eoi			12
#define PHYSDEVOP_map_pirq		13
#define PHYSDEVOP_unmap_pirq		14
#define PHYSDEVOP_manage_pci_add	15
#define PHYSDEVOP_manage_pci_remove	16
#define PHYSDEVOP_pirq_eoi_gmfn_v1	17
#define PHYSDEVOP_restore_msi		19
#define PHYSDEVOP_manage_pci_add_ext	20
#define PHYSDEVOP_setup_gsi		21
#define PHYSDEVOP_get_free_pirq		23
#define PHYSDEVOP_pci_mmcfg_reserved	24
#define PHYSDEVOP_pci_device_add	25
#define PHYSDEVOP_pci_device_remove	26	/* physdev_pci_device */
#define PHYSDEVOP_restore_msi_ext	27	/* physdev_pci_device */
#define PHYSDEVOP_pirq_eoi_gmfn_v2	28
#define PHYSDEVOP_dbgp_op		29
#define PHYSDEVOP_prepare_msix		30	/* physdev_pci_device */
#define PHYSDEVOP_release_msix		31	/* physdev_pci_device */

struct physdev_eoi {
	uint32_t irq;			/* pirq */
};
ABI_SIZE(struct physdev_eoi, 4);

/* Page with one bit per pirq: set when the guest must tell the end of the interrupt. */
struct physdev_pirq_eoi_gmfn {
	xen_pfn_t gmfn;
};
ABI_SIZE(struct physdev_pirq_eoi_gmfn, 8);

struct physdev_irq_status_query {
	uint32_t irq;
	uint32_t flags;			/* out: XENIRQSTAT_* */
};
#define _XENIRQSTAT_needs_eoi	0
#define XENIRQSTAT_needs_eoi	(1U << _XENIRQSTAT_needs_eoi)
#define _XENIRQSTAT_shared	1
#define XENIRQSTAT_shared	(1U << _XENIRQSTAT_shared)
ABI_SIZE(struct physdev_irq_status_query, 8);

struct physdev_set_iopl {
	uint32_t iopl;			/* virtual I/O privilege level of this vCPU */
};
ABI_SIZE(struct physdev_set_iopl, 4);

struct physdev_set_iobitmap {
	guest_handle_t bitmap;		/* bit set: port forbidden to user mode */
	uint32_t nr_ports;
};
ABI_SIZE(struct physdev_set_iobitmap, 16);

/* I/O APIC register access. */
struct physdev_apic {
	uint64_t apic_physbase;
	uint32_t reg;
	uint32_t value;
};
ABI_SIZE(struct physdev_apic, 16);

struct physdev_irq {
	uint32_t irq;
	uint32_t vector;		/* out */
};
ABI_SIZE(struct physdev_irq, 8);

#define MAP_PIRQ_TYPE_MSI	0x0
#define MAP_PIRQ_TYPE_GSI	0x1
#define MAP_PIRQ_TYPE_UNKNOWN	0x2
#define MAP_PIRQ_TYPE_MSI_SEG	0x3	/* bus carries the segment in bits 16 and up */
#define MAP_PIRQ_TYPE_MULTI_MSI	0x4	/* entry_nr vectors */

struct physdev_map_pirq {
	xen_domid_t domid;
	int32_t type;			/* MAP_PIRQ_TYPE_* */
	int32_t index;			/* GSI, or -1 with MSI */
	int32_t pirq;			/* in: wanted or -1; out: given */
	int32_t bus;			/* MSI: device, and segment << 16 */
	int32_t devfn;
	int32_t entry_nr;		/* MSI-X: entry; multi-MSI: count */
	uint64_t table_base;		/* MSI-X: physical address of the table, 0: plain MSI */
};
ABI_SIZE(struct physdev_map_pirq, 40);
ABI_OFFSET(struct physdev_map_pirq, pirq, 12);
ABI_OFFSET(struct physdev_map_pirq, table_base, 32);

struct physdev_unmap_pirq {
	xen_domid_t domid;
	int32_t pirq;
};
ABI_SIZE(struct physdev_unmap_pirq, 8);

struct physdev_manage_pci {
	uint8_t bus;
	uint8_t devfn;
};
ABI_SIZE(struct physdev_manage_pci, 2);

struct physdev_restore_msi {
	uint8_t bus;
	uint8_t devfn;
};
ABI_SIZE(struct physdev_restore_msi, 2);

struct physdev_manage_pci_ext {
	uint8_t bus;
	uint8_t devfn;
	uint32_t is_extfn;
	uint32_t is_virtfn;
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;			/* of a virtual function */
};
ABI_SIZE(struct physdev_manage_pci_ext, 16);

/* Argument of the superseded one-argument hypercall (19). */
struct physdev_op {
	uint32_t cmd;
	union {
		struct physdev_irq_status_query irq_status_query;
		struct physdev_set_iopl set_iopl;
		struct physdev_set_iobitmap set_iobitmap;
		struct physdev_apic apic_op;
		struct physdev_irq irq_op;
	} u;
};
ABI_SIZE(struct physdev_op, 24);

struct physdev_setup_gsi {
	int32_t gsi;
	uint8_t triggering;		/* 0 edge, 1 level */
	uint8_t polarity;		/* 0 active high, 1 active low */
};
ABI_SIZE(struct physdev_setup_gsi, 8);

struct physdev_get_free_pirq {
	int32_t type;
	uint32_t pirq;			/* out */
};
ABI_SIZE(struct physdev_get_free_pirq, 8);

struct physdev_pci_mmcfg_reserved {
	uint64_t address;
	uint16_t segment;
	uint8_t start_bus;
	uint8_t end_bus;
	uint32_t flags;			/* XEN_PCI_MMCFG_RESERVED */
};
#define XEN_PCI_MMCFG_RESERVED	0x1	/* firmware set the range aside */
ABI_SIZE(struct physdev_pci_mmcfg_reserved, 16);

struct physdev_pci_device_add {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
	uint32_t flags;			/* XEN_PCI_DEV_* */
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;
	uint32_t optarr[];		/* [0]: proximity domain, with XEN_PCI_DEV_PXM */
};
#define XEN_PCI_DEV_EXTFN	0x1
#define XEN_PCI_DEV_VIRTFN	0x2
#define XEN_PCI_DEV_PXM		0x4
ABI_SIZE(struct physdev_pci_device_add, 12);

struct physdev_pci_device {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
};
ABI_SIZE(struct physdev_pci_device, 4);

/* Debug port announcements. */
struct physdev_dbgp_op {
	uint8_t op;			/* PHYSDEVOP_DBGP_RESET_* */
	uint8_t bus;			/* PHYSDEVOP_DBGP_BUS_* */
	union {
		struct physdev_pci_device pci;
	} u;
};
#define PHYSDEVOP_DBGP_RESET_PREPARE	1
#define PHYSDEVOP_DBGP_RESET_DONE	2
#define PHYSDEVOP_DBGP_BUS_UNKNOWN	0
#define PHYSDEVOP_DBGP_BUS_PCI		1
ABI_SIZE(struct physdev_dbgp_op, 6);

#endif /* XEN_PHYSDEV_H */
