/* SPDX-License-Identifier: MIT */
/* A guest's processors out of an image: their model, and the state they go on from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "restore.h"
#include "vcpu.h"

int restore_policy(struct restorer *r)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_set_cpu_policy, .domain = r->params->domid};
	size_t size = (size_t)r->leaves.len + r->msrs.len;
	uint8_t *buffer;
	int ret;

	if (!r->leaves.data || !r->msrs.data) {
		return stream_bad(r->err, "it says nothing about the processor it ran on");
	}
	buffer = ctl_buffer_alloc(r->ctl, size + 1);
	if (!buffer) {
		return restore_failed(r, "setting its CPU policy", -ENOMEM);
	}
	memcpy(buffer, r->leaves.data, r->leaves.len);
	memcpy(buffer + r->leaves.len, r->msrs.data, r->msrs.len);
	op.u.cpu_policy.nr_leaves = (uint32_t)(r->leaves.len / sizeof(struct xen_cpuid_leaf));
	op.u.cpu_policy.leaves = (uintptr_t)buffer;
	op.u.cpu_policy.nr_msrs = (uint32_t)(r->msrs.len / sizeof(struct xen_msr_entry));
	op.u.cpu_policy.msrs = (uintptr_t)buffer + r->leaves.len;
	ret = ctl_domctl(r->ctl, &op);
	ctl_buffer_free(r->ctl, buffer, size + 1);
	if (ret) {
		restore_failed(r, "this processor lacks what the guest had", ret);
		ctl_error_cause(r->err, "refused: CPUID leaf %#x/%#x, MSR %#x (-1: none)",
				op.u.cpu_policy.err_leaf, op.u.cpu_policy.err_subleaf,
				op.u.cpu_policy.err_msr);
		ctl_error_hint(r->err, "restore it on a machine like the one it was saved on");
	}
	return ret;
}

uint64_t restore_start_info_pfn(const struct restorer *r)
{
	const struct vcpu_guest_context *context = r->vcpu[0].basic.data;

	return context->user_regs.rdx;
}

/* A pfn becomes the machine frame; false if there is none or it has another type. */
static bool to_mfn(const struct restorer *r, uint64_t *frame, unsigned int level)
{
	uint64_t pfn = *frame;

	if (pfn >= r->pfns || !r->p2m[pfn] ||
	    page_table_level((uint32_t)r->types[pfn] << XEN_DOMCTL_PFINFO_LTAB_SHIFT) != level) {
		return false;
	}
	*frame = r->p2m[pfn];
	return true;
}

static int rewrite_context(struct restorer *r, unsigned int id, struct vcpu_guest_context *c)
{
	uint64_t root = xen_cr3_to_pfn(c->ctrlreg[3]);
	uint64_t user = xen_cr3_to_pfn(c->ctrlreg[1]);
	bool good = c->gdt_ents <= GDT_ENTRIES_MAX && to_mfn(r, &root, 4);

	if (!id) {
		good = good && to_mfn(r, &c->user_regs.rdx, 0);
	}
	for (unsigned int i = 0; good && i * GDT_ENTRIES_PER_FRAME < c->gdt_ents; i++) {
		good = to_mfn(r, &c->gdt_frames[i], 0);
	}
	c->ctrlreg[3] = xen_pfn_to_cr3(root);
	if (c->ctrlreg[1] & CR3_USER_VALID) {
		good = good && to_mfn(r, &user, 4);
		c->ctrlreg[1] = xen_pfn_to_cr3(user);
	} else {
		c->ctrlreg[1] = 0;
	}
	return good ? 0
		    : stream_bad(r->err,
				 "the tables of vCPU %u (GDT of %llu, roots) are not in its memory",
				 id, (unsigned long long)c->gdt_ents);
}

/* Hands a kept body to the hypervisor, in a buffer of it. */
static int set_state(struct restorer *r, struct xen_domctl *op, guest_handle_t *handle,
		     const struct kept *kept)
{
	void *buffer = ctl_buffer_alloc(r->ctl, kept->len);
	int ret = buffer ? 0 : -ENOMEM;

	if (!ret) {
		memcpy(buffer, kept->data, kept->len);
		*handle = (uintptr_t)buffer;
		ret = ctl_domctl(r->ctl, op);
		ctl_buffer_free(r->ctl, buffer, kept->len);
	}
	return ret ? restore_failed(r, "the state of a vCPU was refused", ret) : 0;
}

static int set_extended(struct restorer *r, unsigned int id, const struct kept *kept)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_set_ext_vcpucontext, .domain = r->params->domid};
	int ret;

	memcpy(&op.u.ext_vcpucontext, kept->data, kept->len);
	op.u.ext_vcpucontext.vcpu = id;
	ret = ctl_domctl(r->ctl, &op);
	return ret ? restore_failed(r, "the entry points of a vCPU were refused", ret) : 0;
}

static int set_xsave(struct restorer *r, unsigned int id, const struct kept *kept)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_setvcpuextstate, .domain = r->params->domid};

	op.u.vcpuextstate.vcpu = id;
	op.u.vcpuextstate.size = kept->len;
	return set_state(r, &op, &op.u.vcpuextstate.buffer, kept);
}

static int set_msrs(struct restorer *r, unsigned int id, const struct kept *kept)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_set_vcpu_msrs, .domain = r->params->domid};

	op.u.vcpu_msrs.vcpu = id;
	op.u.vcpu_msrs.msr_count = kept->len / (uint32_t)sizeof(struct xen_domctl_vcpu_msr);
	return set_state(r, &op, &op.u.vcpu_msrs.msrs, kept);
}

static int restore_vcpu(struct restorer *r, unsigned int id)
{
	struct kept_vcpu *v = &r->vcpu[id];
	int ret = rewrite_context(r, id, v->basic.data);

	if (!ret) {
		ret = ctl_vcpu_set_context(r->ctl, r->params->domid, id, v->basic.data);
		if (ret) {
			return restore_failed(r, "the registers of a vCPU were refused", ret);
		}
	}
	if (!ret && v->extended.len) {
		ret = set_extended(r, id, &v->extended);
	}
	if (!ret && v->xsave.len) {
		ret = set_xsave(r, id, &v->xsave);
	}
	return !ret && v->msrs.len ? set_msrs(r, id, &v->msrs) : ret;
}

int restore_vcpus(struct restorer *r)
{
	int ret = 0;

	for (unsigned int id = 0; !ret && id < r->params->vcpus && id < RESTORE_VCPUS_MAX; id++) {
		ret = r->vcpu[id].basic.data ? restore_vcpu(r, id) : 0;
	}
	return ret;
}
