/* SPDX-License-Identifier: MIT */
/* Multiboot 1 and 2 information. */
#ifndef ARGON_BOOT_MULTIBOOT_H
#define ARGON_BOOT_MULTIBOOT_H

#include "mm/boot_info.h"

/* Fills bi (image_start is known) from the loader's structures; false if magic is neither's. */
bool multiboot_parse(struct boot_info *bi, uint32_t magic, maddr_t info);
/* First C function after boot/start.S; load: where the image lies. */
void start_multiboot(uint32_t magic, uint32_t info, uint32_t load) __attribute__((noreturn));

#endif
