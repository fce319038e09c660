/* SPDX-License-Identifier: MIT */
/* Physical memory for the ACPI parser: one window of bytes. */
#ifndef ARGON_TESTS_ACPI_WORLD_H
#define ARGON_TESTS_ACPI_WORLD_H

#include "../../../hypervisor/arch/x86/acpi.h"
#include "mm/boot_info.h"

#define WINDOW_START 0xe0000UL
#define WINDOW_BYTES 0x20000UL

/* Puts bytes at WINDOW_START, zeros behind, and parses. */
void acpi_world_parse(const uint8_t *data, size_t bytes);

#endif
