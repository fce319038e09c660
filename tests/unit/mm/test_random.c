/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of page-table calls by two domains, preempted at random,
 * with the type oracle after each, and a TLB that remembers every writable
 * mapping until it is flushed: none may be of a table or of another's frame.
 * A failure names its seed;
 * MM_SEED=n repeats it, MM_SEEDS=n tries so many, MM_STEPS=n makes each longer.
 */
#include "mm/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <asm/directmap.h>

#include "pv/mmu_grant.h"
#include "pv/pv.h"
#include "xen/grant.h"
#include "xen/memory.h"

#define SEEDS 60
#define STEPS 400
#define FRAMES 24

struct actor {
	struct domain *d;
	struct tables live;
	uint64_t frame[FRAMES]; /* may have become others' meanwhile */
};

static struct actor actors[2];
static uint64_t state_word;

static uint64_t rnd(uint64_t n)
{
	state_word ^= state_word << 13;
	state_word ^= state_word >> 7;
	state_word ^= state_word << 17;
	return state_word % n;
}

/* A frame number: mostly one's own, sometimes the other's or nonsense. */
static uint64_t some_frame(struct actor *a)
{
	struct actor *other = a == &actors[0] ? &actors[1] : &actors[0];

	switch (rnd(24)) {
	case 0:
		return other->frame[rnd(FRAMES)];
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
		return DOMID_SELF | (1 + (uint32_t)rnd(3)) << 16;
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
	call_mmuext(op, n, NULL, rnd(8) ? DOMID_SELF : (uint32_t)rnd(2));
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
	struct actor *other = a == &actors[0] ? &actors[1] : &actors[0];
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

static void step(struct actor *a)
{
	fake_cpu = (unsigned int)(a - actors);
	world_run(a->d);
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
		do_grant(a);
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

/*
 * The weakest TLB there could be: a CPU keeps whatever any L1 table of the
 * domain it runs has mapped writable since its last full flush.
 */
#define FRAMES_SEEN (96UL << 8)
static uint32_t cached[2][FRAMES_SEEN]; /* owner + 1 of a frame that a TLB can write */
static uint32_t flush_seen[2];

static void tlb_fill(unsigned int cpu, const struct domain *d)
{
	for (uint32_t m = d->page_list; m != PAGE_LINK_END; m = frame_table[m].next) {
		const pte_t *t = world_table(m);

		if (type_of(m) != PT_L1 || !(world_page(m)->word & PGW_VALIDATED)) {
			continue;
		}
		for (unsigned int i = 0; i < PTES_PER_TABLE; i++) {
			if ((t[i] & (PTE_PRESENT | PTE_RW)) == (PTE_PRESENT | PTE_RW) &&
			    pte_mfn(t[i]).v < FRAMES_SEEN) {
				uint64_t to = pte_mfn(t[i]).v;

				cached[cpu][to] = 1U + world_page(to)->owner;
			}
		}
	}
}

/* Whether a stale entry for m would do harm: it is a table now, or has changed hands. */
static bool frame_is_delicate(uint64_t m, uint32_t owner)
{
	uint64_t w = world_page(m)->word;
	enum page_type type = type_of(m);

	if (!mfn_is_ram(mfn(m)) || (w & PGW_FREE)) {
		return false;
	}
	return ((w & PGW_TCOUNT_MASK) && type != PT_WRITABLE && type != PT_NONE) ||
	       world_page(m)->owner != owner;
}

static const char *tlb_check(void)
{
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		if (fake_last_flush[cpu] != flush_seen[cpu]) {
			memset(cached[cpu], 0, sizeof(cached[cpu]));
			flush_seen[cpu] = fake_last_flush[cpu];
		}
		tlb_fill(cpu, actors[cpu].d);
		for (uint64_t m = 0; m < FRAMES_SEEN; m++) {
			if (cached[cpu][m] && frame_is_delicate(m, cached[cpu][m] - 1)) {
				return "a TLB can still write where it must not";
			}
		}
	}
	return NULL;
}

static void check_all(uint64_t seed, unsigned long at)
{
	uint32_t flushed[2] = {fake_last_flush[0], fake_last_flush[1]};
	const char *harm = tlb_check();

	if (harm) {
		fail_msg("seed %lu: after step %lu %s", (unsigned long)seed, at, harm);
	}
	if (type_oracle_check()) {
		fake_log_shown = true;
		type_oracle_check();
		fail_msg("seed %lu: the oracle differs after step %lu", (unsigned long)seed, at);
	}
	/* The oracle's own memory was flushed for: that did not happen. */
	fake_last_flush[0] = flushed[0];
	fake_last_flush[1] = flushed[1];
}

static void run_seed(uint64_t seed, unsigned long steps)
{
	state_word = seed * 0x9e3779b97f4a7c15ULL | 1;
	cpu_online_map = 3;
	tlb_flush_mask(cpu_online_map, TLB_FLUSH_ALL_VA);
	for (unsigned int i = 0; i < 2; i++) {
		struct actor *a = &actors[i];

		a->d = world_domain((xen_domid_t)i, i == 0, 200);
		a->d->dirty_cpus = cpumask_of(i);
		world_tables_live(a->d, &a->live);
		for (unsigned int k = 0; k < FRAMES; k++) {
			a->frame[k] = world_frame(a->d);
		}
	}
	for (unsigned long s = 0; s < steps; s++) {
		step(&actors[rnd(2)]);
		check_all(seed, s);
	}
	fake_cpu = 0;
	world_preempt_every(0);
	world_domain_end(actors[rnd(2)].d);
	assert_oracle();
	for (unsigned int i = 0; i < 2; i++) {
		if (domain_by_id((xen_domid_t)i) &&
		    domain_by_id((xen_domid_t)i)->dying == DOMAIN_ALIVE) {
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
