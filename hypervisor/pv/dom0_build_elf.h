/* SPDX-License-Identifier: MIT */
/* What the dom0 builder needs to know of a PV kernel's ELF file. */
#ifndef ARGON_PV_DOM0_BUILD_ELF_H
#define ARGON_PV_DOM0_BUILD_ELF_H

#include "lib/types.h"

#define ELF_SEGMENTS_MAX 16
#define NOT_GIVEN (~0ULL)

struct elf_segment {
	const void *data; /* file_size bytes */
	uint64_t file_size;
	uint64_t mem_size; /* >= file_size; the rest is zero */
	uint64_t va;       /* where it goes in the initial mapping */
};

/* A kernel, checked: every segment lies in the file and in [start, end). */
struct pv_kernel {
	uint64_t entry;
	uint64_t virt_base;      /* virtual address of pfn 0 */
	uint64_t p2m_base;       /* where it wants the p2m, or NOT_GIVEN */
	uint64_t hypercall_page; /* to be filled, or NOT_GIVEN */
	bool initrd_by_pfn;      /* the initrd need not be mapped */
	uint64_t start, end;     /* virtual addresses its segments cover */
	struct elf_segment segment[ELF_SEGMENTS_MAX];
	unsigned int segment_count;
};

/* Reads the ELF headers and notes of an image; -EINVAL, the reason logged. */
int pv_kernel_parse(struct pv_kernel *k, const void *image, size_t size);

#endif
