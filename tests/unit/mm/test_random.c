/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of page-table calls by dom0 and two guests that map each
 * other's frames and change CPUs, preempted at random, with the type oracle
 * after each, and TLBs that forget nothing by themselves (arch/fake/tlb.c).
 * A failure names its seed;
 * MM_SEED=n repeats it, MM_SEEDS=n tries so many, MM_STEPS=n makes each longer.
 */
#include "mm/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <asm/directmap.h>

#include "arch/context.h"
#include "pv/mmu_grant.h"
#include "pv/pv.h"
#include "xen/grant.h"
#include "xen/memory.h"
#include "xen/mmu.h"

#define SEEDS 40
#define STEPS 400
#define FRAMES 24
#define ACTORS 3

struct actor {
	struct domain *d;
	unsigned int cpu;
	struct tables live;
	uint64_t frame[FRAMES]; /* may have become others' meanwhile */
};

static struct actor actors[ACTORS];
static uint64_t state_word;

static uint64_t rnd(uint64_t n)
{
	state_word ^= state_word << 13;
	state_word ^= state_word >> 7;
	state_word ^= state_word << 17;
	return state_word % n;
}

static struct actor *another(const struct actor *a)
{
	return &actors[((size_t)(a - actors) + 1 + rnd(ACTORS - 1)) % ACTORS];
}

/* A frame number: mostly one's own, sometimes another's or nonsense. */
static uint64_t some_frame(struct actor *a)
{
	switch (rnd(24)) {
	case 0:
		return another(a)->frame[rnd(FRAMES)];
	case 1:
		return MFN_DEVICE + rnd(3);
	case 2:
		return rnd(max_page + 10);
	case 3:
		return virt_to_mfn(a->d->shared).v;
	case 4:
	case 5:
		return (&a->live.l4)[rnd(4)];
	default:
		return a->frame[rnd(FRAMES)];
	}
}

static pte_t some_entry(struct actor *a)
{
	static const pte_t flags[] =
		{FLAGS_USER, FLAGS_USER,           FLAGS_RO,         PTE_PRESENT, 0, FLAGS_USER,
		 PTE_RW,     PTE_PRESENT | PTE_RW, FLAGS_RO | PTE_NX};
	pte_t e = some_frame(a) << PAGE_SHIFT | flags[rnd(ARRAY_SIZE(flags))];

	return rnd(40) ? e : e | 1ULL << rnd(64);
}

static uint32_t some_subject(void)
{
	switch (rnd(12)) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return DOMID_IO;
	case 3:
		return DOMID_SELF | (1 + (uint32_t)rnd(4)) << 16;
	case 4:
		return 2;
	default:
		return DOMID_SELF;
	}
}

static void do_updates(struct actor *a)
{
	struct mmu_update u[6];
	uint32_t n = 1 + (uint32_t)rnd(ARRAY_SIZE(u)), done;
	uint64_t table = some_frame(a);

	for (uint32_t i = 0; i < n; i++) {
		table = rnd(3) ? table : some_frame(a);
		/* Few slots, so that entries meet; the hole among them. */
		u[i].ptr = (table << PAGE_SHIFT) +
			   8 * (rnd(8) ? rnd(6) : HOLE_FIRST_SLOT - 1 + rnd(3));
		u[i].ptr |= rnd(8) ? MMU_NORMAL_PT_UPDATE : MMU_PT_UPDATE_PRESERVE_AD;
		u[i].val = some_entry(a);
	}
	call_mmu_update(u, n, &done, some_subject());
}

static void do_mmuext(struct actor *a)
{
	static const uint32_t commands[] = {
		MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE,
		MMUEXT_PIN_L4_TABLE, MMUEXT_UNPIN_TABLE,  MMUEXT_UNPIN_TABLE,
		MMUEXT_UNPIN_TABLE,  MMUEXT_NEW_BASEPTR,  MMUEXT_NEW_USER_BASEPTR,
		MMUEXT_CLEAR_PAGE,   MMUEXT_COPY_PAGE,    MMUEXT_TLB_FLUSH_LOCAL,
		MMUEXT_SET_LDT,
	};
	struct mmuext_op op[3];
	uint32_t n = 1 + (uint32_t)rnd(ARRAY_SIZE(op));

	for (uint32_t i = 0; i < n; i++) {
		op[i].cmd = commands[rnd(ARRAY_SIZE(commands))];
		op[i].arg1.mfn = some_frame(a);
		op[i].arg2.src_mfn = some_frame(a);
		if (op[i].cmd == MMUEXT_SET_LDT) {
			op[i].arg1.linear_addr = rnd(6) << PAGE_SHIFT;
			op[i].arg2.nr_ents = (uint32_t)rnd(2000);
		}
	}
	call_mmuext(op, n, NULL, rnd(8) ? DOMID_SELF : (uint32_t)rnd(3));
}

static void do_memory(struct actor *a)
{
	uint64_t in[4], out[4] = {1, 2, 3, 4};
	unsigned int i = (unsigned int)rnd(FRAMES - 4);
	struct xen_memory_reservation r = {.extent_start = (uint64_t)in,
					   .nr_extents = 4,
					   .domid = DOMID_SELF};
	struct xen_memory_exchange x;

	for (unsigned int k = 0; k < 4; k++) {
		in[k] = a->frame[i + k];
	}
	if (rnd(2)) {
		x = (struct xen_memory_exchange){.in = r, .out = r};
		x.out.extent_start = (uint64_t)out;
		x.out.extent_order = (uint32_t)rnd(3);
		x.out.nr_extents = 4 >> x.out.extent_order;
		x.out.mem_flags = XENMEMF_address_bits(rnd(3) ? 0 : 1);
		/* One frame more often than four: all must be unused. */
		if (rnd(2)) {
			x.in.nr_extents = x.out.nr_extents = 1;
			x.out.extent_order = 0;
		}
		if (call_memory(XENMEM_exchange, &x) == 0 && x.in.nr_extents == 1) {
			a->frame[i] = out[0];
		} else if (x.nr_exchanged == 4) {
			for (unsigned int k = 0; k < 4; k++) {
				a->frame[i + k] = out[k >> x.out.extent_order] +
						  (k & ((1U << x.out.extent_order) - 1));
			}
		}
		return;
	}
	call_memory(XENMEM_decrease_reservation, &r);
	for (unsigned int k = 0; k < 4; k++) {
		in[k] = k;
	}
	if (call_memory(XENMEM_populate_physmap, &r) == 4) {
		for (unsigned int k = 0; k < 4; k++) {
			a->frame[i + k] = in[k];
		}
	}
}

/* Grant mappings without the table: references taken, mapped, perhaps unmapped. */
static void do_grant(struct actor *a)
{
	struct actor *other = another(a);
	struct page_info *p = world_page(other->frame[rnd(FRAMES)]);
	uint32_t flags = GNTMAP_host_map | (rnd(2) ? GNTMAP_readonly : 0);
	uint64_t at = rnd(6) << PAGE_SHIFT;
	bool readonly = flags & GNTMAP_readonly;

	if (rnd(2)) {
		flags |= GNTMAP_contains_pte;
		at = (some_frame(a) << PAGE_SHIFT) + 8 * rnd(6);
	}
	if (readonly ? !page_get(p, other->d) : page_get_and_type(p, other->d, PT_WRITABLE)) {
		return;
	}
	if (pv_map_grant(a->d->vcpu[0], at, flags, page_to_mfn(p))) {
		/* the references are still ours */
	} else if (rnd(2) || pv_unmap_grant(a->d->vcpu[0], at, flags, page_to_mfn(p))) {
		return; /* the entry has them, or whoever overwrote it gave them back */
	}
	/* As grant unmapping does it. */
	tlb_flush_mask(a->d->dirty_cpus, TLB_FLUSH_ALL_VA);
	if (readonly) {
		page_put(p);
	} else {
		page_put_and_type(p);
	}
}

static void do_descriptors(struct actor *a)
{
	uint64_t frames[2] = {some_frame(a), some_frame(a)};

	switch (rnd(3)) {
	case 0:
		do_set_gdt(gptr((uint64_t)frames), (uint32_t)rnd(1024));
		break;
	case 1:
		do_update_descriptor((some_frame(a) << PAGE_SHIFT) + 8 * rnd(6), rnd(~0ULL));
		break;
	default:
		pv_handle_ldt_fault(rnd(0x4000));
		break;
	}
}

static void act_as(struct actor *a)
{
	fake_cpu = a->cpu;
	world_run(a->d);
}

/* A frame of a's that cannot be exchanged now, since there is no memory so low. */
static void exchange_in_vain(uint64_t frame)
{
	uint64_t in = frame, out = 1;
	struct xen_memory_exchange x = {
		.in = {.extent_start = (uint64_t)&in, .nr_extents = 1, .domid = DOMID_SELF},
		.out = {.extent_start = (uint64_t)&out, .nr_extents = 1, .domid = DOMID_SELF},
	};

	x.out.mem_flags = XENMEMF_address_bits(1);
	call_memory(XENMEM_exchange, &x);
}

/* A frame of a's is mapped, let go without a flush, and made a table or descriptors. */
static void do_change_use(struct actor *a)
{
	uint64_t frames[] = {a->frame[rnd(FRAMES)]};
	struct actor *mapper = rnd(2) ? a : another(a);
	struct page_info *p = world_page(frames[0]);
	uint64_t va = rnd(6) << PAGE_SHIFT;

	act_as(mapper);
	if (mapper == a) {
		do_update_va_mapping(va, frames[0] << PAGE_SHIFT | FLAGS_USER, UVMF_NONE);
	} else if (!page_get_and_type(p, a->d, PT_WRITABLE) &&
		   pv_map_grant(mapper->d->vcpu[0], va, GNTMAP_host_map, page_to_mfn(p))) {
		page_put_and_type(p);
	}
	fake_tlb_fill();
	do_update_va_mapping(va, 0, UVMF_NONE);
	act_as(a);
	if (rnd(2)) {
		exchange_in_vain(frames[0]);
	}
	if (rnd(3)) {
		mmuext(MMUEXT_PIN_L1_TABLE, frames[0]);
	} else {
		do_set_gdt(gptr((uint64_t)frames), 8);
	}
}

/* Two domains change places. */
static void do_move(struct actor *a)
{
	struct actor *other = another(a);
	unsigned int cpu = a->cpu;

	a->cpu = other->cpu;
	other->cpu = cpu;
	fake_cpu = a->cpu;
	arch_context_switch(other->d->vcpu[0], a->d->vcpu[0]);
	fake_cpu = other->cpu;
	arch_context_switch(a->d->vcpu[0], other->d->vcpu[0]);
}

static void step(struct actor *a)
{
	if (!rnd(20)) {
		do_move(a);
	}
	fake_cpu = a->cpu;
	world_preempt_every(rnd(3) ? 0 : 1 + (unsigned int)rnd(5));
	switch (rnd(10)) {
	case 0:
	case 1:
	case 2:
	case 3:
		do_updates(a);
		break;
	case 4:
	case 5:
	case 6:
		do_mmuext(a);
		break;
	case 7:
		do_memory(a);
		break;
	case 8:
		if (rnd(2)) {
			do_grant(a);
		} else {
			do_change_use(a);
		}
		break;
	default:
		if (rnd(2)) {
			do_update_va_mapping(rnd(6) << PAGE_SHIFT, some_entry(a), rnd(3));
		} else {
			do_descriptors(a);
		}
		break;
	}
	fake_tlb_age();
}

static void check_all(uint64_t seed, unsigned long at)
{
	const char *harm;
	unsigned int differences;

	fake_tlb_fill();
	harm = fake_tlb_harm();
	if (harm) {
		fail_msg("seed %lu: after step %lu %s", (unsigned long)seed, at, harm);
	}
	fake_flush_ignored = true; /* the oracle's own memory would be flushed for */
	differences = type_oracle_check();
	if (differences) {
		fake_log_shown = true;
		type_oracle_check();
		fail_msg("seed %lu: the oracle differs after step %lu", (unsigned long)seed, at);
	}
	fake_flush_ignored = false;
}

static void run_seed(uint64_t seed, unsigned long steps)
{
	state_word = seed * 0x9e3779b97f4a7c15ULL | 1;
	cpu_online_map = (1U << ACTORS) - 1;
	fake_tlb_watch();
	tlb_flush_mask(cpu_online_map, TLB_FLUSH_ALL_VA);
	for (unsigned int i = 0; i < ACTORS; i++) {
		struct actor *a = &actors[i];

		fake_cpu = a->cpu = i;
		a->d = world_domain((xen_domid_t)i, i == 0, 200);
		a->d->dirty_cpus = cpumask_of(i);
		world_run(a->d);
		world_tables_live(a->d, &a->live);
		for (unsigned int k = 0; k < FRAMES; k++) {
			a->frame[k] = world_frame(a->d);
		}
	}
	for (unsigned long s = 0; s < steps; s++) {
		step(&actors[rnd(ACTORS)]);
		check_all(seed, s);
	}
	world_preempt_every(0);
	for (unsigned int i = 0; i < ACTORS; i++) {
		fake_cpu = i;
		world_idle();
	}
	fake_cpu = 0;
	world_domain_end(actors[rnd(ACTORS)].d);
	assert_oracle();
	for (unsigned int i = 0; i < ACTORS; i++) {
		const struct domain *d = domain_by_id((xen_domid_t)i);

		if (d && d->dying == DOMAIN_ALIVE) {
			world_domain_end(actors[i].d);
		}
	}
}

static void test_random_sequences(void **state)
{
	const char *seed = getenv("MM_SEED"), *seeds = getenv("MM_SEEDS");
	const char *steps = getenv("MM_STEPS");
	unsigned long count = steps ? strtoul(steps, NULL, 0) : STEPS;
	unsigned long last = seeds ? strtoul(seeds, NULL, 0) : SEEDS;

	(void)state;
	if (seed) {
		run_seed(strtoul(seed, NULL, 0), count);
		return;
	}
	for (uint64_t s = 1; s <= last; s++) {
		run_seed(s, count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_random_sequences),
	};

	return cmocka_run_group_tests(tests, world_start_small, NULL);
}
