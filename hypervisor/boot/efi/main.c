/* SPDX-License-Identifier: MIT */
/* The application's course: configuration, files, image, handing over. */
#include "loader.h"

#include <efilib.h>

/* The flat image and where its 32-bit entry is (image.S). */
extern const UINT8 argon_image[], argon_image_end[];
extern const UINT32 argon_memory_bytes, argon_entry_offset;

static EFI_HANDLE own_handle;

void fail(const CHAR16 *what, const CHAR16 *which, EFI_STATUS why)
{
	Print(L"argon.efi: %s %s: %r\n", what, which, why);
	uefi_call_wrapper(BS->Stall, 1, 5000000);
	uefi_call_wrapper(BS->Exit, 4, own_handle, why, 0, NULL);
	for (;;) {
	}
}

void *pages_below_4g(UINTN bytes)
{
	EFI_PHYSICAL_ADDRESS address = BELOW_4G;
	UINTN pages = EFI_SIZE_TO_PAGES(bytes);
	EFI_STATUS s = uefi_call_wrapper(BS->AllocatePages, 4, AllocateMaxAddress, EfiLoaderData,
					 pages, &address);

	if (EFI_ERROR(s)) {
		fail(L"no memory below 4 GiB for", L"the image and its files", s);
	}
	ZeroMem((void *)address, pages * EFI_PAGE_SIZE);
	return (void *)address;
}

static void to_wide(CHAR16 *to, UINTN room, const CHAR8 *from)
{
	UINTN i = 0;

	for (; from[i] && i < room - 1; i++) {
		to[i] = from[i] == '/' ? '\\' : from[i];
	}
	to[i] = 0;
}

static void load(const CHAR8 *name, struct file *f)
{
	CHAR16 wide[256];

	to_wide(wide, sizeof(wide) / sizeof(wide[0]), name);
	Print(L"argon.efi: %s", wide);
	file_read(wide, f, FALSE);
	Print(L", %ld KiB\n", f->bytes / 1024);
}

/* Nothing of the firmware may be called from the memory map on. */
static void enter(EFI_HANDLE self)
{
	UINT8 *image = pages_below_4g(argon_memory_bytes), *code = pages_below_4g(EFI_PAGE_SIZE);
	void *info;

	CopyMem(image, argon_image, argon_image_end - argon_image);
	CopyMem(code, handoff_start, handoff_end - handoff_start);
	info = info_finish(self);
	((handoff_fn)code)((UINTN)image + argon_entry_offset, info);
}

EFI_STATUS efi_main(EFI_HANDLE self, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE self, EFI_SYSTEM_TABLE *system)
{
	struct boot_parts parts = {0};
	struct config config;
	struct file text;
	EFI_LOADED_IMAGE *image;
	EFI_STATUS s;

	own_handle = self;
	InitializeLib(self, system);
	s = uefi_call_wrapper(BS->HandleProtocol, 3, self, &LoadedImageProtocol, (void **)&image);
	if (EFI_ERROR(s)) {
		fail(L"cannot find", L"its own image", s);
	}
	file_open_home(image);
	if (!file_read(file_config_name(image), &text, TRUE)) {
		file_read(L"argon.cfg", &text, FALSE);
	}
	config_parse(&text, &config);
	parts.options = config.options;
	parts.kernel_args = config.kernel_args;
	load(config.kernel, &parts.kernel);
	if (config.ramdisk) {
		load(config.ramdisk, &parts.ramdisk);
	}
	info_build(&parts);
	enter(self);
	return EFI_LOAD_ERROR;
}
