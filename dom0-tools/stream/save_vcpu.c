/* SPDX-License-Identifier: MIT */
/* What a guest's processors look like to it, and the state they are in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "save.h"
#include "vcpu.h"

int saver_write_policy(struct saver *s)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_get_cpu_policy, .domain = s->domid};
	size_t leaves_size = POLICY_LEAVES_MAX * sizeof(struct xen_cpuid_leaf);
	size_t msrs_size = POLICY_MSRS_MAX * sizeof(struct xen_msr_entry);
	uint8_t *buffer = ctl_buffer_alloc(s->ctl, leaves_size + msrs_size);
	int ret;

	if (!buffer) {
		return save_failed(s, "reading its CPU policy", -ENOMEM);
	}
	op.u.cpu_policy.nr_leaves = POLICY_LEAVES_MAX;
	op.u.cpu_policy.leaves = (uintptr_t)buffer;
	op.u.cpu_policy.nr_msrs = POLICY_MSRS_MAX;
	op.u.cpu_policy.msrs = (uintptr_t)buffer + leaves_size;
	ret = ctl_domctl(s->ctl, &op);
	if (ret) {
		save_failed(s, "reading its CPU policy", ret);
	} else {
		ret = record_write(s->file, REC_TYPE_X86_CPUID_POLICY, buffer,
				   op.u.cpu_policy.nr_leaves * sizeof(struct xen_cpuid_leaf), NULL,
				   0, s->err);
	}
	if (!ret) {
		ret = record_write(s->file, REC_TYPE_X86_MSR_POLICY, buffer + leaves_size,
				   op.u.cpu_policy.nr_msrs * sizeof(struct xen_msr_entry), NULL, 0,
				   s->err);
	}
	ctl_buffer_free(s->ctl, buffer, leaves_size + msrs_size);
	return ret;
}

static int not_own(struct saver *s, unsigned int id, const char *what)
{
	ctl_error_set(s->err, "save-failed", "cannot save domain %u", s->domid);
	ctl_error_cause(s->err, "%s of vCPU %u is not in its own memory", what, id);
	return -ERANGE;
}

/* Replaces a machine frame by its pfn. */
static bool to_pfn(const struct saver *s, uint64_t *frame)
{
	*frame = saver_pfn(s, *frame);
	return *frame != NO_FRAME;
}

static int rewrite_context(struct saver *s, unsigned int id, struct vcpu_guest_context *c)
{
	uint64_t root = xen_cr3_to_pfn(c->ctrlreg[3]);
	uint64_t user = xen_cr3_to_pfn(c->ctrlreg[1]);

	/* The suspend call's third argument, the frame of start_info, is still in RDX. */
	if (!id && !to_pfn(s, &c->user_regs.rdx)) {
		return not_own(s, id, "start_info, as RDX has it,");
	}
	for (uint64_t i = 0; i * GDT_ENTRIES_PER_FRAME < c->gdt_ents; i++) {
		if (i >= GDT_FRAMES_MAX || !to_pfn(s, &c->gdt_frames[i])) {
			return not_own(s, id, "the GDT");
		}
	}
	if (!to_pfn(s, &root)) {
		return not_own(s, id, "the top-level page table");
	}
	c->ctrlreg[3] = xen_pfn_to_cr3(root);
	if (user) {
		if (!to_pfn(s, &user)) {
			return not_own(s, id, "the user's top-level page table");
		}
		c->ctrlreg[1] = xen_pfn_to_cr3(user) | CR3_USER_VALID;
	}
	return 0;
}

static int write_basic(struct saver *s, unsigned int id)
{
	const struct xc_sr_rec_x86_pv_vcpu_hdr head = {.vcpu_id = id};
	struct vcpu_guest_context *context = calloc(1, sizeof(*context));
	int ret = context ? ctl_vcpu_get_context(s->ctl, s->domid, id, context) : -ENOMEM;

	if (ret) {
		save_failed(s, "reading the registers of a vCPU", ret);
	} else {
		ret = rewrite_context(s, id, context);
	}
	if (!ret) {
		ret = record_write(s->file, REC_TYPE_X86_PV_VCPU_BASIC, &head, sizeof(head),
				   context, sizeof(*context), s->err);
	}
	free(context);
	return ret;
}

static int write_extended(struct saver *s, unsigned int id)
{
	const struct xc_sr_rec_x86_pv_vcpu_hdr head = {.vcpu_id = id};
	struct xen_domctl op = {.cmd = XEN_DOMCTL_get_ext_vcpucontext, .domain = s->domid};
	int ret;

	op.u.ext_vcpucontext.vcpu = id;
	ret = ctl_domctl(s->ctl, &op);
	if (ret) {
		return save_failed(s, "reading the entry points of a vCPU", ret);
	}
	return record_write(s->file, REC_TYPE_X86_PV_VCPU_EXTENDED, &head, sizeof(head),
			    &op.u.ext_vcpucontext, VCPU_EXTENDED_SIZE, s->err);
}

/*
 * State of variable size: the first call, without room, tells how much there is. `fill` names the
 * buffer in the operation, `bytes` says how much of it counts.
 */
static int write_sized(struct saver *s, unsigned int id, uint32_t type, struct xen_domctl *op,
		       void (*fill)(struct xen_domctl *op, unsigned int id, void *buffer),
		       size_t (*bytes)(const struct xen_domctl *op))
{
	const struct xc_sr_rec_x86_pv_vcpu_hdr head = {.vcpu_id = id};
	size_t room, used;
	void *buffer;
	int ret;

	fill(op, id, NULL);
	ret = ctl_domctl(s->ctl, op);
	room = bytes(op);
	if (ret || !room) {
		return ret ? save_failed(s, "reading the state of a vCPU", ret) : 0;
	}
	buffer = room <= VCPU_STATE_MAX ? ctl_buffer_alloc(s->ctl, room) : NULL;
	if (!buffer) {
		return save_failed(s, "reading the state of a vCPU", -ENOMEM);
	}
	fill(op, id, buffer);
	ret = ctl_domctl(s->ctl, op);
	used = bytes(op);
	if (ret) {
		save_failed(s, "reading the state of a vCPU", ret);
	} else if (used && used <= room) {
		ret = record_write(s->file, type, &head, sizeof(head), buffer, used, s->err);
	}
	ctl_buffer_free(s->ctl, buffer, room);
	return ret;
}

static void fill_xsave(struct xen_domctl *op, unsigned int id, void *buffer)
{
	op->u.vcpuextstate.vcpu = id;
	op->u.vcpuextstate.size = buffer ? op->u.vcpuextstate.size : 0;
	op->u.vcpuextstate.buffer = (uintptr_t)buffer;
}

static size_t xsave_bytes(const struct xen_domctl *op)
{
	return op->u.vcpuextstate.size;
}

static void fill_msrs(struct xen_domctl *op, unsigned int id, void *buffer)
{
	op->u.vcpu_msrs.vcpu = id;
	op->u.vcpu_msrs.msr_count = buffer ? op->u.vcpu_msrs.msr_count : 0;
	op->u.vcpu_msrs.msrs = (uintptr_t)buffer;
}

static size_t msrs_bytes(const struct xen_domctl *op)
{
	return op->u.vcpu_msrs.msr_count * sizeof(struct xen_domctl_vcpu_msr);
}

static int write_vcpu(struct saver *s, unsigned int id)
{
	struct xen_domctl xsave = {.cmd = XEN_DOMCTL_getvcpuextstate, .domain = s->domid};
	struct xen_domctl msrs = {.cmd = XEN_DOMCTL_get_vcpu_msrs, .domain = s->domid};
	int ret = write_basic(s, id);

	if (!ret) {
		ret = write_extended(s, id);
	}
	if (!ret) {
		ret = write_sized(s, id, REC_TYPE_X86_PV_VCPU_XSAVE, &xsave, fill_xsave,
				  xsave_bytes);
	}
	return ret ? ret
		   : write_sized(s, id, REC_TYPE_X86_PV_VCPU_MSRS, &msrs, fill_msrs, msrs_bytes);
}

int saver_write_vcpus(struct saver *s)
{
	struct xen_domctl_getvcpuinfo info;
	int ret = 0;

	for (unsigned int id = 0; !ret && id <= s->info.max_vcpu_id; id++) {
		ret = ctl_vcpu_info(s->ctl, s->domid, id, &info);
		if (ret) {
			return save_failed(s, "looking at its vCPUs", ret);
		}
		if (info.online) {
			ret = write_vcpu(s, id);
		}
	}
	return ret;
}
