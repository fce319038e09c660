/* SPDX-License-Identifier: MIT */
/*
 * Claim: a domain without privilege gets nothing from the calls of the control domain, neither
 * for others nor for itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/domctl.h>
#include <xen/grant.h>
#include <xen/memory.h>
#include <xen/mmu.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "domu-privilege: the control domain's calls from a guest";

static const xen_domid_t victims[] = {0, DOMID_SELF, DOMID_XEN, DOMID_IO, 0x7abc};
#define VICTIM_COUNT (sizeof(victims) / sizeof(victims[0]))

static void check_domctl(void)
{
	static struct xen_domctl op;

	for (unsigned int cmd = 1; cmd < 96; cmd++) {
		for (unsigned int v = 0; v < VICTIM_COUNT; v++) {
			memset(&op, 0, sizeof(op));
			op.cmd = cmd;
			op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
			op.domain = victims[v];
			if (hypercall1(__HYPERVISOR_domctl, ptr_arg(&op)) >= 0) {
				FAIL("domctl %u on domain %x is carried out", cmd, victims[v]);
			}
		}
	}
}

static void check_sysctl(void)
{
	static struct xen_sysctl op;

	for (unsigned int cmd = 1; cmd < 40; cmd++) {
		memset(&op, 0, sizeof(op));
		op.cmd = cmd;
		op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
		if (hypercall1(__HYPERVISOR_sysctl, ptr_arg(&op)) >= 0) {
			FAIL("sysctl %u is carried out", cmd);
		}
	}
}

static void check_platform(void)
{
	static struct xen_platform_op op;

	for (unsigned int cmd = 1; cmd < 80; cmd++) {
		memset(&op, 0, sizeof(op));
		op.cmd = cmd;
		op.interface_version = XENPF_INTERFACE_VERSION;
		if (hypercall1(__HYPERVISOR_platform_op, ptr_arg(&op)) >= 0) {
			FAIL("platform_op %u is carried out", cmd);
		}
	}
}

static void check_physdev(void)
{
	static const unsigned int privileged[] = {
		PHYSDEVOP_apic_read,       PHYSDEVOP_apic_write,
		PHYSDEVOP_manage_pci_add,  PHYSDEVOP_manage_pci_remove,
		PHYSDEVOP_restore_msi,     PHYSDEVOP_manage_pci_add_ext,
		PHYSDEVOP_setup_gsi,       PHYSDEVOP_pci_mmcfg_reserved,
		PHYSDEVOP_pci_device_add,  PHYSDEVOP_pci_device_remove,
		PHYSDEVOP_restore_msi_ext, PHYSDEVOP_prepare_msix,
		PHYSDEVOP_release_msix,    PHYSDEVOP_dbgp_op,
	};
	static char area[64];
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_GSI,
		.index = 9,
		.pirq = 9,
	};
	struct physdev_unmap_pirq unmap = {.domid = 0, .pirq = 9};

	for (unsigned int i = 0; i < sizeof(privileged) / sizeof(privileged[0]); i++) {
		memset(area, 0, sizeof(area));
		if (hypercall2(__HYPERVISOR_physdev_op, privileged[i], ptr_arg(area)) >= 0) {
			FAIL("physdev_op %u is carried out", privileged[i]);
		}
	}
	CHECK(hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq, ptr_arg(&map)) < 0);
	map.domid = 0;
	CHECK(hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq, ptr_arg(&map)) < 0);
	CHECK(hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_unmap_pirq, ptr_arg(&unmap)) < 0);
}

static void check_memory(void)
{
	static xen_pfn_t list[1];
	static struct e820_entry map[128];
	struct xen_memory_map m = {.nr_entries = 128, .buffer = ptr_arg(map)};

	CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, XENMEM_machine_memory_map, ptr_arg(&m)),
		 -EPERM);
	for (unsigned int v = 0; v < VICTIM_COUNT; v++) {
		xen_domid_t domid = victims[v];
		struct xen_memory_reservation r = {
			.extent_start = ptr_arg(list),
			.nr_extents = 1,
			.domid = domid,
		};
		struct xen_foreign_memory_map foreign = {.domid = domid};
		struct xen_mem_acquire_resource resource = {
			.domid = domid,
			.type = XENMEM_resource_grant_table,
			.nr_frames = 1,
			.frame_list = ptr_arg(list),
		};
		struct xen_memory_domain domain = {.domid = domid};

		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_claim_pages, ptr_arg(&r)) < 0);
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_acquire_resource,
				 ptr_arg(&resource)) < 0);
		if (domid == DOMID_SELF) {
			continue;
		}
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_set_memory_map, ptr_arg(&foreign)) <
		      0);
		list[0] = 0x100;
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, ptr_arg(&r)) <=
		      0);
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation,
				 ptr_arg(&r)) <= 0);
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_current_reservation,
				 ptr_arg(&domain)) < 0);
	}
}

static void check_others(void)
{
	struct sched_remote_shutdown remote = {.domain_id = 0, .reason = SHUTDOWN_poweroff};
	static char text[8];
	struct gnttab_setup_table setup = {.dom = 0, .nr_frames = 0};
	struct mmu_update update = {.ptr = va_to_maddr(window_entry(window_alloc(1)))};
	struct mmuext_op pin = {.cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = 0x1000};

	CHECK(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, ptr_arg(&remote)) < 0);
	CHECK(hypercall3(__HYPERVISOR_console_io, CONSOLEIO_read, 8, ptr_arg(text)) < 0);
	CHECK(hypercall2(__HYPERVISOR_kexec_op, 0, ptr_arg(text)) < 0);
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, ptr_arg(&setup), 1);
	CHECK(setup.status < 0);
	/* tables and frames of dom0 */
	update.val = 0x1000 << 12 | PTE_KERNEL;
	CHECK(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&update), 1, 0, 0) < 0);
	CHECK(hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&update), 1, 0, DOMID_SELF | 1UL << 16) <
	      0);
	CHECK(hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(&pin), 1, 0, 0) < 0);
	CHECK(hypercall4(__HYPERVISOR_update_va_mapping_otherdomain, 0x1000, 0, 0, 0) < 0);
	/* caches: no device, no flush */
	CHECK(pt_ext(MMUEXT_FLUSH_CACHE, 0, 0) < 0);
	CHECK(pt_ext(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0) < 0);
}

/* Ports answer nothing and swallow everything, whatever I/O privilege the guest gave itself. */
static void check_ports(void)
{
	struct physdev_set_iopl iopl = {.iopl = 3};
	/* without 0x61, 0x70 and 0xcf8, which have a virtual latch behind them */
	static const uint16_t ports[] = {
		0x20, 0x21, 0x40, 0x43, 0x60, 0x64, 0x71, 0x80, 0xcfc, 0x3f8, 0x600, 0x604,
	};

	CHECK_EQ(hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, ptr_arg(&iopl)), 0);
	for (unsigned int i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		uint32_t value = 0;
		int trap = TRY("inl %%dx, %%eax", : "+a"(value) : "d"(ports[i]));

		/* a fault would do as well */
		if (trap == -1 && value != 0xffffffff) {
			FAIL("port %x reads %x", ports[i], value);
		}
	}
	/* the reset control register, and ACPI's sleep register */
	TRY("outb %%al, %%dx", : : "a"(6), "d"(0xcf9));
	TRY("outw %%ax, %%dx", : : "a"(0x2000), "d"(0x604));
	TRY("outb %%al, %%dx", : : "a"(0xfe), "d"(0x64));
	iopl.iopl = 4;
	CHECK_EQ(hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, ptr_arg(&iopl)), -EINVAL);
}

void test_main(void)
{
	if (runtime_is_dom0()) {
		SKIP("this is dom0");
		return;
	}
	traps_init();
	check_domctl();
	check_sysctl();
	check_platform();
	check_physdev();
	check_memory();
	check_others();
	check_ports();
}
