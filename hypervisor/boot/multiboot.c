/* SPDX-License-Identifier: MIT */
/*
 * What multiboot 1 and 2 loaders pass, into struct boot_info.  Everything
 * lies below 4 GiB, where the early tables show it in the direct map.
 * Sources: Multiboot Specification 0.6.96, section 3.3; Multiboot2
 * Specification 2.0, section 3.6.
 */
#include "boot/multiboot.h"

#include <asm/directmap.h>

#include "boot/cmdline.h"
#include "boot/memory_map.h"
#include "lib/string.h"
#include "mm/boot_info.h"

#define MB1_BOOT_MAGIC 0x2badb002U
#define MB2_BOOT_MAGIC 0x36d76289U

enum mb1_flag {
	MB1_CMDLINE = 1U << 2,
	MB1_MODULES = 1U << 3,
	MB1_MMAP = 1U << 6,
	MB1_LOADER = 1U << 9
};

struct mb1_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr, config_table, loader_name;
};

struct mb1_module {
	uint32_t start, end, string, reserved;
};

struct mb1_mmap {
	uint32_t size; /* of what follows */
	uint64_t addr, length;
	uint32_t type;
} __packed;

enum mb2_tag_type {
	MB2_END,
	MB2_CMDLINE,
	MB2_LOADER,
	MB2_MODULE,
	MB2_MMAP = 6,
	MB2_FRAMEBUFFER = 8,
	MB2_EFI64 = 12,
	MB2_ACPI_OLD = 14,
	MB2_ACPI_NEW = 15
};

struct mb2_tag {
	uint32_t type, size;
};

struct mb2_module {
	struct mb2_tag tag;
	uint32_t start, end;
	char string[];
};

struct mb2_mmap {
	struct mb2_tag tag;
	uint32_t entry_size, entry_version;
};

struct mb2_mmap_entry {
	uint64_t addr, length;
	uint32_t type, reserved;
};

/* RGB colour info follows for direct colour frame buffers. */
struct mb2_framebuffer {
	struct mb2_tag tag;
	uint64_t address;
	uint32_t pitch, width, height;
	uint8_t bits_per_pixel, type;
	uint16_t reserved;
	uint8_t red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
} __packed;
#define MB2_DIRECT_COLOUR 1

struct mb2_efi64 {
	struct mb2_tag tag;
	uint64_t table;
};

/* A string of the loader's, bounded. */
static const char *__init loader_string(uint32_t addr)
{
	return addr ? maddr_to_virt(addr) : "";
}

/* GRUB 2 and argon.efi pass only the arguments; others put the file name first. */
static bool __init has_file_name(const struct boot_info *bi)
{
	return strncmp(bi->loader, "GRUB 2", 6) && strcmp(bi->loader, "argon.efi");
}

static void __init add_module(struct boot_info *bi, uint64_t start, uint64_t end, const char *args)
{
	struct boot_module *m;

	if (bi->module_count < BOOT_MODULES_MAX && end > start) {
		m = &bi->module[bi->module_count++];
		m->start = start;
		m->size = end - start;
		cmdline_copy(m->args, sizeof(m->args), args, has_file_name(bi));
	}
}

static void __init parse_mb1_map(struct boot_info *bi, const struct mb1_info *mb)
{
	uint32_t offset = 0;

	while (offset + sizeof(struct mb1_mmap) <= mb->mmap_length) {
		const struct mb1_mmap *e = maddr_to_virt((maddr_t)mb->mmap_addr + offset);

		if (e->size < sizeof(*e) - 4 || e->size > 1024) {
			return;
		}
		memory_map_add(bi, e->addr, e->length, e->type);
		offset += e->size + 4;
	}
}

static void __init parse_mb1(struct boot_info *bi, const struct mb1_info *mb)
{
	if (mb->flags & MB1_LOADER) {
		strlcpy(bi->loader, loader_string(mb->loader_name), sizeof(bi->loader));
	}
	if (mb->flags & MB1_CMDLINE) {
		cmdline_copy(bi->cmdline, sizeof(bi->cmdline), loader_string(mb->cmdline),
			     has_file_name(bi));
	}
	if (mb->flags & MB1_MMAP) {
		parse_mb1_map(bi, mb);
	}
	if (mb->flags & MB1_MODULES) {
		const struct mb1_module *m = maddr_to_virt(mb->mods_addr);

		for (uint32_t i = 0; i < mb->mods_count && i < BOOT_MODULES_MAX; i++) {
			add_module(bi, m[i].start, m[i].end, loader_string(m[i].string));
		}
	}
}

static void __init parse_mb2_map(struct boot_info *bi, const struct mb2_mmap *t)
{
	const uint8_t *at = (const uint8_t *)(t + 1), *end = (const uint8_t *)t + t->tag.size;

	if (t->entry_size < sizeof(struct mb2_mmap_entry)) {
		return;
	}
	for (; at + t->entry_size <= end; at += t->entry_size) {
		const struct mb2_mmap_entry *e = (const void *)at;

		memory_map_add(bi, e->addr, e->length, e->type);
	}
}

static void __init parse_framebuffer(struct boot_screen *s, const struct mb2_framebuffer *f)
{
	if (f->tag.size < sizeof(*f) || f->type != MB2_DIRECT_COLOUR) {
		return;
	}
	*s = (struct boot_screen){
		.kind = VIDEO_VESA,
		.lfb_base = f->address,
		.lfb_size = ROUND_UP(f->pitch * f->height, 65536U),
		.width = (uint16_t)f->width,
		.height = (uint16_t)f->height,
		.bytes_per_line = (uint16_t)f->pitch,
		.bits_per_pixel = f->bits_per_pixel,
		.red_pos = f->red_pos,
		.red_size = f->red_size,
		.green_pos = f->green_pos,
		.green_size = f->green_size,
		.blue_pos = f->blue_pos,
		.blue_size = f->blue_size,
	};
}

/* The tag holds a copy of the RSDP in memory that is soon used otherwise. */
static uint8_t rsdp_copy[64] __initdata;

static void __init keep_rsdp(struct boot_info *bi, const struct mb2_tag *t)
{
	memcpy(rsdp_copy, t + 1, MIN(t->size - sizeof(*t), sizeof(rsdp_copy)));
	bi->rsdp = bi->image_start + ((uint64_t)rsdp_copy - IMAGE_VIRT);
}

static void __init parse_mb2_tag(struct boot_info *bi, const struct mb2_tag *t)
{
	const struct mb2_module *m = (const void *)t;

	switch (t->type) {
	case MB2_CMDLINE:
		cmdline_copy(bi->cmdline, sizeof(bi->cmdline), (const char *)(t + 1), false);
		break;
	case MB2_MODULE:
		add_module(bi, m->start, m->end, m->string);
		break;
	case MB2_MMAP:
		parse_mb2_map(bi, (const struct mb2_mmap *)t);
		break;
	case MB2_EFI64:
		bi->efi_system_table = ((const struct mb2_efi64 *)t)->table;
		break;
	case MB2_ACPI_OLD:
	case MB2_ACPI_NEW:
		if (!bi->rsdp || t->type == MB2_ACPI_NEW) {
			keep_rsdp(bi, t);
		}
		break;
	case MB2_FRAMEBUFFER:
		parse_framebuffer(&bi->screen, (const struct mb2_framebuffer *)t);
		break;
	default:
		break;
	}
}

/* The loader's name decides how strings are read, so it is looked for first. */
static void __init parse_mb2(struct boot_info *bi, const uint32_t *info)
{
	for (unsigned int pass = 0; pass < 2; pass++) {
		uint32_t offset = 8;

		while (offset + sizeof(struct mb2_tag) <= info[0]) {
			const struct mb2_tag *t = (const void *)((const uint8_t *)info + offset);

			if (t->type == MB2_END || t->size < sizeof(*t)) {
				break;
			}
			if (pass == 0 && t->type == MB2_LOADER) {
				strlcpy(bi->loader, (const char *)(t + 1), sizeof(bi->loader));
			} else if (pass == 1) {
				parse_mb2_tag(bi, t);
			}
			offset += ROUND_UP(t->size, 8U);
		}
	}
}

/*
 * What the BIOS left on the screen, from its data area; mode 3 is 80x25 text.
 * Source: IBM PS/2 and PC BIOS Interface Technical Reference, data areas.
 */
static void __init read_text_screen(struct boot_screen *s)
{
	const uint8_t *bda = maddr_to_virt(0x400);

	if (bda[0x49] != 3 || !bda[0x4a]) {
		return;
	}
	*s = (struct boot_screen){
		.kind = VIDEO_TEXT,
		.rows = (uint16_t)(bda[0x84] + 1),
		.cols = bda[0x4a],
		.cursor_x = bda[0x50],
		.cursor_y = bda[0x51],
		.font_height = bda[0x85],
	};
}

bool __init multiboot_parse(struct boot_info *bi, uint32_t magic, maddr_t info)
{
	switch (magic) {
	case MB1_BOOT_MAGIC:
		parse_mb1(bi, maddr_to_virt(info));
		break;
	case MB2_BOOT_MAGIC:
		parse_mb2(bi, maddr_to_virt(info));
		break;
	default:
		return false;
	}
	if (bi->efi_system_table && bi->screen.kind == VIDEO_VESA) {
		bi->screen.kind = VIDEO_EFI;
	}
	/* Without a BIOS its data area holds anything. */
	if (!bi->efi_system_table && bi->screen.kind == VIDEO_NONE) {
		read_text_screen(&bi->screen);
	}
	return true;
}
