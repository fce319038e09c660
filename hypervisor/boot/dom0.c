/* SPDX-License-Identifier: MIT */
/* Creating dom0 from the boot modules. */
#include "boot/dom0.h"

#include <asm/directmap.h>

#include "arch/cpu.h"
#include "arch/time.h"
#include "boot/unpack/unpack.h"
#include "core/domain.h"
#include "core/domctl.h"
#include "lib/bug.h"
#include "lib/options.h"
#include "lib/printk.h"
#include "mm/boot_info.h"
#include "mm/page.h"
#include "pv/dom0_build.h"

#define DOM0_MAX_PORT 131071U /* what FIFO event channels can name */

static void *kernel_elf __initdata;
static size_t kernel_bytes __initdata;
static uint64_t kernel_room __initdata; /* to be given back */

void __init dom0_unpack(struct boot_info *bi)
{
	const struct boot_module *m = &bi->module[0];

	if (!bi->module_count) {
		panic("dom0_unpack: no kernel for dom0: give the loader one as the first module");
	}
	if (kernel_unpack(bi, maddr_to_virt(m->start), m->size, &kernel_elf, &kernel_bytes,
			  &kernel_room)) {
		panic("dom0_unpack: the first module cannot be dom0's kernel");
	}
}

static void __init create_vcpus(struct domain *d)
{
	for (unsigned int i = 0; i < d->max_vcpus; i++) {
		if (!vcpu_create(d, i)) {
			panic("dom0_create: no memory for vCPU %u", i);
		}
	}
}

static void __init build(struct boot_info *bi, struct domain *d)
{
	const struct dom0_image image = {
		.kernel = kernel_elf,
		.kernel_size = kernel_bytes,
		.initrd = bi->module_count > 1 ? bi->module[1].start : 0,
		.initrd_size = bi->module_count > 1 ? bi->module[1].size : 0,
		.cmdline = bi->module[0].args,
		.screen = &bi->screen,
		.mem_size = options.dom0_mem.size,
		.mem_min = options.dom0_mem.min,
		.mem_max = options.dom0_mem.max,
	};
	int rc = pv_build_dom0(d, d->vcpu[0], &image);

	if (rc) {
		panic("dom0_create: building dom0 fails with %d", rc);
	}
}

static void __init free_range(maddr_t start, uint64_t bytes)
{
	/* Only whole pages; the ends may share theirs with others. */
	maddr_t from = ROUND_UP(start, PAGE_SIZE), to = ROUND_DOWN(start + bytes, PAGE_SIZE);

	if (from < to) {
		frames_free_range(from, to);
	}
}

static unsigned int __init bounded(const char *name, unsigned int value, unsigned int min,
				   unsigned int max)
{
	unsigned int to = MAX(min, MIN(value, max));

	if (to != value) {
		log_warn("%s=%u: %u to %u are possible, taken as %u\n", name, value, min, max, to);
	}
	return to;
}

void __init dom0_create(struct boot_info *bi)
{
	struct domain_params params = {
		.max_vcpus = options.dom0_max_vcpus ? options.dom0_max_vcpus : cpu_count,
		.max_evtchn_port = DOM0_MAX_PORT,
		.max_grant_frames = bounded("gnttab_max_frames", options.gnttab_max_frames, 1,
					    GRANT_FRAMES_LIMIT),
		.max_maptrack_frames = bounded("gnttab_max_maptrack_frames",
					       options.gnttab_max_maptrack_frames, 0,
					       MAPTRACK_FRAMES_LIMIT),
		.grant_version_max = options.gnttab_version,
		.is_privileged = true,
	};
	int rc;

	domain_defaults.max_grant_frames = params.max_grant_frames;
	domain_defaults.max_maptrack_frames = params.max_maptrack_frames;
	params.max_vcpus = MIN(params.max_vcpus, (unsigned int)MAX_VCPUS);
	dom0 = domain_create(DOM0_ID, &params, &rc);
	if (!dom0) {
		panic("dom0_create: creating the domain fails with %d", rc);
	}
	create_vcpus(dom0);
	build(bi, dom0);
	/* The initrd's frames are dom0's now. */
	free_range(bi->module[0].start, bi->module[0].size);
	if (kernel_room) {
		free_range(virt_to_maddr(kernel_elf), kernel_room);
	}
	for (unsigned int i = 2; i < bi->module_count; i++) {
		free_range(bi->module[i].start, bi->module[i].size);
	}
}

void __init dom0_start(void)
{
	log_info("dom0 starts: %u vCPUs, %lu MiB, %lu ms after the processor's reset",
		 dom0->max_vcpus, dom0->tot_pages >> 8, tsc_read() / cpu_khz);
	dom0->creation_finished = true;
	dom0->ctrl_pause_count = 0; /* here we are its toolstack */
	__atomic_fetch_and(&dom0->vcpu[0]->blocked, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST);
	domain_unpause(dom0);
}
