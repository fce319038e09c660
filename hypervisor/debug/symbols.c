/* SPDX-License-Identifier: MIT */
/* Looking addresses up in the table that the second link pass adds. */
#include "debug/symbols.h"

#include "lib/string.h"

extern const uint32_t symbol_count;
extern const uint32_t symbol_offsets[]; /* from the image's start, ascending */
extern const char symbol_names[];       /* one after the other */
extern const char __image_start[], __init_text_end[];

bool symbol_is_code(uint64_t addr)
{
	return addr >= (uint64_t)__image_start && addr < (uint64_t)__init_text_end;
}

const char *symbol_find(uint64_t addr, uint64_t *offset)
{
	uint64_t at = addr - (uint64_t)__image_start;
	uint32_t low = 0, high = symbol_count;
	const char *name = symbol_names;

	if (!symbol_is_code(addr) || !symbol_count || at < symbol_offsets[0]) {
		return NULL;
	}
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (symbol_offsets[middle] <= at) {
			low = middle;
		} else {
			high = middle;
		}
	}
	for (uint32_t i = 0; i < low; i++) {
		name += strlen(name) + 1;
	}
	*offset = at - symbol_offsets[low];
	return name;
}
