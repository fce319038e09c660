/* SPDX-License-Identifier: MIT */
/* What a PV kernel's ELF file says about itself: where it loads and what its Xen notes ask for. */
#ifndef DOM0_TOOLS_LIBBUILD_ELF_H
#define DOM0_TOOLS_LIBBUILD_ELF_H

#include <stdbool.h>

#include "../libctl/error.h"
#include "blob.h"

#define KERNEL_MAX_SEGMENTS 16

/* Nothing of a kernel lies above this pseudo-physical address. */
#define KERNEL_MAX_END (64UL << 30)

struct kernel_segment {
	uint64_t offset;    /* in the file */
	uint64_t file_size; /* bytes taken from there */
	uint64_t start;     /* pseudo-physical address */
	uint64_t mem_size;  /* at least file_size; the rest is zero */
};

struct kernel_info {
	struct kernel_segment segments[KERNEL_MAX_SEGMENTS];
	unsigned int segment_count;
	uint64_t start;     /* lowest pseudo-physical address used */
	uint64_t end;       /* first one behind the kernel */
	uint64_t virt_base; /* virtual address of pseudo-physical 0, page aligned */
	uint64_t entry;     /* virtual */
	bool has_hypercall_page;
	uint64_t hypercall_page; /* virtual, page aligned, inside the kernel */
	bool has_init_p2m;
	uint64_t init_p2m;  /* virtual address the p2m is wanted at, page aligned */
	bool mod_start_pfn; /* an unmapped ramdisk is understood */
	bool dom0;          /* declares that it can be a control domain */
	char guest_os[32];
	char guest_version[32];
};

/*
 * Reads and checks headers and notes. -EINVAL (*err: "not-a-pv-kernel", "bad-kernel-image") when
 * the file is something else, lies about its sizes or asks for the impossible; `name` is for the
 * message.
 */
int elf_parse(const struct blob *image, const char *name, struct kernel_info *info,
	      struct ctl_error *err);

#endif
