/* SPDX-License-Identifier: MIT */
/*
 * EFI as dom0 learns of it: versions and the configuration table, through
 * which it finds the ACPI tables.  Runtime services are not called.
 * Source: UEFI 2.9, 4.3 (system table); Xen's public platform.h.
 */
#include "arch/x86/efi_info.h"

#include "arch/pagetable.h"
#include "arch/platform.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "xen/platform.h"

#define SYSTEM_TABLE_MAGIC 0x5453595320494249ULL /* "IBI SYST" */
#define CONFIG_ENTRIES_MAX 1024
#define VENDOR_CHARS 64

struct efi_header {
	uint64_t signature;
	uint32_t revision, size, crc, reserved;
};

struct efi_system_table {
	struct efi_header header;
	uint64_t vendor; /* UCS-2 */
	uint32_t vendor_revision, pad;
	uint64_t console[6], runtime, boot;
	uint64_t config_count, config;
};

static struct {
	bool present;
	uint32_t version, runtime_version, vendor_revision, config_count;
	uint64_t config;
	uint16_t vendor[VENDOR_CHARS];
	uint32_t vendor_bytes;
} efi __ro_after_init;

static void __init read_vendor(maddr_t address)
{
	const uint16_t *name = firmware_map(address, sizeof(efi.vendor));
	unsigned int n = 0;

	while (name && n < VENDOR_CHARS - 1 && name[n]) {
		efi.vendor[n] = name[n];
		n++;
	}
	efi.vendor_bytes = (n + 1) * 2;
}

void __init efi_info_init(maddr_t system_table)
{
	const struct efi_system_table *t = system_table ? firmware_map(system_table, sizeof(*t))
							: NULL;
	const struct efi_header *runtime;

	if (!t || t->header.signature != SYSTEM_TABLE_MAGIC ||
	    t->config_count > CONFIG_ENTRIES_MAX) {
		return;
	}
	runtime = firmware_map(t->runtime, sizeof(*runtime));
	efi.version = t->header.revision;
	efi.runtime_version = runtime ? runtime->revision : 0;
	efi.vendor_revision = t->vendor_revision;
	efi.config = t->config;
	efi.config_count = (uint32_t)t->config_count;
	read_vendor(t->vendor);
	efi.present = true;
	log_info("EFI %u.%u, %u configuration tables at %#lx", efi.version >> 16,
		 (efi.version & 0xffff) / 10, efi.config_count, efi.config);
}

static long vendor_get(union xenpf_efi_info *out)
{
	uint32_t bytes = MIN(out->vendor.bufsz, efi.vendor_bytes);

	out->vendor.revision = efi.vendor_revision;
	if (bytes < 2) {
		return -EINVAL;
	}
	if (copy_to_guest(gptr(out->vendor.name), efi.vendor, bytes - 2) ||
	    clear_guest(gptr(out->vendor.name + bytes - 2), 2)) {
		return -EFAULT;
	}
	return 0;
}

long platform_efi_info(struct xenpf_firmware_info *info)
{
	union xenpf_efi_info *out = &info->u.efi_info;

	if (!efi.present) {
		return -ENOSYS;
	}
	switch (info->index) {
	case XEN_FW_EFI_VERSION:
		out->version = efi.version;
		return 0;
	case XEN_FW_EFI_CONFIG_TABLE:
		out->cfg.addr = efi.config;
		out->cfg.nent = efi.config_count;
		return 0;
	case XEN_FW_EFI_VENDOR:
		return vendor_get(out);
	case XEN_FW_EFI_RT_VERSION:
		out->version = efi.runtime_version;
		return 0;
	default:
		return -EINVAL;
	}
}
