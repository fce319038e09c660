/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as ACPI tables.  Checksums are mended at the places the input
 * names, since no mutation would get past them.
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/boot/acpi_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IMAGE_MAX 4096U

static void mend(uint8_t *image, size_t size, size_t at, size_t bytes, size_t checksum)
{
	uint8_t sum = 0;

	if (at > size || bytes > size - at || checksum >= bytes) {
		return;
	}
	for (size_t i = 0; i < bytes; i++) {
		sum = (uint8_t)(sum + image[at + i]);
	}
	image[at + checksum] = (uint8_t)(image[at + checksum] - sum);
}

/* Each table found by its signature gets a sum that fits. */
static void mend_all(uint8_t *image, size_t size)
{
	static const char *const names[] = {"RSDT", "XSDT", "APIC", "FACP", "HPET", "MCFG"};

	for (size_t at = 0; at + 36 <= size; at += 4) {
		for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			uint32_t length;

			memcpy(&length, image + at + 4, 4);
			if (!memcmp(image + at, names[i], 4)) {
				mend(image, size, at, length, 9);
			}
		}
	}
	if (size >= 20) {
		memcpy(image, "RSD PTR ", 8);
		mend(image, size, 0, 20, 8);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t image[IMAGE_MAX];

	if (size > IMAGE_MAX) {
		return 0;
	}
	memcpy(image, data, size);
	mend_all(image, size);
	acpi_world_parse(image, size);
	if (acpi_info.cpu_count > MAX_CPUS || acpi_info.ioapic_count > ACPI_MAX_IOAPICS ||
	    acpi_info.override_count > ACPI_MAX_OVERRIDES || acpi_info.mcfg_count > ACPI_MAX_MCFG) {
		abort();
	}
	return 0;
}
