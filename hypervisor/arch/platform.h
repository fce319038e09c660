/* SPDX-License-Identifier: MIT */
/* Firmware services under platform_op. */
#ifndef ARGON_ARCH_PLATFORM_H
#define ARGON_ARCH_PLATFORM_H

#include "lib/types.h"

struct xenpf_firmware_info;

/*
 * Writes the sleep type values that dom0 computed into PM1a/PM1b control (or,
 * extended, the hardware-reduced sleep registers).  Returns only on failure:
 * -ENODEV if the machine has no such registers, -EIO if it went on.
 */
long acpi_enter_sleep(uint16_t val_a, uint16_t val_b, bool extended);
/* XEN_FW_EFI_INFO; -ENOSYS when not started by EFI. */
long platform_efi_info(struct xenpf_firmware_info *info);

#endif
