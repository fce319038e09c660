/* SPDX-License-Identifier: MIT */
/* The flat 64-bit image as the only segment of a 32-bit ELF file. */
#include "wrap.h"

	.section .image, "awx"
	.balign 64		/* headers are looked for on multiples of 8 in the file */
	.globl image_entry
	.set image_entry, image + __start_offset
image:
	.incbin "build/hypervisor/argon.bin"
	.set image_file_size, . - image
	/* The rest is BSS: memory that loaders clear, not bytes of the file. */
	.section .imagebss, "aw", @nobits
	.skip __image_size - image_file_size
