/* SPDX-License-Identifier: MIT */
/* The steps that turn an empty domain into one about to execute its first instruction. */
#include "build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../libctl/domctl.h"
#include "../libctl/foreign.h"
#include "../libctl/grants.h"
#include "../libctl/memory.h"
#include "guest_memory.h"
#include "layout.h"
#include "xen/start_info.h"

#define RFLAGS_IF (1UL << 9)

/* From so much kernel and ramdisk on, a process of its own is cheaper: a PV kernel takes mappings
 * down with a fault per page while the process lives, and in bulk when it ends. */
#define APART_BYTES (4UL << 20)

struct build {
	struct ctl *ctl;
	const struct build_params *params;
	struct guest_memory memory;
	struct layout layout;
	uint64_t shared_info_mfn;
	bool keep; /* bulk mappings may stay until this process ends */
	struct ctl_error *err;
};

/* The step that failed and its error code. */
static int build_failed(struct build *build, const char *step, int ret)
{
	ctl_error_set(build->err, "build-failed", "cannot build domain %u: %s",
		      build->params->domid, step);
	ctl_error_errno(build->err, ret);
	return ret;
}

static int check_layout(const struct build_params *params, struct layout *layout,
			struct ctl_error *err)
{
	if (strlen(params->cmdline) >= MAX_GUEST_CMDLINE) {
		ctl_error_set(err, "command-line-too-long", "the command line is too long");
		ctl_error_cause(err, "%zu characters, a PV kernel takes at most %d",
				strlen(params->cmdline), MAX_GUEST_CMDLINE - 1);
		return -EINVAL;
	}
	return layout_compute(&params->kernel->info, params->kernel_name, params->memory_kib / 4,
			      params->ramdisk ? params->ramdisk->size : 0, layout, err);
}

int build_check(const struct build_params *params, struct ctl_error *err)
{
	struct layout layout;

	return check_layout(params, &layout, err);
}

static int populate_guest(struct build *build)
{
	const struct build_params *params = build->params;
	uint64_t pages = params->memory_kib / 4;
	int ret = guest_memory_populate(&build->memory, build->ctl, params->domid, pages);

	if (ret == -ENOMEM) {
		ctl_error_set(build->err, "too-little-memory", "not enough free memory");
		ctl_error_number(build->err, "needed_kib", params->memory_kib);
		return ret;
	}
	return ret ? build_failed(build, "giving it memory", ret) : 0;
}

static int load_kernel(struct build *build)
{
	const struct kernel *kernel = build->params->kernel;

	build->memory.keep = build->keep;
	for (unsigned int i = 0; i < kernel->info.segment_count; i++) {
		const struct kernel_segment *segment = &kernel->info.segments[i];
		int ret = guest_memory_load(&build->memory, segment->start, &kernel->image,
					    segment->offset, segment->file_size,
					    segment->mem_size - segment->file_size);

		if (ret) {
			return build_failed(build, "loading the kernel", ret);
		}
	}
	return 0;
}

static int load_ramdisk(struct build *build)
{
	const struct blob *ramdisk = build->params->ramdisk;
	int ret;

	if (!ramdisk || !ramdisk->size) {
		return 0;
	}
	ret = guest_memory_load(&build->memory, build->layout.ramdisk.first << XEN_PAGE_SHIFT,
				ramdisk, 0, ramdisk->size, 0);
	return ret ? build_failed(build, "loading the ramdisk", ret) : 0;
}

static int write_p2m(struct build *build)
{
	int ret = guest_memory_write(&build->memory, build->layout.p2m.first << XEN_PAGE_SHIFT,
				     build->memory.p2m,
				     build->memory.count * sizeof(*build->memory.p2m));

	/* Page tables must not stay mapped writable: they could not be pinned. */
	build->memory.keep = false;
	return ret ? build_failed(build, "writing the p2m", ret) : 0;
}

static int write_start_info(struct build *build)
{
	const struct build_params *params = build->params;
	const struct layout *layout = &build->layout;
	uint64_t *p2m = build->memory.p2m;
	struct start_info *info;
	void *page;
	int ret = guest_memory_map(&build->memory, layout->start_info, 1, &page);

	if (ret) {
		return build_failed(build, "mapping start_info", ret);
	}
	memset(page, 0, XEN_PAGE_SIZE);
	info = page;
	strcpy(info->magic, XEN_START_INFO_MAGIC);
	info->nr_pages = layout->page_count;
	info->shared_info = build->shared_info_mfn << XEN_PAGE_SHIFT;
	info->flags = SIF_VIRT_P2M_4TOOLS;
	info->store_mfn = p2m[layout->store];
	info->store_evtchn = params->store_port;
	info->console.domU.mfn = p2m[layout->console];
	info->console.domU.evtchn = params->console_port;
	info->pt_base = layout_virt(layout, layout->tables.first);
	info->nr_pt_frames = layout->tables.count;
	info->mfn_list = layout->p2m_virt;
	if (layout->ramdisk.count) {
		info->mod_start = layout->ramdisk_mapped
					  ? layout_virt(layout, layout->ramdisk.first)
					  : layout->ramdisk.first;
		info->mod_len = params->ramdisk->size;
		info->flags |= layout->ramdisk_mapped ? 0 : SIF_MOD_START_PFN;
	}
	memcpy(info->cmd_line, params->cmdline, strlen(params->cmdline));
	if (layout->p2m_tables.count) {
		info->first_p2m_pfn = layout->p2m.first;
		info->nr_p2m_frames = layout->p2m.count + layout->p2m_tables.count;
	}
	ctl_foreign_unmap(page, 1);
	return 0;
}

/* Rings start out empty. */
static int clear_rings(struct build *build)
{
	int ret = guest_memory_load(&build->memory, build->layout.store << XEN_PAGE_SHIFT, NULL, 0,
				    0, XEN_PAGE_SIZE);

	if (!ret) {
		ret = guest_memory_load(&build->memory, build->layout.console << XEN_PAGE_SHIFT,
					NULL, 0, 0, XEN_PAGE_SIZE);
	}
	return ret ? build_failed(build, "clearing its rings", ret) : 0;
}

static int write_tables(struct build *build)
{
	const struct layout *layout = &build->layout;
	size_t count = layout->tables.count + layout->p2m_tables.count;
	uint8_t *tables = calloc(count, XEN_PAGE_SIZE);
	uint8_t *p2m_tables;
	int ret;

	if (!tables) {
		return build_failed(build, "making page tables", -ENOMEM);
	}
	p2m_tables = tables + layout->tables.count * XEN_PAGE_SIZE;
	layout_fill_tables(layout, build->memory.p2m, (uint64_t *)tables, (uint64_t *)p2m_tables);
	ret = guest_memory_write(&build->memory, layout->tables.first << XEN_PAGE_SHIFT, tables,
				 layout->tables.count * XEN_PAGE_SIZE);
	if (!ret && layout->p2m_tables.count) {
		ret = guest_memory_write(&build->memory, layout->p2m_tables.first << XEN_PAGE_SHIFT,
					 p2m_tables, layout->p2m_tables.count * XEN_PAGE_SIZE);
	}
	free(tables);
	return ret ? build_failed(build, "writing page tables", ret) : 0;
}

/* Every vCPU starts with events masked. */
static int write_shared_info(struct build *build)
{
	struct shared_info *shared;
	void *page;
	int ret = ctl_foreign_map(build->ctl, build->params->domid, PROT_READ | PROT_WRITE,
				  &build->shared_info_mfn, 1, &page);

	if (ret) {
		return build_failed(build, "mapping shared_info", ret);
	}
	shared = page;
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		shared->vcpu_info[i].evtchn_upcall_mask = 1;
	}
	ctl_foreign_unmap(page, 1);
	return 0;
}

static int fill_hypercall_page(struct build *build)
{
	const struct kernel_info *kernel = &build->params->kernel->info;
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_hypercall_init,
		.domain = build->params->domid,
	};
	int ret;

	if (!kernel->has_hypercall_page) {
		return 0;
	}
	op.u.hypercall_init.gmfn =
		build->memory.p2m[(kernel->hypercall_page - kernel->virt_base) >> XEN_PAGE_SHIFT];
	ret = ctl_domctl(build->ctl, &op);
	return ret ? build_failed(build, "filling its hypercall page", ret) : 0;
}

static int seed_grants(struct build *build)
{
	const struct build_params *params = build->params;
	const uint64_t *p2m = build->memory.p2m;
	const struct ctl_ring store = {p2m[build->layout.store], params->store_domid};
	const struct ctl_ring console = {p2m[build->layout.console], params->console_domid};
	int ret = ctl_grants_seed(build->ctl, params->domid, &store, &console);

	return ret ? build_failed(build, "filling its grant table", ret) : 0;
}

static int start_vcpu(struct build *build)
{
	const struct build_params *params = build->params;
	const struct layout *layout = &build->layout;
	uint64_t root = build->memory.p2m[layout->tables.first];
	struct vcpu_guest_context *context;
	int ret = ctl_pin_l4(build->ctl, params->domid, root);

	if (ret) {
		return build_failed(build, "pinning its page tables", ret);
	}
	context = calloc(1, sizeof(*context));
	if (!context) {
		return build_failed(build, "setting up its first vCPU", -ENOMEM);
	}
	context->flags = VGCF_in_kernel | VGCF_online;
	context->user_regs.rip = params->kernel->info.entry;
	context->user_regs.rsp = layout_virt(layout, layout->stack) + XEN_PAGE_SIZE;
	context->user_regs.rsi = layout_virt(layout, layout->start_info);
	context->user_regs.rflags = RFLAGS_IF;
	context->user_regs.cs = FLAT_KERNEL_CS;
	context->user_regs.ss = FLAT_KERNEL_SS;
	context->kernel_ss = FLAT_KERNEL_SS;
	context->kernel_sp = context->user_regs.rsp;
	context->ctrlreg[3] = xen_pfn_to_cr3(root);
	ret = ctl_vcpu_set_context(build->ctl, params->domid, 0, context);
	free(context);
	return ret ? build_failed(build, "setting up its first vCPU", ret) : 0;
}

/* Properties that cost nothing and must be there before memory comes. */
static int prepare(struct build *build)
{
	const struct build_params *params = build->params;
	struct xen_domctl_getdomaininfo info;
	int ret = ctl_domain_info(build->ctl, params->domid, &info);

	if (ret) {
		return build_failed(build, "looking at it", ret);
	}
	build->shared_info_mfn = info.shared_info_frame;
	ret = ctl_set_memory_map(build->ctl, params->domid, params->maxmem_kib << 10);
	if (ret) {
		return build_failed(build, "describing its memory", ret);
	}
	ret = ctl_domain_set_tsc_mode(build->ctl, params->domid, params->tsc_mode);
	if (ret) {
		return build_failed(build, "choosing its clock", ret);
	}
	ret = ctl_domain_set_address_size(build->ctl, params->domid, 64);
	return ret ? build_failed(build, "choosing 64 bits", ret) : 0;
}

static int (*const steps[])(struct build *build) = {
	prepare,           populate_guest,      load_kernel,      load_ramdisk,
	write_p2m,         clear_rings,         write_start_info, write_tables,
	write_shared_info, fill_hypercall_page, seed_grants,      start_vcpu,
};

static int build_here(struct ctl *ctl, const struct build_params *params, bool keep,
		      struct build_result *result, struct ctl_error *err)
{
	struct build build = {.ctl = ctl, .params = params, .keep = keep, .err = err};
	int ret = check_layout(params, &build.layout, err);

	for (size_t i = 0; !ret && i < sizeof(steps) / sizeof(steps[0]); i++) {
		ret = steps[i](&build);
	}
	if (!ret) {
		result->store_mfn = build.memory.p2m[build.layout.store];
		result->console_mfn = build.memory.p2m[build.layout.console];
	}
	guest_memory_free(&build.memory);
	return ret;
}

/* What the process that builds tells the one that waits. */
struct outcome {
	int ret;
	struct build_result result;
	struct ctl_error err;
};

/* Never returns. The parent's handle has memory that a fork does not copy. */
static void build_process(const struct build_params *params, struct outcome *outcome)
{
	struct ctl *ctl;
	int ret = ctl_open(&ctl);

	if (ret) {
		ctl_error_set(&outcome->err, "build-failed", "cannot build domain %u",
			      params->domid);
		ctl_error_errno(&outcome->err, ret);
	} else {
		ret = build_here(ctl, params, true, &outcome->result, &outcome->err);
	}
	outcome->ret = ret;
	_exit(EXIT_SUCCESS);
}

static int build_apart(const struct build_params *params, struct build_result *result,
		       struct ctl_error *err)
{
	struct outcome *outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = -1;
	int status, ret;

	if (outcome != MAP_FAILED) {
		outcome->ret = -ECHILD;
		pid = fork();
	}
	if (!pid) {
		build_process(params, outcome);
	}
	if (pid < 0) {
		ret = -errno;
		ctl_error_set(err, "build-failed", "cannot build domain %u", params->domid);
		ctl_error_errno(err, ret);
	} else {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
		}
		ret = outcome->ret;
		*result = outcome->result;
		*err = outcome->err;
		if (ret == -ECHILD) {
			ctl_error_set(err, "build-failed", "cannot build domain %u", params->domid);
			ctl_error_cause(err, "the process that did was killed");
		}
	}
	if (outcome != MAP_FAILED) {
		munmap(outcome, sizeof(*outcome));
	}
	return ret;
}

int build_domain(struct ctl *ctl, const struct build_params *params, struct build_result *result,
		 struct ctl_error *err)
{
	const struct kernel_info *kernel = &params->kernel->info;
	uint64_t bytes =
		kernel->end - kernel->start + (params->ramdisk ? params->ramdisk->size : 0);

	return bytes < APART_BYTES ? build_here(ctl, params, false, result, err)
				   : build_apart(params, result, err);
}
