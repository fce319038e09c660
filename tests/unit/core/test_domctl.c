/* SPDX-License-Identifier: MIT */
/*
 * domctl and sysctl as tools call them: who may, what is refused and how,
 * bad buffers, and nothing left behind by a call that failed.
 */
#include "core/world.h"

#include <stdlib.h>
#include <string.h>

#include "core/domctl.h"
#include "core/hypercall.h"
#include "core/tool_bitmap.h"
#include "lib/string.h"
#include "pv/cpuid.h"
#include "stubs.h"
#include "xen/hypfs.h"

#define ID 5

/* All the memory that random pointers may mean. */
static struct {
	uint8_t buffer[65536];
	struct xen_domctl op;
	struct xen_sysctl sys;
} memory;
static struct xen_domctl *const op = &memory.op;
static struct xen_sysctl *const sys = &memory.sys;

static int begin(void **state)
{
	int rc = world_test_begin(state);

	memset(op, 0, sizeof(*op));
	memset(sys, 0, sizeof(*sys));
	op->domain = ID;
	stub_context_rc = 0;
	return rc;
}

#define CTL_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static long domctl(uint32_t cmd)
{
	op->cmd = cmd;
	return call_domctl(op);
}

static long sysctl(uint32_t cmd)
{
	sys->cmd = cmd;
	return call_sysctl(sys);
}

static void fill_creation(void)
{
	memset(&op->u, 0, sizeof(op->u));
	op->u.createdomain = (struct xen_domctl_createdomain){
		.max_vcpus = 2,
		.max_evtchn_port = 1023,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
}

static long create(void)
{
	fill_creation();
	return domctl(XEN_DOMCTL_createdomain);
}

static void test_who_may_call(void **state)
{
	struct domain *d = world_domain(ID, 1);

	(void)state;
	op->cmd = XEN_DOMCTL_getdomaininfo;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION + 1;
	assert_int_equal(do_domctl(gptr((uint64_t)op)), -EACCES);
	sys->cmd = XEN_SYSCTL_physinfo;
	sys->interface_version = XEN_SYSCTL_INTERFACE_VERSION - 1;
	assert_int_equal(do_sysctl(gptr((uint64_t)sys)), -EACCES);
	assert_int_equal(do_domctl(gptr(0)), -EFAULT);
	assert_int_equal(do_sysctl(gptr(0)), -EFAULT);
	assert_int_equal(domctl(XEN_DOMCTL_getdomaininfo), 0);
	assert_int_equal(domctl(0), -ENOSYS);
	assert_int_equal(domctl(9999), -ENOSYS);
	assert_int_equal(sysctl(0), -ENOSYS);
	assert_int_equal(sysctl(9999), -ENOSYS);
	world_act_as(d->vcpu[0]);
	for (uint32_t cmd = 0; cmd < 100; cmd++) {
		assert_int_equal(domctl(cmd), -EPERM);
		assert_int_equal(sysctl(cmd), -EPERM);
		assert_int_equal(do_hypfs_op(cmd, gptr(0), 0, gptr(0), 0), -EPERM);
	}
}

static void test_create(void **state)
{
	(void)state;
	assert_int_equal(create(), 0);
	assert_int_equal(op->domain, ID);
	assert_int_equal(create(), -EEXIST);
	/* No id, or one out of range: we choose, and not the same again soon. */
	op->domain = 0;
	assert_int_equal(create(), 0);
	assert_int_not_equal(op->domain, 0);
	op->domain = 0xffff;
	assert_int_equal(create(), 0);
	assert_true(op->domain < DOMID_FIRST_RESERVED);
	op->domain = ID;
	op->u.max_vcpus.max = 3;
	assert_int_equal(domctl(XEN_DOMCTL_max_vcpus), -EINVAL);
	op->u.max_vcpus.max = 2;
	assert_int_equal(domctl(XEN_DOMCTL_max_vcpus), 0);
	assert_int_equal(domctl(XEN_DOMCTL_getdomaininfo), 0);
	assert_int_equal(op->u.getdomaininfo.domain, ID);
	assert_int_equal(op->u.getdomaininfo.max_vcpu_id, 1);
	assert_int_equal(op->u.getdomaininfo.nr_online_vcpus, 0);
	assert_true(op->u.getdomaininfo.flags & XEN_DOMINF_paused);
}

/* What the toolstack leaves open is as hypfs was told last. */
static void test_create_by_defaults(void **state)
{
	const struct domain_defaults before = domain_defaults;

	(void)state;
	domain_defaults.max_grant_frames = 7;
	domain_defaults.max_maptrack_frames = 9;
	assert_int_equal(create(), 0);
	assert_int_equal(domain_by_id(ID)->max_grant_frames, 7);
	assert_int_equal(domain_by_id(ID)->max_maptrack_frames, 9);
	domain_defaults = before;
}

static void test_create_refusals(void **state)
{
	uint64_t before = frames_free_count();

	(void)state;
#define REFUSED(change)                                                     \
	do {                                                                \
		fill_creation();                                            \
		op->u.createdomain.change;                                  \
		assert_int_equal(domctl(XEN_DOMCTL_createdomain), -EINVAL); \
	} while (0)
	REFUSED(flags = XEN_DOMCTL_CDF_hvm);
	REFUSED(flags = XEN_DOMCTL_CDF_iommu);
	REFUSED(flags = 1U << 31);
	REFUSED(max_vcpus = 0);
	REFUSED(max_vcpus = MAX_VCPUS + 1);
	REFUSED(max_vcpus = ~0U);
	REFUSED(grant_opts = 2);
	REFUSED(grant_opts = 0x101);
	REFUSED(max_grant_frames = 0);
	REFUSED(max_grant_frames = 0x7fffffff);
	REFUSED(max_maptrack_frames = 0x7fffffff);
	REFUSED(vmtrace_size = 4096);
	REFUSED(arch.emulation_flags = XEN_X86_EMU_LAPIC);
	REFUSED(arch.misc_flags = ~0U);
#undef REFUSED
	fill_creation();
	op->u.createdomain.cpupool_id = 1;
	assert_int_equal(domctl(XEN_DOMCTL_createdomain), -ENOENT);
	assert_int_equal(frames_free_count(), before);
	assert_null(domain_by_id(ID));
}

/* Every pause of the toolstack needs an unpause of its own. */
static void test_pauses(void **state)
{
	struct domain *d = world_domain(ID, 1);

	(void)state;
	assert_int_equal(domctl(XEN_DOMCTL_pausedomain), 0);
	assert_int_equal(d->pause_count, 2);
	assert_int_equal(domctl(XEN_DOMCTL_unpausedomain), 0);
	assert_false(vcpu_is_runnable(d->vcpu[0]));
	assert_int_equal(domctl(XEN_DOMCTL_unpausedomain), 0);
	assert_true(vcpu_is_runnable(d->vcpu[0]));
	assert_int_equal(domctl(XEN_DOMCTL_unpausedomain), -EINVAL);
	for (unsigned int i = 0; i < 255; i++) {
		world_settle();
		d->ctrl_pause_count++;
		d->pause_count++;
	}
	assert_int_equal(domctl(XEN_DOMCTL_pausedomain), -EOVERFLOW);
	op->domain = DOM0_ID;
	assert_int_equal(domctl(XEN_DOMCTL_pausedomain), -EINVAL);
}

static void test_destroy(void **state)
{
	struct domain *d = world_domain(ID, 2);

	(void)state;
	for (unsigned int i = 0; i < 500; i++) {
		world_frame(d);
	}
	domain_pause_nosync(d);
	world_settle();
	world_preempt_every(1);
	assert_int_equal(domctl(XEN_DOMCTL_destroydomain), 0);
	assert_true(world_continuations > 0);
	assert_null(domain_by_id(ID));
	assert_int_equal(domctl(XEN_DOMCTL_destroydomain), -ESRCH);
	op->domain = DOM0_ID;
	assert_int_equal(domctl(XEN_DOMCTL_destroydomain), -EINVAL);
}

/* As Xen 4.17: without that id the next existing domain answers. */
static void test_info_and_list(void **state)
{
	struct xen_domctl_getdomaininfo list[4];
	struct domain *d = world_domain(ID, 1);

	(void)state;
	d->shutdown_code = 3;
	d->is_shut_down = true;
	op->domain = 2;
	assert_int_equal(domctl(XEN_DOMCTL_getdomaininfo), 0);
	assert_int_equal(op->domain, ID);
	assert_int_equal(op->u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift &
				 XEN_DOMINF_shutdownmask,
			 3);
	assert_true(op->u.getdomaininfo.flags & XEN_DOMINF_shutdown);
	op->domain = ID + 1;
	assert_int_equal(domctl(XEN_DOMCTL_getdomaininfo), -ESRCH);
	sys->u.getdomaininfolist.buffer = (uint64_t)list;
	sys->u.getdomaininfolist.max_domains = 4;
	assert_int_equal(sysctl(XEN_SYSCTL_getdomaininfolist), 0);
	assert_int_equal(sys->u.getdomaininfolist.num_domains, 2);
	assert_int_equal(list[0].domain, DOM0_ID);
	assert_int_equal(list[1].domain, ID);
	sys->u.getdomaininfolist.first_domain = 1;
	sys->u.getdomaininfolist.max_domains = 1;
	assert_int_equal(sysctl(XEN_SYSCTL_getdomaininfolist), 0);
	assert_int_equal(sys->u.getdomaininfolist.num_domains, 1);
	sys->u.getdomaininfolist.first_domain = 0xffff;
	assert_int_equal(sysctl(XEN_SYSCTL_getdomaininfolist), 0);
	assert_int_equal(sys->u.getdomaininfolist.num_domains, 0);
	sys->u.getdomaininfolist.first_domain = 0;
	sys->u.getdomaininfolist.buffer = 8;
	assert_int_equal(sysctl(XEN_SYSCTL_getdomaininfolist), -EFAULT);
}

static void test_vcpu_context(void **state)
{
	static struct vcpu_guest_context c;
	struct domain *d = world_domain(ID, 2);

	(void)state;
	d->vcpu[1]->initialised = false;
	op->u.vcpucontext.vcpu = 1;
	op->u.vcpucontext.ctxt = (uint64_t)&c;
	assert_int_equal(domctl(XEN_DOMCTL_getvcpucontext), -ENODATA);
	c.flags = VGCF_in_kernel;
	c.user_regs.rip = 0x1234;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpucontext), 0);
	assert_int_equal(stub_context.user_regs.rip, 0x1234);
	assert_true(d->vcpu[1]->blocked & VCPU_DOWN);
	c.flags |= VGCF_online;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpucontext), 0);
	assert_false(d->vcpu[1]->blocked & VCPU_DOWN);
	memset(&c, 0, sizeof(c));
	assert_int_equal(domctl(XEN_DOMCTL_getvcpucontext), 0);
	assert_int_equal(c.user_regs.rip, 0x1234);
	fake_bad_address = (uint64_t)&c + sizeof(c) - 1;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpucontext), -EFAULT);
	assert_int_equal(domctl(XEN_DOMCTL_getvcpucontext), -EFAULT);
	fake_bad_address = ~0ULL;
	stub_context_rc = -EINVAL;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpucontext), -EINVAL);
	op->u.vcpucontext.vcpu = 2;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpucontext), -EINVAL);
	assert_int_equal(domctl(XEN_DOMCTL_getvcpucontext), -EINVAL);
	op->domain = DOM0_ID;
	op->u.vcpucontext.vcpu = 0;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpucontext), -EINVAL);
	assert_int_equal(domctl(XEN_DOMCTL_getvcpucontext), -EINVAL); /* itself */
	assert_int_equal(d->vcpu[1]->pause_count, 0);
}

static void test_affinity(void **state)
{
	struct domain *d = world_domain(ID, 1);
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	uint8_t hard[4] = {0x06, 0xff, 0xff, 0xff}, soft[1] = {0x03};

	(void)state;
	a->flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
	a->cpumap_hard = (struct xenctl_bitmap){(uint64_t)hard, 32};
	a->cpumap_soft = (struct xenctl_bitmap){(uint64_t)soft, 8};
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuaffinity), 0);
	assert_int_equal(d->vcpu[0]->hard_affinity, 0xffffff06);
	assert_int_equal(hard[0], 0x06); /* in effect: CPUs there are */
	assert_int_equal(hard[1], 0);
	assert_int_equal(soft[0], 0x02);
	hard[0] = 0xf0; /* none of them exists */
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuaffinity), -EINVAL);
	assert_int_equal(d->vcpu[0]->hard_affinity, 0xffffff06);
	assert_int_equal(domctl(XEN_DOMCTL_getvcpuaffinity), 0);
	assert_int_equal(hard[0], 0x06);
	assert_int_equal(soft[0], 0x03);
	a->cpumap_hard.nr_bits = ~0U;
	assert_int_equal(domctl(XEN_DOMCTL_getvcpuaffinity), -EINVAL);
	a->cpumap_hard = (struct xenctl_bitmap){8, 32};
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuaffinity), -EFAULT);
	a->cpumap_hard.bitmap = 0;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuaffinity), -EINVAL);
	a->flags = 0;
	assert_int_equal(domctl(XEN_DOMCTL_getvcpuaffinity), -EINVAL);
	a->flags = XEN_VCPUAFFINITY_SOFT;
	a->vcpu = 1;
	assert_int_equal(domctl(XEN_DOMCTL_getvcpuaffinity), -EINVAL);
}

static void test_vector_state(void **state)
{
	static uint8_t area[2048];
	struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;

	(void)state;
	world_domain(ID, 1);
	assert_int_equal(domctl(XEN_DOMCTL_getvcpuextstate), 0);
	assert_int_equal(e->size, 16 + 832);
	assert_int_equal(e->xfeature_mask, 7);
	e->buffer = (uint64_t)area;
	assert_int_equal(domctl(XEN_DOMCTL_getvcpuextstate), 0);
	assert_int_equal(area[8], 7);
	area[0] = 7; /* XCR0 */
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuextstate), 0);
	area[0] = 0xff;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	e->size = 16;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuextstate), 0);
	e->size = 15;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	e->size = ~0ULL;
	assert_int_equal(domctl(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	assert_int_equal(domctl(XEN_DOMCTL_getvcpuextstate), -EINVAL);
	e->vcpu = 1;
	assert_int_equal(domctl(XEN_DOMCTL_getvcpuextstate), -ESRCH);
}

static void test_cpu_policy(void **state)
{
	static struct xen_cpuid_leaf leaves[POLICY_LEAVES_MAX];
	struct xen_msr_entry msrs[2] = {{0}};
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	struct domain *d = world_domain(ID, 1);
	uint32_t n;

	(void)state;
	assert_int_equal(domctl(XEN_DOMCTL_get_cpu_policy), 0);
	assert_int_equal(p->nr_leaves, POLICY_LEAVES_MAX);
	assert_int_equal(p->nr_msrs, 2);
	p->leaves = (uint64_t)leaves;
	p->msrs = (uint64_t)msrs;
	assert_int_equal(domctl(XEN_DOMCTL_get_cpu_policy), 0);
	/* 0..0xd with their subleaves, two for hypervisors, 0x80000000..8. */
	n = 10 + 6 + 2 + 2 + 3 + 2 + 9;
	assert_int_equal(p->nr_leaves, n);
	assert_int_equal(leaves[n - 1].leaf, 0x80000008);
	assert_int_equal(msrs[0].idx, 0xce);
	assert_int_equal(domctl(XEN_DOMCTL_set_cpu_policy), 0);
	assert_int_equal(p->err_leaf, ~0U);
	p->nr_leaves = n - 1;
	assert_int_equal(domctl(XEN_DOMCTL_get_cpu_policy), -ENOBUFS);
	leaves[3].leaf = STUB_BAD_LEAF;
	leaves[3].subleaf = 9;
	p->nr_leaves = n;
	assert_int_equal(domctl(XEN_DOMCTL_set_cpu_policy), -EINVAL);
	assert_int_equal(p->err_leaf, STUB_BAD_LEAF);
	assert_int_equal(p->err_subleaf, 9);
	assert_int_equal(p->err_msr, ~0U);
	msrs[1].val = 1;
	assert_int_equal(domctl(XEN_DOMCTL_set_cpu_policy), -EINVAL);
	assert_int_equal(p->err_msr, 0x10a);
	p->nr_leaves = POLICY_LEAVES_MAX + 1;
	p->nr_msrs = 0;
	assert_int_equal(domctl(XEN_DOMCTL_set_cpu_policy), -E2BIG);
	d->creation_finished = true;
	assert_int_equal(domctl(XEN_DOMCTL_set_cpu_policy), -EEXIST);
}

static void test_page_types(void **state)
{
	struct domain *d = world_domain(ID, 1), *other = world_domain(6, 1);
	uint64_t l1 = world_frame(d), plain = world_frame(d);
	uint64_t list[] = {l1, plain, world_frame(other), ~0ULL, 0xf0000, 0};

	(void)state;
	assert_int_equal(page_pin(mfn_to_page(mfn(l1)), d, PT_L1), 0);
	op->u.getpageframeinfo3.num = 6;
	op->u.getpageframeinfo3.array = (uint64_t)list;
	assert_int_equal(domctl(XEN_DOMCTL_getpageframeinfo3), 0);
	assert_int_equal(list[0], XEN_DOMCTL_PFINFO_L1TAB | XEN_DOMCTL_PFINFO_LPINTAB);
	assert_int_equal(list[1], XEN_DOMCTL_PFINFO_NOTAB);
	for (unsigned int i = 2; i < 6; i++) {
		assert_int_equal(list[i], XEN_DOMCTL_PFINFO_XTAB);
	}
	op->u.getpageframeinfo3.num = 1025;
	assert_int_equal(domctl(XEN_DOMCTL_getpageframeinfo3), -E2BIG);
	op->u.getpageframeinfo3.num = 1;
	op->u.getpageframeinfo3.array = 8;
	assert_int_equal(domctl(XEN_DOMCTL_getpageframeinfo3), -EFAULT);
}

static void test_dirty_log(void **state)
{
	uint8_t bits[10] = {0};
	struct xen_domctl_shadow_op *s = &op->u.shadow_op;

	(void)state;
	world_domain(ID, 1);
	assert_int_equal(domctl(XEN_DOMCTL_shadow_op), -EINVAL); /* off, while off */
	s->op = XEN_DOMCTL_SHADOW_OP_CLEAN;
	assert_int_equal(domctl(XEN_DOMCTL_shadow_op), -EINVAL);
	s->op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
	assert_int_equal(domctl(XEN_DOMCTL_shadow_op), 0);
	assert_int_equal(domctl(XEN_DOMCTL_shadow_op), -EINVAL);
	s->op = XEN_DOMCTL_SHADOW_OP_CLEAN;
	s->dirty_bitmap = (uint64_t)bits;
	s->pages = 65;
	assert_int_equal(domctl(XEN_DOMCTL_shadow_op), 0);
	assert_int_equal(bits[8], 0xff);
	assert_int_equal(bits[9], 0);
	s->pages = ~0ULL;
	assert_int_equal(domctl(XEN_DOMCTL_shadow_op), -EINVAL);
	s->op = XEN_DOMCTL_SHADOW_OP_OFF;
	assert_int_equal(domctl(XEN_DOMCTL_shadow_op), 0);
}

static void test_properties(void **state)
{
	struct domain *d = world_domain(ID, 1);

	(void)state;
	op->u.max_mem.max_memkb = 4096;
	assert_int_equal(domctl(XEN_DOMCTL_max_mem), 0);
	assert_int_equal(d->max_pages, 1024);
	memset(op->u.setdomainhandle.handle, 7, 16);
	assert_int_equal(domctl(XEN_DOMCTL_setdomainhandle), 0);
	assert_int_equal(d->handle[15], 7);
	op->u.settimeoffset.time_offset_seconds = -100;
	assert_int_equal(domctl(XEN_DOMCTL_settimeoffset), 0);
	assert_int_equal(d->shared->wc_sec, dom0->shared->wc_sec - 100);
	op->u.address_size.size = 64;
	assert_int_equal(domctl(XEN_DOMCTL_set_address_size), 0);
	op->u.address_size.size = 32;
	assert_int_equal(domctl(XEN_DOMCTL_set_address_size), -EOPNOTSUPP);
	op->u.scheduler_op = (struct xen_domctl_scheduler_op){
		.sched_id = XEN_SCHEDULER_CREDIT2,
		.cmd = XEN_DOMCTL_SCHEDOP_putinfo,
		.u.credit2 = {.weight = 512},
	};
	assert_int_equal(domctl(XEN_DOMCTL_scheduler_op), 0);
	assert_int_equal(d->weight, 512);
	op->u.scheduler_op.sched_id = 99;
	assert_int_equal(domctl(XEN_DOMCTL_scheduler_op), -EINVAL);
	op->u.ioport_permission = (struct xen_domctl_ioport_permission){0x60, 4, 1};
	assert_int_equal(domctl(XEN_DOMCTL_ioport_permission), -EOPNOTSUPP);
	op->u.ioport_permission.allow_access = 0;
	assert_int_equal(domctl(XEN_DOMCTL_ioport_permission), 0);
	op->u.ioport_permission.nr_ports = 70000;
	assert_int_equal(domctl(XEN_DOMCTL_ioport_permission), -EINVAL);
	op->u.set_virq_handler.virq = VIRQ_TIMER;
	assert_int_equal(domctl(XEN_DOMCTL_set_virq_handler), -EINVAL);
	op->u.set_virq_handler.virq = VIRQ_CON_RING;
	assert_int_equal(domctl(XEN_DOMCTL_set_virq_handler), 0);
	assert_int_equal(domctl(XEN_DOMCTL_set_virq_handler), 0);
}

/* Whatever the structure holds, a call ends, answers an errno, loses nothing. */
static void test_garbage(void **state)
{
	struct domain *d = world_domain(ID, 2);

	(void)state;
	fake_guest_start = (uint64_t)&memory;
	fake_guest_end = (uint64_t)(&memory + 1);
	srandom(23);
	for (unsigned int step = 0; step < 30000; step++) {
		uint32_t *word = (uint32_t *)&op->u;
		long rc;

		for (unsigned int i = 0; i < sizeof(op->u) / 4; i++) {
			word[i] = random() % 3 ? (uint32_t)random() % 4 : (uint32_t)random() * 2;
		}
		if (random() % 2) {
			uint64_t *pointer = (uint64_t *)&op->u + random() % 6;

			*pointer = (uint64_t)memory.buffer + (uint64_t)random() % 16;
		}
		op->domain = random() % 8 ? ID : (xen_domid_t)random();
		op->cmd = (uint32_t)random() % 90;
		if (op->cmd == XEN_DOMCTL_createdomain || op->cmd == XEN_DOMCTL_destroydomain ||
		    (op->domain == DOM0_ID && op->cmd != XEN_DOMCTL_getdomaininfo)) {
			continue;
		}
		rc = call_domctl(op);
		assert_in_range(-rc, 0, 133);
		memcpy(&sys->u, &op->u, sizeof(sys->u));
		sys->cmd = (uint32_t)random() % 32;
		rc = call_sysctl(sys);
		assert_in_range(-rc, 0, 133);
	}
	fake_guest_start = 0;
	fake_guest_end = ~0ULL;
	assert_int_equal(d->vcpu[0]->pause_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(test_who_may_call),
		CTL_TEST(test_create),
		CTL_TEST(test_create_by_defaults),
		CTL_TEST(test_create_refusals),
		CTL_TEST(test_pauses),
		CTL_TEST(test_destroy),
		CTL_TEST(test_info_and_list),
		CTL_TEST(test_vcpu_context),
		CTL_TEST(test_affinity),
		CTL_TEST(test_vector_state),
		CTL_TEST(test_cpu_policy),
		CTL_TEST(test_page_types),
		CTL_TEST(test_dirty_log),
		CTL_TEST(test_properties),
		CTL_TEST(test_garbage),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
