/* SPDX-License-Identifier: MIT */
/* The machine's memory map, kept for dom0 after the boot data is gone. */
#ifndef ARGON_MM_MACHINE_MAP_H
#define ARGON_MM_MACHINE_MAP_H

#include "xen/memory.h"

struct boot_info;

extern struct e820_entry *machine_map; /* sorted */
extern unsigned int machine_map_count;

/* Copies bi->map; device pages that only Argon uses are added as reserved. */
void machine_map_init(const struct boot_info *bi);

#endif
