/* SPDX-License-Identifier: MIT */
/* A guest kernel ready to load: whatever the file is, an ELF image and what it says. */
#ifndef DOM0_TOOLS_LIBBUILD_KERNEL_H
#define DOM0_TOOLS_LIBBUILD_KERNEL_H

#include "blob.h"
#include "elf.h"

struct kernel {
	struct blob image; /* the unpacked ELF file */
	struct kernel_info info;
};

/*
 * Opens a bzImage, a compressed or a plain ELF file. Unpacked images are kept in `cache_dir`
 * (NULL: not at all). -errno and *err otherwise: "no-such-kernel", "bad-kernel-image",
 * "not-a-pv-kernel".
 */
int kernel_open(const char *path, const char *cache_dir, struct kernel *kernel,
		struct ctl_error *err);
void kernel_close(struct kernel *kernel);

/* The same from memory, without a cache; `name` is for messages. The fuzz target's way in. */
int kernel_open_memory(const void *data, size_t len, const char *name, struct kernel *kernel,
		       struct ctl_error *err);

#endif
