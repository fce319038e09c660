/* SPDX-License-Identifier: MIT */
/* The world of memory tests: domains without scheduler, events or grants. */
#include "mm/world.h"

#include <stdlib.h>
#include <string.h>

#include <asm/directmap.h>

#include "arch/context.h"
#include "core/grant.h"
#include "mm/init.h"
#include "mm/perdomain.h"
#include "pv/mmu_grant.h"
#include "xen/hypercall.h"

#define DOMAINS 8

struct domain *dom0;
unsigned int world_continuations;
static struct domain *domains[DOMAINS];
static unsigned int preempt_every, preempt_calls;
static uint64_t free_before;
static struct vcpu idle = {.domain = &(struct domain){.id = DOMID_IDLE, .is_idle = true}};

/* What core/ offers and these tests do without. */
struct domain *domain_by_id(xen_domid_t id)
{
	return id < DOMAINS ? domains[id] : NULL;
}

void domain_get(struct domain *d)
{
	d->refs++;
}

void domain_put(struct domain *d)
{
	assert_true(d->refs > 0);
	if (--d->refs) {
		return;
	}
	domains[d->id] = NULL;
	if (dom0 == d) {
		dom0 = NULL;
	}
	assert_true(page_unshare(mfn_to_page(virt_to_mfn(d->shared)), d));
	frames_free(d->shared, 0);
	arch_domain_free(d);
	hv_free(d->vcpu[0]);
	hv_free(d->vcpu);
	hv_free(d);
}

struct domain *domain_lookup(xen_domid_t id)
{
	struct domain *d = domain_by_id(id);

	if (d) {
		domain_get(d);
	}
	return d;
}

struct domain *domain_lookup_any(xen_domid_t id)
{
	return domain_lookup(id == DOMID_SELF ? current->domain->id : id);
}

struct domain *domain_lookup_from(xen_domid_t from)
{
	for (unsigned int id = from; id < DOMAINS; id++) {
		if (domains[id]) {
			return domain_lookup((xen_domid_t)id);
		}
	}
	return NULL;
}

mfn_t grant_frame(struct domain *d, unsigned int n)
{
	(void)d;
	(void)n;
	return INVALID_MFN;
}

bool preempt_needed(void)
{
	return preempt_every && ++preempt_calls % preempt_every == 0;
}

void world_preempt_every(unsigned int n)
{
	preempt_every = n;
	preempt_calls = 0;
}

static _Thread_local struct {
	bool wanted;
	uint64_t arg[4];
} continuation;

long hypercall_continue(unsigned int number, unsigned int nargs, uint64_t a1, uint64_t a2,
			uint64_t a3, uint64_t a4)
{
	(void)nargs;
	continuation.wanted = true;
	continuation.arg[0] = a1;
	continuation.arg[1] = a2;
	continuation.arg[2] = a3;
	continuation.arg[3] = a4;
	world_continuations++;
	return number;
}

static int start(unsigned int ranges)
{
	static const struct fake_ram ram[] = {{0, 0x9f000},
					      {0x100000, 96UL << 20},
					      {2UL << 30, (2UL << 30) + (16UL << 20)}};

	cpu_set_current(&idle);
	fake_machine_start(&boot_info, ram, ranges);
	mm_init(&boot_info);
	return 0;
}

int world_start(void **state)
{
	(void)state;
	return start(3);
}

int world_start_small(void **state)
{
	(void)state;
	return start(2);
}

int world_test_begin(void **state)
{
	struct domain *d;

	(void)state;
	world_preempt_every(0);
	fake_bad_address = ~0ULL;
	/* Things made once and kept, like the zero page, exist from here on. */
	d = world_domain(1, false, 1000);
	world_domain_end(d);
	free_before = frames_free_count();
	return 0;
}

int world_test_end(void **state)
{
	(void)state;
	world_preempt_every(0);
	assert_oracle();
	for (unsigned int id = 0; id < DOMAINS; id++) {
		if (domains[id] && domains[id]->dying == DOMAIN_ALIVE) {
			world_domain_end(domains[id]);
		}
	}
	for (unsigned int id = 0; id < DOMAINS; id++) {
		assert_null(domains[id]);
	}
	assert_int_equal(frames_claimed_count(), 0);
	assert_int_equal(frames_free_count(), free_before);
	return 0;
}

unsigned int world_crashes;

void domain_crash(struct domain *d, const char *fmt, ...)
{
	(void)d;
	(void)fmt;
	world_crashes++;
}

struct domain *world_domain(xen_domid_t id, bool privileged, uint64_t max_pages)
{
	struct domain *d = hv_alloc(sizeof(*d));

	assert_non_null(d);
	assert_null(domains[id]);
	d->id = id;
	d->refs = 1;
	d->is_privileged = privileged;
	d->pv.dom0_device_access = privileged;
	d->max_pages = max_pages;
	d->max_vcpus = 1;
	d->dirty_cpus = 1;
	spin_lock_init(&d->lock, RANK_DOMAIN);
	spin_lock_init(&d->page_lock, RANK_PAGE_LIST);
	d->shared = frames_alloc(0);
	d->vcpu = hv_alloc(sizeof(*d->vcpu));
	d->vcpu[0] = hv_alloc(sizeof(**d->vcpu));
	d->vcpu[0]->domain = d;
	domains[id] = d;
	page_share_with(mfn_to_page(virt_to_mfn(d->shared)), d, true);
	assert_int_equal(arch_domain_init(d), 0);
	if (privileged) {
		dom0 = d;
	}
	return d;
}

void world_domain_end(struct domain *d)
{
	cpu_set_current(&idle);
	d->dying = DOMAIN_DYING;
	while (arch_domain_relinquish(d) == -ERESTART) {
	}
	while (domain_relinquish_pages(d) == -ERESTART) {
	}
	domain_put(d);
}

void world_run(struct domain *d)
{
	cpu_set_current(d->vcpu[0]);
}

void world_idle(void)
{
	cpu_set_current(&idle);
}

uint64_t world_frame(struct domain *d)
{
	struct page_info *p = domain_page_alloc(d, 0, 0);

	assert_non_null(p);
	return page_to_mfn(p).v;
}

struct page_info *world_page(uint64_t m)
{
	return mfn_to_page(mfn(m));
}

pte_t *world_table(uint64_t m)
{
	return mfn_to_virt(mfn(m));
}

void world_tables(struct domain *d, struct tables *t)
{
	t->l4 = world_frame(d);
	t->l3 = world_frame(d);
	t->l2 = world_frame(d);
	t->l1 = world_frame(d);
	world_table(t->l4)[0] = t->l3 << PAGE_SHIFT | FLAGS_USER;
	world_table(t->l3)[0] = t->l2 << PAGE_SHIFT | FLAGS_USER;
	world_table(t->l2)[0] = t->l1 << PAGE_SHIFT | FLAGS_USER;
}

void world_tables_live(struct domain *d, struct tables *t)
{
	struct vcpu *v = d->vcpu[0];

	world_tables(d, t);
	assert_int_equal(page_pin(world_page(t->l4), d, PT_L4), 0);
	assert_int_equal(page_get_and_type(world_page(t->l4), d, PT_L4), 0);
	v->pv.guest_table = world_page(t->l4);
	v->pv.cr3_kernel = t->l4 << PAGE_SHIFT;
	mmu_tables_changed(d);
	v->pv.kernel_mode = 1;
}

long call_mmu_update(struct mmu_update *list, uint32_t count, uint32_t *done, uint32_t domid)
{
	long rc;

	continuation.wanted = false;
	rc = do_mmu_update(gptr((uint64_t)list), count, gptr((uint64_t)done), domid);
	while (continuation.wanted) {
		const uint64_t *a = continuation.arg;

		continuation.wanted = false;
		rc = do_mmu_update(gptr(a[0]), (uint32_t)a[1], gptr(a[2]), (uint32_t)a[3]);
	}
	return rc;
}

long call_mmuext(struct mmuext_op *list, uint32_t count, uint32_t *done, uint32_t domid)
{
	long rc;

	continuation.wanted = false;
	rc = do_mmuext_op(gptr((uint64_t)list), count, gptr((uint64_t)done), domid);
	while (continuation.wanted) {
		const uint64_t *a = continuation.arg;

		continuation.wanted = false;
		rc = do_mmuext_op(gptr(a[0]), (uint32_t)a[1], gptr(a[2]), (uint32_t)a[3]);
	}
	return rc;
}

long call_memory(uint64_t cmd, void *arg)
{
	long rc;

	continuation.wanted = false;
	rc = do_memory_op(cmd, gptr((uint64_t)arg));
	while (continuation.wanted) {
		continuation.wanted = false;
		rc = do_memory_op(continuation.arg[0], gptr(continuation.arg[1]));
	}
	return rc;
}

long update_entry(uint64_t table, unsigned int index, pte_t pte)
{
	struct mmu_update u = {.ptr = (table << PAGE_SHIFT) + index * sizeof(pte_t), .val = pte};

	return call_mmu_update(&u, 1, NULL, DOMID_SELF);
}

long mmuext(uint32_t cmd, uint64_t arg1)
{
	struct mmuext_op op = {.cmd = cmd, .arg1.mfn = arg1};

	return call_mmuext(&op, 1, NULL, DOMID_SELF);
}

uint64_t refs_of(uint64_t m)
{
	return world_page(m)->word & PGW_REF_MASK;
}

uint64_t types_of(uint64_t m)
{
	return (world_page(m)->word & PGW_TCOUNT_MASK) / PGW_TCOUNT_ONE;
}

enum page_type type_of(uint64_t m)
{
	return page_type(world_page(m));
}
