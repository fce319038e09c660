/* SPDX-License-Identifier: MIT */
/* Isolated roots (see arch/isolation.h), and what of Argon they show. */
#include "arch/isolation.h"

#include <asm/directmap.h>
#include <asm/percpu.h>
#include <asm/pvcpu.h>

#include "arch/cpu.h"
#include "arch/pagetable.h"
#include "arch/x86/speculation.h"
#include "arch/x86/traps.h"
#include "core/domain.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"

#define TABLE_FLAGS (PTE_PRESENT | PTE_RW | PTE_ACCESSED | PTE_DIRTY)
#define HOLE_SLOTS (HOLE_LAST_SLOT - HOLE_FIRST_SLOT + 1)
#define PERDOMAIN_SLOT 257
#define M2P_SLOT 256

extern const char __entry_text_start[], __entry_text_end[];

/* Slots 256..271 of an isolated root; 257 is the domain's. */
static uint64_t reduced_hole[HOLE_SLOTS];

/* The table behind entry i of t, made if missing. */
static uint64_t *next_table(uint64_t *t, unsigned int i)
{
	if (!t[i]) {
		void *n = frames_alloc(0);

		if (!n) {
			panic("isolation_init: no memory for page tables");
		}
		t[i] = virt_to_maddr(n) | TABLE_FLAGS;
	}
	return maddr_to_virt(t[i] & PTE_FRAME_MASK);
}

/* Shows the page at va, as it is mapped for Argon itself. */
static void show_page(uint64_t va, uint64_t prot)
{
	uint64_t *l3 = next_table(reduced_hole, ((va >> 39) & 511) - HOLE_FIRST_SLOT);
	uint64_t *l2 = next_table(l3, (va >> 30) & 511);
	uint64_t *l1 = next_table(l2, (va >> 21) & 511);
	mfn_t m = hvmap_lookup(va);

	BUG_ON(mfn_eq(m, INVALID_MFN));
	l1[(va >> 12) & 511] = mfn_to_maddr(m) | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | prot;
}

static void show_range(const void *start, const void *end, uint64_t prot)
{
	uint64_t va;

	for (va = (uint64_t)start & PAGE_MASK; va < (uint64_t)end; va += PAGE_SIZE) {
		show_page(va, prot);
	}
}

static void show_stack(unsigned int cpu)
{
	uint64_t base = descriptors_stack_base(cpu);

	for (unsigned int page = 0; page < STACK_SIZE / PAGE_SIZE; page++) {
		if (!mfn_eq(hvmap_lookup(base + page * PAGE_SIZE), INVALID_MFN)) {
			show_page(base + page * PAGE_SIZE, PTE_RW | PTE_NX);
		}
	}
}

void isolation_init(void)
{
	unsigned int cpu;

	reduced_hole[M2P_SLOT - HOLE_FIRST_SLOT] = hole_l4_template[M2P_SLOT - HOLE_FIRST_SLOT];
	show_range(__entry_text_start, __entry_text_end, 0);
	descriptors_show(show_range);
	for_each_cpu_in(cpu, cpu_online_map)
	{
		show_stack(cpu);
	}
}

bool isolation_wanted(bool privileged)
{
	return spec_choice.on[SPEC_XPTI][!privileged];
}

bool absent_entries_leak(bool privileged)
{
	return spec_choice.on[SPEC_L1TF][!privileged];
}

int isolation_vcpu_init(struct vcpu *v)
{
	if (!v->domain->pv.isolated) {
		return 0;
	}
	v->pv.root[0] = frames_alloc(0);
	v->pv.root[1] = frames_alloc(0);
	if (!v->pv.root[0] || !v->pv.root[1]) {
		isolation_vcpu_free(v);
		return -ENOMEM;
	}
	return 0;
}

void isolation_vcpu_free(struct vcpu *v)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (v->pv.root[i]) {
			frames_free(v->pv.root[i], 0);
			v->pv.root[i] = NULL;
		}
	}
	v->pv.root_kernel = v->pv.root_user = 0;
}

/* Makes entry i of the copy what the L4 has, however often that changes meanwhile. */
static void copy_slot(uint64_t *to, const uint64_t *l4, unsigned int i)
{
	uint64_t e;

	do {
		e = __atomic_load_n(&l4[i], __ATOMIC_RELAXED);
		__atomic_store_n(&to[i], e, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	} while (__atomic_load_n(&l4[i], __ATOMIC_RELAXED) != e);
}

static bool slot_is_ours(unsigned int i)
{
	return i >= HOLE_FIRST_SLOT && i <= HOLE_LAST_SLOT;
}

/*
 * Without the L4's lock, which a caller may hold.  Who changes an entry
 * stores it in the L4 first and then in the copies it sees; so what we read
 * after our own store is either the newest, or will be stored once more.
 */
static void copy_root(struct vcpu *v, unsigned int which, struct page_info *from)
{
	uint64_t *to = v->pv.root[which];
	const uint64_t *l4 = mfn_to_virt(page_to_mfn(from));

	__atomic_store_n(&v->pv.root_of[which], from, __ATOMIC_SEQ_CST);
	memcpy(to, l4, HOLE_FIRST_SLOT * sizeof(*to));
	memcpy(&to[HOLE_LAST_SLOT + 1], &l4[HOLE_LAST_SLOT + 1],
	       (511 - HOLE_LAST_SLOT) * sizeof(*to));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < 512; i++) {
		if (!slot_is_ours(i) &&
		    unlikely(to[i] != __atomic_load_n(&l4[i], __ATOMIC_RELAXED))) {
			copy_slot(to, l4, i);
		}
	}
	memcpy(&to[HOLE_FIRST_SLOT], reduced_hole, sizeof(reduced_hole));
	to[PERDOMAIN_SLOT] = l4[PERDOMAIN_SLOT];
}

static uint64_t prepare(struct vcpu *v, unsigned int which, struct page_info *table)
{
	if (!table) {
		v->pv.root_of[which] = NULL;
		return 0;
	}
	if (v->pv.root_of[which] != table) {
		copy_root(v, which, table);
	}
	return virt_to_maddr(v->pv.root[which]);
}

void isolation_roots_changed(struct vcpu *v)
{
	if (!v->domain->pv.isolated) {
		return;
	}
	v->pv.root_kernel = prepare(v, 0, v->pv.guest_table);
	v->pv.root_user = prepare(v, 1, v->pv.guest_table_user);
	if (v == current) {
		cpu_info()->xen_cr3 = v->pv.cr3_kernel;
	}
}

void isolation_slot_changed(struct domain *d, const struct page_info *l4, unsigned int index,
			    uint64_t pte)
{
	struct vcpu *v;
	unsigned int i;

	if (!d->pv.isolated) {
		return;
	}
	/* The L4's new entry before we look whose copy it is: see copy_root. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for_each_vcpu(d, v, i) {
		for (unsigned int which = 0; which < 2; which++) {
			if (v->pv.root_of[which] == l4) {
				__atomic_store_n(&v->pv.root[which][index], pte, __ATOMIC_RELEASE);
			}
		}
	}
}
