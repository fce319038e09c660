/* SPDX-License-Identifier: MIT */
/* Dom0: its kernel unpacked, the domain created and set going. */
#ifndef ARGON_BOOT_DOM0_H
#define ARGON_BOOT_DOM0_H

struct boot_info;

/* Before mm_init: unpacks the kernel module into boot memory. Panics. */
void dom0_unpack(struct boot_info *bi);
/* After everything else: creates dom0 (paused), gives boot modules' memory back. */
void dom0_create(struct boot_info *bi);
/* Lets it run. */
void dom0_start(void);

#endif
