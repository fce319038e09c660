/* SPDX-License-Identifier: MIT */
/* Builds dom0 from its kernel: memory, page tables, start information. */
#ifndef ARGON_PV_DOM0_BUILD_H
#define ARGON_PV_DOM0_BUILD_H

#include "lib/types.h"

struct boot_screen;
struct domain;
struct vcpu;

struct dom0_image {
	const void *kernel; /* the unpacked ELF image */
	size_t kernel_size;
	maddr_t initrd;       /* its frames become dom0's where they are whole */
	uint64_t initrd_size; /* 0: none */
	const char *cmdline;
	const struct boot_screen *screen;
	int64_t mem_size, mem_min, mem_max; /* bytes as in dom0_mem=, 0: not given */
};

/*
 * Gives d its memory, loads the kernel, and makes v0 ready to run; d is new
 * and nothing runs yet.  0, -EINVAL or -ENOMEM, the reason logged.
 */
int pv_build_dom0(struct domain *d, struct vcpu *v0, const struct dom0_image *image);

#endif
