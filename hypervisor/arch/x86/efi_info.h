/* SPDX-License-Identifier: MIT */
/* What dom0 may ask about EFI firmware. */
#ifndef ARGON_X86_EFI_INFO_H
#define ARGON_X86_EFI_INFO_H

#include "lib/types.h"

/* Notes what the system table at this machine address says; 0: no EFI. */
void efi_info_init(maddr_t system_table);

#endif
