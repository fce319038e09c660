/* SPDX-License-Identifier: MIT */
/* Calls about events, vCPUs, descriptors and domains. */
#include "hv_ops.h"

#include "xen/arch.h"
#include "xen/callback.h"
#include "xen/domctl.h"
#include "xen/event.h"
#include "xen/hypercall.h"
#include "xen/sched.h"
#include "xen/vcpu.h"

void hv_events(struct input *in, struct actor *a, struct call *c)
{
	uint8_t cmd = in8(in) % 15, b = in8(in), k = in8(in);
	uint32_t *w = hv_arena(a, 32);

	switch (cmd) {
	case EVTCHNOP_alloc_unbound:
		*(struct evtchn_alloc_unbound *)w = (struct evtchn_alloc_unbound){
			.dom = b & 1 ? (b >> 1) % DOMAINS : DOMID_SELF,
			.remote_dom = k & 7,
		};
		break;
	case EVTCHNOP_bind_interdomain:
	case EVTCHNOP_status:
		w[0] = b & 128 ? DOMID_SELF : b % DOMAINS;
		w[1] = k & 31;
		break;
	case EVTCHNOP_reset:
		w[0] = b & 1 ? (b >> 1) % DOMAINS : DOMID_SELF;
		break;
	case EVTCHNOP_init_control: {
		struct evtchn_init_control *i = (void *)w;

		i->offset = (k & 15) * 8U * (k & 16 ? 31 : 1);
		i->vcpu = k >> 5 & 3;
		i->control_gfn = b < 224 ? pool[a->dom][b % POOL]
					 : hv_special_frame(b & 15, a->dom);
		break;
	}
	case EVTCHNOP_expand_array:
		*(uint64_t *)w = b < 224 ? pool[a->dom][b % POOL]
					 : hv_special_frame(b & 15, a->dom);
		break;
	default:
		w[0] = b & 31;
		w[1] = k & 15;
		break;
	}
	c->number = __HYPERVISOR_event_channel_op;
	c->arg[0] = cmd;
	c->arg[1] = ptr(w);
}

static struct vcpu_guest_context *in_context(struct input *in, struct actor *a, unsigned int dom)
{
	struct vcpu_guest_context *ctx = hv_arena(a, sizeof(*ctx));
	uint8_t b = in8(in);

	ctx->flags = VGCF_online | (b & 1 ? 0 : VGCF_in_kernel);
	ctx->ctrlreg[3] = xen_pfn_to_cr3(in_frame(in, dom) & 0xfffffff);
	ctx->ctrlreg[1] = b & 2 ? xen_pfn_to_cr3(in_frame(in, dom) & 0xfffffff) : 0;
	if (b & 4) {
		ctx->gdt_ents = 8 + (b >> 4) * 64U;
		ctx->gdt_frames[0] = in_frame(in, dom);
		ctx->gdt_frames[1] = in_frame(in, dom);
	}
	if (b & 8) {
		ctx->ldt_base = in_address(in);
		ctx->ldt_ents = in8(in) * 8U;
	}
	return ctx;
}

void hv_vcpu_ops(struct input *in, struct actor *a, struct call *c)
{
	uint8_t cmd = in8(in) & 15, id = in8(in) & 3;
	uint64_t *words = hv_arena(a, 64);

	switch (cmd) {
	case VCPUOP_initialise:
		words = (uint64_t *)in_context(in, a, a->dom);
		break;
	case VCPUOP_register_vcpu_info:
		words[0] = in_frame(in, a->dom);
		words[1] = (in8(in) & 63) * 64U;
		break;
	case VCPUOP_register_runstate_memory_area:
	case VCPUOP_register_vcpu_time_memory_area:
		words[0] = in8(in) & 1 ? 0 : ptr(hv_arena(a, 64));
		break;
	default:
		words[0] = in8(in) * NSEC_PER_MSEC;
		words[1] = in8(in) & 1;
		break;
	}
	c->number = __HYPERVISOR_vcpu_op;
	c->arg[0] = cmd;
	c->arg[1] = id;
	c->arg[2] = ptr(words);
}

void hv_descriptors(struct input *in, struct actor *a, struct call *c)
{
	static const uint64_t values[4] = {0, 0x00cffb000000ffff, 0x00cff3000000ffff,
					   0x0000ec0000080000};
	uint8_t b = in8(in);
	uint64_t *frames;

	if (b & 1) {
		c->number = __HYPERVISOR_update_descriptor;
		c->arg[0] = in_frame(in, a->dom) << PAGE_SHIFT;
		c->arg[0] |= in_slot(in) * 8U;
		c->arg[1] = values[b >> 1 & 3];
		return;
	}
	frames = hv_arena(a, 14 * sizeof(*frames));
	for (unsigned int i = 0; i < 1U + (b >> 1 & 1); i++) {
		frames[i] = in_frame(in, a->dom);
	}
	c->number = __HYPERVISOR_set_gdt;
	c->arg[0] = ptr(frames);
	c->arg[1] = (b >> 2) * 16U;
}

void hv_handlers(struct input *in, struct actor *a, struct call *c)
{
	uint8_t b = in8(in);
	struct trap_info *t;
	struct callback_register *r;

	switch (b & 3) {
	case 0:
		t = hv_arena(a, 3 * sizeof(*t));
		t[0].vector = t[1].vector = b >> 2;
		t[0].address = in8(in);
		t[1].address = (uint64_t)in8(in) << 44;
		c->number = __HYPERVISOR_set_trap_table;
		c->arg[0] = b & 64 ? 0 : ptr(t);
		break;
	case 1:
		r = hv_arena(a, sizeof(*r));
		r->type = b >> 2 & 15;
		r->address = (uint64_t)in8(in) << 44;
		c->number = __HYPERVISOR_callback_op;
		c->arg[0] = b >> 6;
		c->arg[1] = ptr(r);
		break;
	case 2:
		c->number = __HYPERVISOR_vm_assist;
		c->arg[0] = b >> 2 & 1;
		c->arg[1] = b >> 3;
		break;
	default:
		c->number = __HYPERVISOR_set_timer_op;
		c->arg[0] = in8(in) * NSEC_PER_MSEC * 100;
		break;
	}
}

void hv_sched(struct input *in, struct actor *a, struct call *c)
{
	uint64_t *words = hv_arena(a, 64);
	uint8_t cmd = in8(in) & 7, b = in8(in);

	switch (cmd) {
	case SCHEDOP_poll: {
		struct sched_poll *p = (void *)words;
		uint32_t *ports = hv_arena(a, 16);

		ports[0] = b & 31;
		ports[1] = b >> 3;
		p->ports = ptr(ports);
		p->nr_ports = b >> 6;
		p->timeout = in8(in) * NSEC_PER_MSEC * 100;
		break;
	}
	case SCHEDOP_remote_shutdown:
	case SCHEDOP_watchdog:
		((uint32_t *)words)[0] = cmd == SCHEDOP_watchdog || b & 7 ? b & 7 : 1;
		((uint32_t *)words)[1] = b >> 3;
		break;
	default:
		/* That dom0 crashes is the end, and rightly so. */
		words[0] = a->dom ? b : SHUTDOWN_poweroff;
		break;
	}
	c->number = __HYPERVISOR_sched_op;
	c->arg[0] = cmd;
	c->arg[1] = ptr(words);
}

static void domctl_fill(struct input *in, struct actor *a, struct call *c, struct xen_domctl *op)
{
	uint8_t b = in8(in);
	uint64_t *list;

	switch (op->cmd) {
	case XEN_DOMCTL_createdomain:
		op->u.createdomain.max_vcpus = 1 + (b & 1);
		op->u.createdomain.max_evtchn_port = 127;
		op->u.createdomain.max_grant_frames = 2;
		op->u.createdomain.max_maptrack_frames = 2;
		op->u.createdomain.grant_opts = 1;
		break;
	case XEN_DOMCTL_max_vcpus:
		op->u.max_vcpus.max = 1 + (b & 1);
		break;
	case XEN_DOMCTL_max_mem:
		op->u.max_mem.max_memkb = b * 4U;
		break;
	case XEN_DOMCTL_setvcpucontext:
		op->u.vcpucontext.vcpu = b & 3;
		op->u.vcpucontext.ctxt = ptr(in_context(in, a, op->domain));
		break;
	case XEN_DOMCTL_getvcpucontext:
		op->u.vcpucontext.vcpu = b & 3;
		op->u.vcpucontext.ctxt = ptr(hv_arena(a, sizeof(struct vcpu_guest_context)));
		break;
	case XEN_DOMCTL_hypercall_init:
		op->u.hypercall_init.gmfn = in_frame(in, op->domain);
		break;
	case XEN_DOMCTL_getpageframeinfo3:
		list = hv_arena(a, 32);
		for (unsigned int i = 0; i < (b & 3); i++) {
			list[i] = in_frame(in, op->domain);
		}
		op->u.getpageframeinfo3.num = b & 3;
		op->u.getpageframeinfo3.array = ptr(list);
		break;
	case XEN_DOMCTL_setvcpuaffinity:
	case XEN_DOMCTL_getvcpuaffinity:
		list = hv_arena(a, 16);
		list[0] = list[1] = b & 15;
		op->u.vcpuaffinity.vcpu = b >> 4 & 3;
		op->u.vcpuaffinity.flags = 1 + (b >> 6);
		op->u.vcpuaffinity.cpumap_hard.bitmap = ptr(list);
		op->u.vcpuaffinity.cpumap_hard.nr_bits = CPUS;
		op->u.vcpuaffinity.cpumap_soft.bitmap = ptr(list + 1);
		op->u.vcpuaffinity.cpumap_soft.nr_bits = CPUS;
		break;
	default:
		op->u.pad[0] = b;
		op->u.pad[8] = in8(in);
		break;
	}
	(void)c;
}

void hv_domctl(struct input *in, struct actor *a, struct call *c)
{
	static const uint8_t often[8] = {XEN_DOMCTL_destroydomain,  XEN_DOMCTL_pausedomain,
					 XEN_DOMCTL_unpausedomain,  XEN_DOMCTL_createdomain,
					 XEN_DOMCTL_setvcpucontext, XEN_DOMCTL_max_vcpus,
					 XEN_DOMCTL_max_mem,        XEN_DOMCTL_hypercall_init};
	struct xen_domctl *op = hv_arena(a, sizeof(*op));
	uint8_t b = in8(in);

	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->cmd = b < 128 ? often[b & 7] : b & 127;
	op->domain = (xen_domid_t)(in8(in) % DOMAINS);
	domctl_fill(in, a, c, op);
	c->number = __HYPERVISOR_domctl;
	c->arg[0] = ptr(op);
}
