/* SPDX-License-Identifier: MIT */
/* From boot_info to a running dom0. */
#ifndef ARGON_BOOT_MAIN_H
#define ARGON_BOOT_MAIN_H

#include "mm/boot_info.h"

/* bi: memory map, modules and image place filled in; on the first stack. */
void start_hypervisor(struct boot_info *bi) __attribute__((noreturn));

/* The end of start-up: gives boot memory back and becomes the idle loop. */
void start_finish(void) __attribute__((noreturn));

#endif
