/* SPDX-License-Identifier: MIT */
/* Any bytes as dom0's kernel: what the parser lets through lies in the file. */
#include <stdlib.h>
#include <string.h>

#include "pv/dom0_build_elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *image = malloc(size ? size : 1); /* its end is watched */
	struct pv_kernel k;

	memcpy(image, data, size);
	if (!pv_kernel_parse(&k, image, size)) {
		for (unsigned int i = 0; i < k.segment_count; i++) {
			const struct elf_segment *s = &k.segment[i];
			const uint8_t *bytes = s->data;

			if (s->file_size) {
				sink = bytes[0] ^ bytes[s->file_size - 1];
			}
			if (s->file_size > s->mem_size || s->va < k.start ||
			    s->va + s->mem_size > k.end || k.start < k.virt_base) {
				abort();
			}
		}
	}
	free(image);
	return 0;
}
