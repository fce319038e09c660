/* SPDX-License-Identifier: MIT */
/*
 * What the loader and the firmware told us, in one shape whichever of
 * multiboot 1, multiboot 2 or EFI brought us here.  Filled by boot/, read by
 * mm_init and the dom0 builder; boot memory, gone once dom0 runs.
 */
#ifndef ARGON_MM_BOOT_INFO_H
#define ARGON_MM_BOOT_INFO_H

#include "lib/types.h"

/* Types of the firmware's memory map (ACPI 6.4, table 15.3). */
enum mem_type {
	MEM_RAM = 1,
	MEM_RESERVED = 2,
	MEM_ACPI = 3, /* tables; RAM that dom0 may reclaim */
	MEM_NVS = 4,
	MEM_UNUSABLE = 5,
};

/* Bytes [start, end) of the machine's physical address space. */
struct mem_range {
	maddr_t start;
	maddr_t end;
	uint32_t type; /* enum mem_type */
};

/* A file the loader put into memory: its bytes and its command line. */
struct boot_module {
	maddr_t start; /* page aligned in practice, not by promise */
	uint64_t size;
	char args[1024]; /* without the file name that loaders put first */
};

/* What dom0 learns of the screen: dom0_vga_console_info of the ABI. */
enum boot_video { VIDEO_NONE, VIDEO_TEXT, VIDEO_VESA, VIDEO_EFI };
struct boot_screen {
	enum boot_video kind;
	uint16_t rows, cols, cursor_x, cursor_y, font_height; /* VIDEO_TEXT */
	uint64_t lfb_base;                                    /* frame buffers: */
	uint32_t lfb_size;
	uint16_t width, height, bytes_per_line, bits_per_pixel;
	uint8_t red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
};

#define BOOT_RANGES_MAX 256
#define BOOT_MODULES_MAX 8

struct boot_info {
	char cmdline[2048]; /* ours; file name already dropped */
	char loader[64];    /* as it calls itself */

	/*
	 * The machine's memory map: sorted, without overlaps, page aligned
	 * (RAM rounded inwards).  This is also what dom0 is told, with
	 * RESERVED entries for local APIC and IOAPICs added.
	 */
	struct mem_range map[BOOT_RANGES_MAX];
	unsigned int map_count;

	/*
	 * RAM nobody uses yet, page aligned, sorted: neither the image nor
	 * modules nor the first MiB nor what boot_alloc gave out.  mm_init
	 * moves all of it into the heap and sets free_count to 0.
	 */
	struct mem_range free[BOOT_RANGES_MAX];
	unsigned int free_count;

	/* module[0]: dom0's kernel, module[1]: its initrd if module_count > 1. */
	struct boot_module module[BOOT_MODULES_MAX];
	unsigned int module_count;

	maddr_t image_start, image_end; /* where the image lies, page aligned */
	maddr_t rsdp;                   /* ACPI root pointer, 0: none found */
	maddr_t efi_system_table;       /* 0: not started by EFI */
	struct boot_screen screen;
};

extern struct boot_info boot_info;

/* End of the highest RAM range: the direct map reaches at least this far. */
maddr_t boot_ram_end(const struct boot_info *bi);

/*
 * Takes bytes (rounded up to pages) of zeroed RAM aligned to align (a power
 * of two >= PAGE_SIZE) out of bi->free, from the highest place that fits;
 * returns its address in the direct map.  Panics when there is none: boot
 * cannot go on.  Only until mm_init has emptied bi->free.
 */
void *boot_alloc(struct boot_info *bi, uint64_t bytes, uint64_t align);
/* True until then. */
bool boot_heap_is_open(void);
/* Cuts [start, end) out of bi->free. */
void boot_reserve(struct boot_info *bi, maddr_t start, maddr_t end);

#endif
