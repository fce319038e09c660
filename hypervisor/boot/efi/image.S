/* SPDX-License-Identifier: MIT */
/* The flat image that the application carries. */
#include "wrap.h"

	.section .rodata, "a"
	.balign 16
	.globl argon_image, argon_image_end, argon_memory_bytes, argon_entry_offset
argon_image:
	.incbin "build/hypervisor/argon.bin"
argon_image_end:
	.balign 4
argon_memory_bytes:
	.long __image_size
argon_entry_offset:
	.long __start_offset

	.section .note.GNU-stack, "", @progbits
