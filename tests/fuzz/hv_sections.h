/* SPDX-License-Identifier: MIT */
/* Included first in every file of the hypervisor: its variables go together, to be copied. */
#pragma clang section bss = "hvbss" data = "hvdata"
