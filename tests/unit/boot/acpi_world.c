/* SPDX-License-Identifier: MIT */
/*
 * Each mapping is a copy of exactly its size, so that the address sanitizer
 * sees every read beyond what was asked for.
 */
#include "acpi_world.h"

#include <stdlib.h>
#include <string.h>

#include "arch/pagetable.h"

#define MAPPINGS_MAX 4096

static uint8_t window[WINDOW_BYTES];
static void *mappings[MAPPINGS_MAX];
static unsigned int mapping_count;

const void *firmware_map(maddr_t addr, uint64_t bytes)
{
	void *p;

	if (addr < WINDOW_START || addr - WINDOW_START > WINDOW_BYTES ||
	    bytes > WINDOW_BYTES - (addr - WINDOW_START) || mapping_count == MAPPINGS_MAX) {
		return NULL;
	}
	p = malloc(bytes ? bytes : 1);
	memcpy(p, window + (addr - WINDOW_START), bytes);
	mappings[mapping_count++] = p;
	return p;
}

void acpi_world_parse(const uint8_t *data, size_t bytes)
{
	static struct boot_info bi;

	memset(window, 0, sizeof(window));
	memcpy(window, data, bytes < sizeof(window) ? bytes : sizeof(window));
	memset(&bi, 0, sizeof(bi));
	memset(&acpi_info, 0, sizeof(acpi_info));
	acpi_init(&bi);
	while (mapping_count) {
		free(mappings[--mapping_count]);
	}
}
