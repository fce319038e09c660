/* SPDX-License-Identifier: MIT */
/* Any bytes as a guest's kernel. What is accepted must fit into its file and into a layout. */
#include <stdlib.h>

#include "../../dom0-tools/libbuild/kernel.h"
#include "../../dom0-tools/libbuild/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segments(const struct kernel *kernel)
{
	const struct kernel_info *info = &kernel->info;

	for (unsigned int i = 0; i < info->segment_count; i++) {
		const struct kernel_segment *segment = &info->segments[i];
		uint8_t byte;

		if (segment->file_size > segment->mem_size ||
		    segment->start + segment->mem_size > info->end ||
		    segment->start < info->start || info->end > KERNEL_MAX_END) {
			abort();
		}
		if (segment->file_size &&
		    blob_read(&kernel->image, segment->offset + segment->file_size - 1, &byte, 1)) {
			abort();
		}
	}
}

static void check_layout(const struct kernel *kernel, uint64_t pages, uint64_t ramdisk)
{
	struct layout layout;
	struct ctl_error err;

	if (layout_compute(&kernel->info, "FUZZ", pages, ramdisk, &layout, &err)) {
		if (!err.id[0]) {
			abort();
		}
		return;
	}
	if (layout.needed > pages || layout.mapped > pages || layout.stack >= layout.mapped ||
	    layout.kernel.first + layout.kernel.count > pages ||
	    layout.tables.first + layout.tables.count > layout.mapped ||
	    layout.ramdisk.first + layout.ramdisk.count > pages ||
	    layout.p2m.first + layout.p2m.count > pages ||
	    layout.p2m_tables.first + layout.p2m_tables.count > pages) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel kernel;
	struct ctl_error err;

	if (kernel_open_memory(data, size, "FUZZ", &kernel, &err)) {
		if (!err.id[0] || !err.cause[0]) {
			abort();
		}
		return 0;
	}
	check_segments(&kernel);
	check_layout(&kernel, 1, 0);
	check_layout(&kernel, 5000, 12345);
	check_layout(&kernel, 1UL << 18, 30UL << 20);
	check_layout(&kernel, ~0UL, ~0UL);
	kernel_close(&kernel);
	return 0;
}
