/* SPDX-License-Identifier: MIT */
/* Files on the volume that the application was started from. */
#include "loader.h"

#include <efilib.h>

#define PATH_MAX 512

static EFI_FILE_HANDLE root;
static CHAR16 home[PATH_MAX]; /* ends with a backslash */
static CHAR16 config_name[PATH_MAX];

/* The path that firmware started, from the loaded image's device path. */
static CHAR16 *own_path(EFI_LOADED_IMAGE *image)
{
	CHAR16 *path = DevicePathToStr(image->FilePath);

	if (!path) {
		fail(L"cannot find", L"its own path", EFI_NOT_FOUND);
	}
	for (UINTN i = 0; path[i]; i++) {
		if (path[i] == '/') {
			path[i] = '\\';
		}
	}
	return path;
}

void file_open_home(EFI_LOADED_IMAGE *image)
{
	CHAR16 *path = own_path(image);
	UINTN length = StrLen(path), slash = 0;

	root = LibOpenRoot(image->DeviceHandle);
	if (!root || length >= PATH_MAX) {
		fail(L"cannot open", L"the volume it is on", EFI_NOT_FOUND);
	}
	for (UINTN i = 0; i < length; i++) {
		home[i] = path[i];
		if (path[i] == '\\') {
			slash = i;
		}
	}
	home[slash] = '\\';
	home[slash + 1] = 0;
	FreePool(path);
}

const CHAR16 *file_config_name(EFI_LOADED_IMAGE *image)
{
	CHAR16 *path = own_path(image);
	UINTN start = 0, length = StrLen(path), n;

	for (UINTN i = 0; i < length; i++) {
		if (path[i] == '\\') {
			start = i + 1;
		}
	}
	n = length - start;
	for (UINTN i = 0; i <= n; i++) {
		config_name[i] = path[start + i];
	}
	if (n > 4 && config_name[n - 4] == '.') {
		config_name[n - 3] = 'c';
		config_name[n - 2] = 'f';
		config_name[n - 1] = 'g';
	}
	FreePool(path);
	return config_name;
}

static EFI_FILE_HANDLE open(const CHAR16 *name, EFI_STATUS *s)
{
	CHAR16 path[PATH_MAX * 2];
	EFI_FILE_HANDLE file;

	path[0] = 0;
	if (name[0] != '\\') {
		StrCpy(path, home);
	}
	StrCat(path, name);
	*s = uefi_call_wrapper(root->Open, 5, root, &file, path, EFI_FILE_MODE_READ, 0);
	return EFI_ERROR(*s) ? NULL : file;
}

BOOLEAN file_read(const CHAR16 *name, struct file *f, BOOLEAN missing_ok)
{
	EFI_FILE_INFO *info;
	EFI_FILE_HANDLE file;
	EFI_STATUS s;
	UINTN n;

	file = StrLen(name) < PATH_MAX ? open(name, &s) : NULL;
	if (!file) {
		if (missing_ok) {
			return FALSE;
		}
		fail(L"cannot open", name, s);
	}
	info = LibFileInfo(file);
	if (!info || info->FileSize > BELOW_4G / 2) {
		fail(L"cannot take the size of", name, EFI_BAD_BUFFER_SIZE);
	}
	f->bytes = info->FileSize;
	f->data = pages_below_4g(f->bytes + 1);
	n = f->bytes;
	s = uefi_call_wrapper(file->Read, 3, file, &n, f->data);
	if (EFI_ERROR(s) || n != f->bytes) {
		fail(L"cannot read", name, EFI_ERROR(s) ? s : EFI_END_OF_FILE);
	}
	FreePool(info);
	uefi_call_wrapper(file->Close, 1, file);
	return TRUE;
}
