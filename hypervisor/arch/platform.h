/* SPDX-License-Identifier: MIT */
/* Firmware services under platform_op. */
#ifndef ARGON_ARCH_PLATFORM_H
#define ARGON_ARCH_PLATFORM_H

#include "lib/types.h"

struct xenpf_firmware_info;

/*
 * Enters ACPI S5 by dom0's values for PM1a/PM1b control.  Returns only on
 * failure, a negative errno.
 */
int machine_power_off(uint16_t pm1a, uint16_t pm1b);
/* XEN_FW_EFI_INFO; -ENOSYS when not started by EFI. */
long platform_efi_info(struct xenpf_firmware_info *info);

#endif
