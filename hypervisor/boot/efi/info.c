/* SPDX-License-Identifier: MIT */
/*
 * The Multiboot2 information for the image (Multiboot2 2.0, section 3.6).
 * Firmware's memory types become those of BIOS memory maps (UEFI 2.9, 15.3).
 */
#include "loader.h"

#include <efilib.h>

#define INFO_BYTES 65536U
#define MAP_SLACK 8192U /* the map may grow by being asked for */

enum tag_type {
	TAG_END,
	TAG_CMDLINE,
	TAG_LOADER,
	TAG_MODULE,
	TAG_MMAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI64 = 12,
	TAG_ACPI_NEW = 15
};
enum e820_type { E820_RAM = 1, E820_RESERVED, E820_ACPI, E820_NVS, E820_UNUSABLE };

static UINT8 *info; /* 8 bytes: total size, 0; then tags */
static UINT32 used;

static void *tag_add(enum tag_type type, UINT32 payload)
{
	UINT32 *tag = (UINT32 *)(info + used);

	if (used + payload + 16 > INFO_BYTES) {
		fail(L"too much", L"boot information", EFI_BUFFER_TOO_SMALL);
	}
	tag[0] = type;
	tag[1] = payload + 8;
	used += (payload + 8 + 7) & ~7U;
	*(UINT32 *)info = used;
	return tag + 2;
}

static void add_string(enum tag_type type, const CHAR8 *text)
{
	UINT32 n = (UINT32)strlena(text) + 1;

	CopyMem(tag_add(type, n), text, n);
}

static void add_module(const struct file *f, const CHAR8 *args)
{
	UINT32 n = (UINT32)strlena(args) + 1;
	UINT32 *m = tag_add(TAG_MODULE, 8 + n);

	m[0] = (UINT32)(UINTN)f->data;
	m[1] = (UINT32)((UINTN)f->data + f->bytes);
	CopyMem(m + 2, args, n);
}

static void add_rsdp(void)
{
	EFI_GUID guid = ACPI_20_TABLE_GUID;
	void *rsdp;

	if (!EFI_ERROR(LibGetSystemConfigurationTable(&guid, &rsdp))) {
		CopyMem(tag_add(TAG_ACPI_NEW, 36), rsdp, 36);
	}
}

/* Position and width of a mask of adjacent bits. */
static void add_field(UINT8 *at, UINT32 mask)
{
	for (at[0] = 0; mask && !(mask & 1); mask >>= 1) {
		at[0]++;
	}
	for (at[1] = 0; mask & 1; mask >>= 1) {
		at[1]++;
	}
}

static void add_framebuffer(void)
{
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	EFI_GRAPHICS_OUTPUT_PROTOCOL *gop;
	EFI_PIXEL_BITMASK masks = {0x000000ff, 0x0000ff00, 0x00ff0000, 0xff000000};
	UINT8 *f;
	UINT32 *w;

	if (EFI_ERROR(LibLocateProtocol(&guid, (void **)&gop)) || !gop->Mode ||
	    !gop->Mode->FrameBufferBase) {
		return;
	}
	switch (gop->Mode->Info->PixelFormat) {
	case PixelRedGreenBlueReserved8BitPerColor:
		break;
	case PixelBlueGreenRedReserved8BitPerColor:
		masks.RedMask = 0x00ff0000;
		masks.BlueMask = 0x000000ff;
		break;
	case PixelBitMask:
		masks = gop->Mode->Info->PixelInformation;
		break;
	default:
		return;
	}
	f = tag_add(TAG_FRAMEBUFFER, 30);
	w = (UINT32 *)f;
	*(UINT64 *)f = gop->Mode->FrameBufferBase;
	w[2] = gop->Mode->Info->PixelsPerScanLine * 4;
	w[3] = gop->Mode->Info->HorizontalResolution;
	w[4] = gop->Mode->Info->VerticalResolution;
	f[20] = 32;
	f[21] = 1; /* direct colour */
	add_field(f + 24, masks.RedMask);
	add_field(f + 26, masks.GreenMask);
	add_field(f + 28, masks.BlueMask);
}

void info_build(const struct boot_parts *parts)
{
	info = pages_below_4g(INFO_BYTES);
	used = 8;
	add_string(TAG_LOADER, (const CHAR8 *)"argon.efi");
	add_string(TAG_CMDLINE, parts->options);
	add_module(&parts->kernel, parts->kernel_args);
	if (parts->ramdisk.data) {
		add_module(&parts->ramdisk, (const CHAR8 *)"");
	}
	add_rsdp();
	add_framebuffer();
	*(UINT64 *)tag_add(TAG_EFI64, 8) = (UINTN)ST;
}

static UINT32 e820_type(UINT32 efi)
{
	switch (efi) {
	case EfiLoaderCode:
	case EfiLoaderData:
	case EfiBootServicesCode:
	case EfiBootServicesData:
	case EfiConventionalMemory:
		return E820_RAM;
	case EfiACPIReclaimMemory:
		return E820_ACPI;
	case EfiACPIMemoryNVS:
		return E820_NVS;
	case EfiUnusableMemory:
		return E820_UNUSABLE;
	default:
		return E820_RESERVED;
	}
}

/* Neighbours of one type are joined: firmware's maps are long. */
static void add_map(const UINT8 *map, UINTN bytes, UINTN entry)
{
	UINT32 *head = (UINT32 *)(info + used), n = 0;
	struct {
		UINT64 start, length;
		UINT32 type, zero;
	} *out = (void *)(head + 4);
	UINT32 room = (INFO_BYTES - used - 32) / sizeof(*out);

	for (UINTN at = 0; at + entry <= bytes; at += entry) {
		const EFI_MEMORY_DESCRIPTOR *d = (const void *)(map + at);
		UINT64 length = d->NumberOfPages * EFI_PAGE_SIZE;
		UINT32 type = e820_type(d->Type);

		if (n && out[n - 1].type == type &&
		    out[n - 1].start + out[n - 1].length == d->PhysicalStart) {
			out[n - 1].length += length;
		} else if (n < room) {
			out[n].start = d->PhysicalStart;
			out[n].length = length;
			out[n].type = type;
			out[n++].zero = 0;
		}
	}
	head[0] = TAG_MMAP;
	head[1] = 16 + n * (UINT32)sizeof(*out);
	head[2] = sizeof(*out);
	head[3] = 0;
	used += (head[1] + 7) & ~7U;
	((UINT32 *)(info + used))[0] = TAG_END;
	((UINT32 *)(info + used))[1] = 8;
	*(UINT32 *)info = used + 8;
}

void *info_finish(EFI_HANDLE self)
{
	UINTN bytes = 0, key, entry;
	UINT32 version;
	EFI_MEMORY_DESCRIPTOR *map;
	EFI_STATUS s;

	uefi_call_wrapper(BS->GetMemoryMap, 5, &bytes, NULL, &key, &entry, &version);
	bytes += MAP_SLACK;
	map = pages_below_4g(bytes);
	/* An event may change the map between the two calls: try again once. */
	for (UINTN try = 0;; try++) {
		UINTN now = bytes;

		s = uefi_call_wrapper(BS->GetMemoryMap, 5, &now, map, &key, &entry, &version);
		if (!EFI_ERROR(s)) {
			s = uefi_call_wrapper(BS->ExitBootServices, 2, self, key);
		}
		if (!EFI_ERROR(s)) {
			add_map((const UINT8 *)map, now, entry);
			return info;
		}
		if (try == 1) {
			fail(L"the firmware does not let go of", L"the machine", s);
		}
	}
}
