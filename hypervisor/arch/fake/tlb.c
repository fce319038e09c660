/* SPDX-License-Identifier: MIT */
/*
 * The weakest TLB there could be: whenever asked, a CPU caches all that the
 * tables of the domain it runs say, and forgets nothing but by a flush of
 * everything or a new root.  INVLPG counts for nothing: no rule of Argon's
 * rests on one.
 */
#include <stdio.h>

#include <asm/directmap.h>

#include "arch/cpu.h"
#include "arch/fake/fake.h"
#include "core/domain.h"
#include "core/grant.h"
#include "lib/string.h"
#include "mm/perdomain.h"
#include "mm/table.h"
#include "mm/word.h"

#define FRAMES_MAX (96UL << 8) /* what lies above is not watched */
#define CPUS_MAX 8

/* As what a CPU may have a frame cached: one byte of cached[], a bit for each CPU. */
enum use {
	USE_READ,     /* behind a leaf entry */
	USE_WRITE,    /* behind a writable one */
	USE_TABLE,    /* as table of level 1; the two after it 2 and 3 */
	USE_DESC = 5, /* as page of the vCPU's GDT or LDT */
};
#define BITS(use, cpus) ((uint64_t)(cpus) << ((use)*CPUS_MAX))
#define CPUS_OF(word, use) ((cpumask_t)((word) >> ((use)*CPUS_MAX) & 0xff))

static bool watching;
static uint64_t cached[FRAMES_MAX];
static uint16_t owner_then[FRAMES_MAX]; /* when the first CPU cached it */
static uint64_t low = FRAMES_MAX, high; /* [low, high) may be cached */
static char harm[200];

void fake_tlb_watch(void)
{
	watching = true;
	memset(cached, 0, sizeof(cached));
	harm[0] = 0;
	low = FRAMES_MAX;
	high = 0;
}

static void complain(uint64_t m, cpumask_t cpus, const char *what)
{
	if (!harm[0]) {
		snprintf(harm, sizeof(harm), "cpus %lx still have frame %lx of d%u (then d%u) %s",
			 (unsigned long)cpus, (unsigned long)m, frame_table[m].owner, owner_then[m],
			 what);
	}
}

static void forget(unsigned int cpu)
{
	const uint64_t keep = ~(0x0101010101010101ULL << cpu);

	for (uint64_t m = low; m < high; m++) {
		cached[m] &= keep;
	}
}

static void note(unsigned int cpu, mfn_t m, enum use use)
{
	if (m.v >= FRAMES_MAX || !mfn_is_ram(m)) {
		return;
	}
	if (!cached[m.v]) {
		owner_then[m.v] = frame_table[m.v].owner;
		low = MIN(low, m.v);
		high = MAX(high, m.v + 1);
	} else if (owner_then[m.v] != frame_table[m.v].owner) {
		complain(m.v, cached[m.v] & 0xff, "mapped");
	}
	cached[m.v] |= BITS(use, cpumask_of(cpu));
}

static void note_entry(unsigned int cpu, pte_t e, unsigned int level)
{
	if (level > 1) {
		note(cpu, pte_mfn(e), (enum use)(USE_TABLE + level - 2));
		return;
	}
	note(cpu, pte_mfn(e), USE_READ);
	if (e & PTE_RW) {
		note(cpu, pte_mfn(e), USE_WRITE);
	}
}

static void note_table(unsigned int cpu, uint64_t m, unsigned int level)
{
	const pte_t *t = mfn_to_virt(mfn(m));

	for (unsigned int i = 0; i < PTES_PER_TABLE; i++) {
		if (i % 4 == 0 && !((t[i] | t[i + 1] | t[i + 2] | t[i + 3]) & PTE_PRESENT)) {
			i += 3;
		} else if (level == 4 && i == HOLE_FIRST_SLOT) {
			i = HOLE_LAST_SLOT;
		} else if (t[i] & PTE_PRESENT) {
			note_entry(cpu, t[i], level);
		}
	}
}

/* All validated tables, reachable or not, and what is known as one from before. */
static void note_list(unsigned int cpu, uint32_t head)
{
	for (uint32_t m = head; m != PAGE_LINK_END; m = frame_table[m].next) {
		uint64_t w = frame_table[m].word;
		enum page_type level = word_type(w);

		if (m < FRAMES_MAX && type_is_table(level) && (w & PGW_TCOUNT_MASK) &&
		    ((w & PGW_VALIDATED) ||
		     (level < PT_L4 && cached[m] & BITS(USE_TABLE + level - 1, cpumask_of(cpu))))) {
			note_table(cpu, m, level);
		}
	}
}

static void note_descriptors(unsigned int cpu, const struct vcpu *v)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.gdt_frames); i++) {
		if (v->pv.gdt_frames[i]) {
			note(cpu, mfn(v->pv.gdt_frames[i]), USE_DESC);
		}
	}
	for (unsigned int i = 0; i < PERDOMAIN_LDT_PAGES; i++) {
		if (v->pv.ldt_mapped & 1U << i) {
			note(cpu, pte_mfn(perdomain_get_pte(v, PERDOMAIN_LDT_PAGE + i)), USE_DESC);
		}
	}
}

static void fill(unsigned int cpu)
{
	const struct vcpu *v = fake_cpus[cpu].vcpu;

	if (v && !vcpu_is_idle(v) && v->pv.guest_table) {
		note_list(cpu, v->domain->page_list);
		note_list(cpu, v->domain->dying_list);
		note_descriptors(cpu, v);
	}
}

void fake_tlb_fill(void)
{
	unsigned int cpu;

	if (watching) {
		for_each_cpu_in(cpu, cpu_online_map)
		{
			fill(cpu);
		}
	}
}

void fake_tlb_flushed(unsigned int cpu)
{
	if (watching) {
		forget(cpu);
		fill(cpu); /* at once, with what is there at this moment */
	}
}

/* Whether the granter's table knows of a use of its frame by d. */
static bool is_granted(const struct domain *granter, uint64_t m, const struct domain *d, bool write)
{
	const struct grant_table *g = granter->grant;

	for (unsigned int n = 0; n < g->frames; n++) {
		for (unsigned int i = 0; i < GRANTS_PER_FRAME; i++) {
			const struct grant_active *a = &g->active[n][i];

			if ((a->writers || (a->readers && !write)) && a->mfn == m &&
			    a->domid == d->id) {
				return true;
			}
		}
	}
	return false;
}

static void check_foreign(uint64_t m)
{
	const struct domain *d, *owner = page_owner(&frame_table[m]);
	unsigned int cpu;

	if (!owner || !owner->grant) {
		return;
	}
	for_each_cpu_in(cpu, CPUS_OF(cached[m], USE_READ))
	{
		bool write = cpumask_test(CPUS_OF(cached[m], USE_WRITE), cpu);

		d = fake_cpus[cpu].vcpu->domain;
		if (d != owner && !d->is_privileged && !is_granted(owner, m, d, write)) {
			complain(m, cpumask_of(cpu), "mapped without a grant");
		}
	}
}

static bool is_descriptors_of(const struct vcpu *v, uint64_t m)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.gdt_frames); i++) {
		if (v->pv.gdt_frames[i] == m) {
			return true;
		}
	}
	for (unsigned int i = 0; i < PERDOMAIN_LDT_PAGES; i++) {
		if ((v->pv.ldt_mapped & 1U << i) &&
		    pte_mfn(perdomain_get_pte(v, PERDOMAIN_LDT_PAGE + i)).v == m) {
			return true;
		}
	}
	return false;
}

/* A guest relies on it that descriptors it has changed are in force. */
static void check_descriptors(uint64_t m)
{
	unsigned int cpu;

	for_each_cpu_in(cpu, CPUS_OF(cached[m], USE_DESC))
	{
		if (!is_descriptors_of(fake_cpus[cpu].vcpu, m)) {
			complain(m, cpumask_of(cpu), "as descriptors, which the vCPU gave up");
		}
	}
}

static void check_frame(uint64_t m)
{
	uint64_t w = frame_table[m].word, c = cached[m];
	enum page_type type = word_type(w);

	if (w & PGW_FREE) {
		/* Flushed for when somebody gets it, or before it is zeroed. */
		if ((w & PGW_CLEAN) && CPUS_OF(c, USE_WRITE)) {
			complain(m, CPUS_OF(c, USE_WRITE), "writable, which counts as zero");
		}
		return;
	}
	if (owner_then[m] != frame_table[m].owner) {
		complain(m, c & 0xff, "mapped");
	}
	if ((w & PGW_TCOUNT_MASK) && type != PT_NONE) {
		if (type != PT_WRITABLE && CPUS_OF(c, USE_WRITE)) {
			complain(m, CPUS_OF(c, USE_WRITE), "writable, which is a table now");
		}
		for (unsigned int level = 1; level <= 3; level++) {
			if (type != (enum page_type)level && CPUS_OF(c, USE_TABLE + level - 1)) {
				complain(m, CPUS_OF(c, USE_TABLE + level - 1),
					 "as page table, which it is no more");
			}
		}
		if (type != PT_SEGDESC && CPUS_OF(c, USE_DESC)) {
			complain(m, CPUS_OF(c, USE_DESC), "as descriptors, which it holds no more");
		}
	}
	check_foreign(m);
	check_descriptors(m);
}

const char *fake_tlb_harm(void)
{
	for (uint64_t m = low; m < high; m++) {
		if (cached[m]) {
			check_frame(m);
		}
	}
	return harm[0] ? harm : NULL;
}
