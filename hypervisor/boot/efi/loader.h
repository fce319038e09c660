/* SPDX-License-Identifier: MIT */
/*
 * argon.efi: a small EFI application that carries the image, loads dom0's
 * kernel and initrd named in a configuration file beside it, and starts the
 * image as a Multiboot2 loader would.
 */
#ifndef ARGON_BOOT_EFI_LOADER_H
#define ARGON_BOOT_EFI_LOADER_H

#include <efi.h>

/* All that the image is to see lies below: its first code runs in 32-bit mode. */
#define BELOW_4G 0xffffffffUL

/* Prints what failed and why, and does not return but to the firmware. */
void fail(const CHAR16 *what, const CHAR16 *which, EFI_STATUS why) __attribute__((noreturn));

/* Pages of EfiLoaderData below 4 GiB, zeroed. */
void *pages_below_4g(UINTN bytes);

/* A file in memory. */
struct file {
	CHAR8 *data;
	UINTN bytes;
};
/*
 * Reads a file from the directory that argon.efi was started from (or, with
 * a leading backslash, from its volume); one more byte, 0, follows the data.
 * Fails unless missing_ok.
 */
void file_open_home(EFI_LOADED_IMAGE *image);
BOOLEAN file_read(const CHAR16 *name, struct file *f, BOOLEAN missing_ok);
/* argon.cfg for argon.efi: the program's own name, other extension. */
const CHAR16 *file_config_name(EFI_LOADED_IMAGE *image);

/* What the configuration's chosen section says; strings end with 0. */
struct config {
	const CHAR8 *options; /* for Argon */
	const CHAR8 *kernel, *kernel_args;
	const CHAR8 *ramdisk; /* NULL: none */
};
/*
 * Parses "[section]" and "key=value" lines; default= in [global] names the
 * section.  The text is changed in place.
 */
void config_parse(struct file *text, struct config *c);

/* Builds the Multiboot2 information up to the memory map. */
struct boot_parts {
	const CHAR8 *options;
	struct file kernel, ramdisk;
	const CHAR8 *kernel_args;
};
void info_build(const struct boot_parts *parts);
/* Leaves the firmware, appends the memory map; returns the information's address. */
void *info_finish(EFI_HANDLE self);

/* handoff.S: position-independent code that enters the image. */
extern UINT8 handoff_start[], handoff_end[];
typedef void (*handoff_fn)(UINTN entry, void *info);

#endif
