/* SPDX-License-Identifier: MIT */
/*
 * A small world for tests of memory and page tables: RAM, domains with one
 * vCPU, preemption on demand, and a check that nothing was lost.
 */
#ifndef TESTS_MM_WORLD_H
#define TESTS_MM_WORLD_H

/* cmocka wants these first, in this order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/cpu.h"
#include "arch/fake/fake.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "lib/errno.h"
#include "mm/oracle.h"
#include "mm/table.h"
#include "pv/mmu.h"

#define FLAGS_USER (PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define FLAGS_RO (PTE_PRESENT | PTE_USER | PTE_ACCESSED)
/* A frame number that is a device, and one that is Argon's device. */
#define MFN_DEVICE 0x40000UL
#define MFN_PRIVATE 0xfee00UL

/* cmocka fixtures: once per program; around each test. */
int world_start(void **state);
int world_start_small(void **state); /* without high memory: the oracle is faster */
/* Remembers what is free; afterwards every domain is gone and as much is free. */
int world_test_begin(void **state);
int world_test_end(void **state);
#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, world_test_begin, world_test_end)

/* A domain with a vCPU and its shared page; privileged ones have device access too. */
/* How often a domain was crashed. */
extern unsigned int world_crashes;
struct domain *world_domain(xen_domid_t id, bool privileged, uint64_t max_pages);
/* Destroys it as domain_kill would; world_test_end does so for all that are left. */
void world_domain_end(struct domain *d);
/* Who makes hypercalls from now on. */
void world_run(struct domain *d);
void world_idle(void); /* nobody, on this CPU */

/* An unused frame of d's. */
uint64_t world_frame(struct domain *d);
struct page_info *world_page(uint64_t m);
pte_t *world_table(uint64_t m);

/* Frames of an address space that maps one L1 table at va 0, written but not typed. */
struct tables {
	uint64_t l4, l3, l2, l1;
};
void world_tables(struct domain *d, struct tables *t);
/* The same, pinned and made d's base pointer. */
void world_tables_live(struct domain *d, struct tables *t);

/* preempt_needed() answers true every n-th time; 0: never. */
void world_preempt_every(unsigned int n);
extern unsigned int world_continuations; /* hypercalls continued so far */

/* Hypercalls of the current domain, continued until they are over. */
long call_mmu_update(struct mmu_update *list, uint32_t count, uint32_t *done, uint32_t domid);
long call_mmuext(struct mmuext_op *list, uint32_t count, uint32_t *done, uint32_t domid);
long call_memory(uint64_t cmd, void *arg);
/* Single ones. */
long update_entry(uint64_t table, unsigned int index, pte_t pte);
long mmuext(uint32_t cmd, uint64_t arg1);

/* References, type count and type of a frame. */
uint64_t refs_of(uint64_t m);
uint64_t types_of(uint64_t m);
enum page_type type_of(uint64_t m);

#define assert_oracle() assert_int_equal(type_oracle_check(), 0)

#endif
