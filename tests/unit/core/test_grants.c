/* SPDX-License-Identifier: MIT */
/*
 * Grants: what is permitted and nothing else; use shows in the shared entry
 * as long as it lasts; death of either side gives everything back.
 */
#include "core/world.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/grant.h"
#include "mm/table.h"
#include "pv/mmu.h"

#define GRANTER 1
#define MAPPER 2
#define REFS 16
#define FLAGS (PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

static struct domain *granter, *mapper;
static struct grant_entry_v1 *table; /* the granter's */
static uint64_t frame[REFS];
static uint64_t l1_frame; /* of the mapper: virtual address n * PAGE_SIZE is entry n */

static pte_t *entry(unsigned int slot)
{
	return (pte_t *)world_memory(l1_frame) + slot;
}

/* An address space of one L1 table at address 0. */
static void make_tables(struct domain *d)
{
	uint64_t l4 = world_frame(d), l3 = world_frame(d), l2 = world_frame(d);
	struct vcpu *v = d->vcpu[0];

	l1_frame = world_frame(d);
	*(pte_t *)world_memory(l4) = l3 << PAGE_SHIFT | FLAGS;
	*(pte_t *)world_memory(l3) = l2 << PAGE_SHIFT | FLAGS;
	*(pte_t *)world_memory(l2) = l1_frame << PAGE_SHIFT | FLAGS;
	assert_int_equal(page_get_and_type(mfn_to_page(mfn(l4)), d, PT_L4), 0);
	v->pv.guest_table = mfn_to_page(mfn(l4));
	v->pv.cr3_kernel = l4 << PAGE_SHIFT;
}

static int begin(void **state)
{
	xen_pfn_t list[1];
	struct gnttab_setup_table s = {.dom = DOMID_SELF,
				       .nr_frames = 1,
				       .frame_list = (uint64_t)list};
	int rc = world_test_begin(state);

	granter = world_domain(GRANTER, 1);
	mapper = world_domain(MAPPER, 1);
	make_tables(mapper);
	world_act_as(granter->vcpu[0]);
	assert_int_equal(call_grant(GNTTABOP_setup_table, &s, 1), 0);
	assert_int_equal(s.status, GNTST_okay);
	table = world_memory(list[0]);
	for (unsigned int i = 0; i < REFS; i++) {
		frame[i] = world_frame(granter);
		table[i] = (struct grant_entry_v1){GTF_permit_access, MAPPER, (uint32_t)frame[i]};
	}
	world_act_as(mapper->vcpu[0]);
	return rc;
}

#define GRANT_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static int map_at(uint64_t addr, uint32_t flags, grant_ref_t ref, grant_handle_t *h)
{
	struct gnttab_map_grant_ref m = {.host_addr = addr,
					 .flags = flags,
					 .ref = ref,
					 .dom = GRANTER};

	assert_int_equal(call_grant(GNTTABOP_map_grant_ref, &m, 1), 0);
	*h = m.handle;
	if (m.status == GNTST_okay) {
		assert_int_equal(m.dev_bus_addr, frame[ref] << PAGE_SHIFT);
	}
	return m.status;
}

static int map(unsigned int slot, uint32_t flags, grant_ref_t ref, grant_handle_t *h)
{
	return map_at(slot * PAGE_SIZE, flags, ref, h);
}

static int unmap_at(uint64_t addr, uint64_t dev, grant_handle_t h)
{
	struct gnttab_unmap_grant_ref u = {.host_addr = addr, .dev_bus_addr = dev, .handle = h};

	assert_int_equal(call_grant(GNTTABOP_unmap_grant_ref, &u, 1), 0);
	return u.status;
}

/* Slot 0 cannot be unmapped: address 0 means none. */
static int unmap(unsigned int slot, grant_handle_t h)
{
	return unmap_at(slot * PAGE_SIZE, 0, h);
}

static uint16_t use_of(grant_ref_t ref)
{
	return table[ref].flags & (GTF_reading | GTF_writing);
}

static void test_map_and_unmap(void **state)
{
	grant_handle_t rw, ro;

	(void)state;
	assert_int_equal(map(1, GNTMAP_host_map, 3, &rw), GNTST_okay);
	assert_int_equal(*entry(1) & PTE_FRAME_MASK, frame[3] << PAGE_SHIFT);
	assert_true(*entry(1) & PTE_RW);
	assert_int_equal(use_of(3), GTF_reading | GTF_writing);
	assert_int_equal(map(2, GNTMAP_host_map | GNTMAP_readonly, 3, &ro), GNTST_okay);
	assert_false(*entry(2) & PTE_RW);
	assert_int_equal(type_oracle_check(), 0);
	assert_int_equal(unmap(1, rw), GNTST_okay);
	assert_int_equal(*entry(1), 0);
	assert_int_equal(use_of(3), GTF_reading);
	assert_int_equal(unmap(1, rw), GNTST_bad_handle);
	/* The wrong place: nothing happens, and the handle stays good. */
	assert_int_not_equal(unmap(1, ro), GNTST_okay);
	assert_int_equal(use_of(3), GTF_reading);
	assert_int_equal(unmap(2, ro), GNTST_okay);
	assert_int_equal(use_of(3), 0);
}

static void test_refusals(void **state)
{
	struct gnttab_map_grant_ref m = {.host_addr = PAGE_SIZE,
					 .flags = GNTMAP_host_map,
					 .dom = 99};
	grant_handle_t h;

	(void)state;
	table[1].flags |= GTF_readonly;
	assert_int_equal(map(1, GNTMAP_host_map, 1, &h), GNTST_general_error);
	table[2].domid = 77;
	assert_int_equal(map(1, GNTMAP_host_map, 2, &h), GNTST_general_error);
	table[3].flags = GTF_invalid;
	assert_int_equal(map(1, GNTMAP_host_map, 3, &h), GNTST_general_error);
	table[4].frame = (uint32_t)world_frame(mapper); /* not the granter's */
	assert_int_not_equal(map(1, GNTMAP_host_map, 4, &h), GNTST_okay);
	assert_int_not_equal(map(1, GNTMAP_host_map | GNTMAP_readonly, 4, &h), GNTST_okay);
	table[5].frame = 0xf0000; /* a device */
	assert_int_not_equal(map(1, GNTMAP_host_map, 5, &h), GNTST_okay);
	assert_int_equal(map(1, GNTMAP_host_map, 1U << 30, &h), GNTST_bad_gntref);
	assert_int_not_equal(map(1, 0, 6, &h), GNTST_okay);
	/* No table there; in the hypervisor's hole; not a page. */
	assert_int_not_equal(map_at(1UL << 40, GNTMAP_host_map, 6, &h), GNTST_okay);
	assert_int_not_equal(map_at(0xffff820000000000, GNTMAP_host_map, 6, &h), GNTST_okay);
	/* An entry that is none of the mapper's L1 tables. */
	assert_int_not_equal(map_at(frame[0] << PAGE_SHIFT, GNTMAP_host_map | GNTMAP_contains_pte,
				    6, &h),
			     GNTST_okay);
	assert_int_equal(call_grant(GNTTABOP_map_grant_ref, &m, 1), 0);
	assert_int_equal(m.status, GNTST_bad_domain);
	assert_int_equal(unmap(1, 0), GNTST_bad_handle);
	assert_int_equal(unmap(1, ~0U), GNTST_bad_handle);
	for (unsigned int i = 0; i < REFS; i++) {
		assert_int_equal(use_of(i), 0);
	}
	assert_int_equal(mapper->grant->mapped, 0);
}

/* Page tables and descriptors cannot be had writable. */
static void test_typed_frames(void **state)
{
	grant_handle_t h;

	(void)state;
	assert_int_equal(page_get_and_type(mfn_to_page(mfn(frame[0])), granter, PT_SEGDESC), 0);
	assert_int_not_equal(map(1, GNTMAP_host_map, 0, &h), GNTST_okay);
	assert_int_equal(use_of(0), 0);
	assert_int_equal(map(1, GNTMAP_host_map | GNTMAP_readonly, 0, &h), GNTST_okay);
	assert_int_equal(unmap(1, h), GNTST_okay);
	page_put_and_type(mfn_to_page(mfn(frame[0])));
	assert_int_equal(map(1, GNTMAP_host_map, 0, &h), GNTST_okay);
	assert_int_equal(page_get_and_type(mfn_to_page(mfn(frame[0])), granter, PT_SEGDESC),
			 -EINVAL);
}

/* What the granter writes into an entry in use changes nothing of the use. */
static void test_entry_changed_in_use(void **state)
{
	const struct domain *other = world_domain(MAPPER + 1, 1);
	grant_handle_t first, second, third;

	(void)state;
	assert_int_equal(map(1, GNTMAP_host_map, 0, &first), GNTST_okay);
	/* Nobody else gets the frame, whom the entry may name now. */
	table[0].domid = MAPPER + 1;
	world_act_as(other->vcpu[0]);
	assert_int_equal(map(1, GNTMAP_device_map | GNTMAP_readonly, 0, &third),
			 GNTST_general_error);
	world_act_as(mapper->vcpu[0]);
	table[0].domid = MAPPER;
	table[0].frame = (uint32_t)frame[1];
	table[0].flags &= (uint16_t) ~(GTF_reading | GTF_writing);
	/* Another use while the first lasts is of the same frame. */
	assert_int_equal(map(2, GNTMAP_host_map | GNTMAP_readonly, 0, &second), GNTST_okay);
	assert_int_equal(*entry(2) & PTE_FRAME_MASK, frame[0] << PAGE_SHIFT);
	assert_int_equal(unmap(1, first), GNTST_okay);
	assert_int_equal(unmap(2, second), GNTST_okay);
	frame[0] = frame[1];
	assert_int_equal(map(1, GNTMAP_host_map, 0, &first), GNTST_okay);
	assert_int_equal(*entry(1) & PTE_FRAME_MASK, frame[1] << PAGE_SHIFT);
}

static void test_device_map(void **state)
{
	grant_handle_t h;
	uint64_t dev = frame[2] << PAGE_SHIFT;

	(void)state;
	assert_int_equal(map(1, GNTMAP_host_map | GNTMAP_device_map, 2, &h), GNTST_okay);
	assert_int_equal(type_oracle_check(), 0);
	assert_int_equal(unmap_at(PAGE_SIZE, 0, h), GNTST_okay);
	assert_int_equal(use_of(2), GTF_reading | GTF_writing);
	assert_int_equal(unmap_at(0, dev + PAGE_SIZE, h), GNTST_bad_dev_addr);
	assert_int_equal(unmap_at(0, dev, h), GNTST_okay);
	assert_int_equal(use_of(2), 0);
	assert_int_equal(map(1, GNTMAP_host_map | GNTMAP_device_map, 2, &h), GNTST_okay);
	/* It ends with the mapper's death, in world_test_end. */
}

static void test_guest_overwrites_entry(void **state)
{
	struct mmu_update u = {.ptr = (l1_frame << PAGE_SHIFT) + 8, .val = 0};
	grant_handle_t h;

	(void)state;
	assert_int_equal(map(1, GNTMAP_host_map, 7, &h), GNTST_okay);
	assert_int_equal(do_mmu_update(gptr((uint64_t)&u), 1, gptr(0), DOMID_SELF), 0);
	assert_int_equal(*entry(1), 0);
	assert_int_not_equal(unmap(1, h), GNTST_okay);
	assert_int_equal(type_oracle_check(), 0);
}

static void test_handles_run_out(void **state)
{
	unsigned int limit = 4 * MAPTRACKS_PER_FRAME, n = 0;
	grant_handle_t h, last = 0;

	(void)state;
	while (map(n % 512, GNTMAP_device_map, n % REFS, &h) == GNTST_okay) {
		last = h;
		assert_true(++n <= limit);
	}
	assert_int_equal(n, limit);
	assert_int_equal(map(1, GNTMAP_device_map, 0, &h), GNTST_no_space);
	assert_int_equal(unmap_at(0, frame[(n - 1) % REFS] << PAGE_SHIFT, last), GNTST_okay);
	assert_int_equal(map(1, GNTMAP_device_map, 0, &h), GNTST_okay);
}

static void test_copy(void **state)
{
	uint64_t own = world_frame(mapper);
	char *mine = world_memory(own), *theirs = world_memory(frame[0]);
	struct gnttab_copy c[3] = {
		{.source = {.u.gmfn = own, .domid = DOMID_SELF, .offset = 10},
		 .dest = {.u.ref = 0, .domid = GRANTER, .offset = 4000},
		 .len = 96,
		 .flags = GNTCOPY_dest_gref},
		{.source = {.u.ref = 0, .domid = GRANTER, .offset = 4000},
		 .dest = {.u.gmfn = own, .domid = DOMID_SELF, .offset = 200},
		 .len = 96,
		 .flags = GNTCOPY_source_gref},
		{.source = {.u.gmfn = frame[0], .domid = GRANTER},
		 .dest = {.u.gmfn = own, .domid = DOMID_SELF},
		 .len = 1},
	};

	(void)state;
	memset(mine + 10, 0x5a, 96);
	assert_int_equal(call_grant(GNTTABOP_copy, c, 3), 0);
	assert_int_equal(c[0].status, GNTST_okay);
	assert_int_equal(c[1].status, GNTST_okay);
	assert_int_equal(c[2].status, GNTST_permission_denied); /* only grants reach others */
	assert_memory_equal(theirs + 4000, mine + 10, 96);
	assert_memory_equal(mine + 200, mine + 10, 96);
	assert_int_equal(use_of(0), 0);
	c[0].len = 97; /* beyond the page */
	assert_int_equal(call_grant(GNTTABOP_copy, c, 1), 0);
	assert_int_equal(c[0].status, GNTST_bad_copy_arg);
	c[0].len = 96;
	table[0].flags |= GTF_readonly;
	assert_int_equal(call_grant(GNTTABOP_copy, c, 2), 0);
	assert_int_equal(c[0].status, GNTST_general_error);
	assert_int_equal(c[1].status, GNTST_okay);
}

#define SLOTS 64

/* Maps and unmaps at random; the shared flags are always what is in use. */
static void test_random(void **state)
{
	struct {
		bool used, readonly;
		grant_ref_t ref;
		grant_handle_t h;
	} slot[SLOTS] = {{0}};

	(void)state;
	srandom(17);
	world_preempt_every(3);
	for (unsigned int step = 0; step < 20000; step++) {
		unsigned int s = 1 + (unsigned int)random() % (SLOTS - 1);
		unsigned int readers[REFS] = {0}, writers[REFS] = {0};

		if (slot[s].used) {
			assert_int_equal(unmap(s, slot[s].h), GNTST_okay);
			slot[s].used = false;
		} else {
			slot[s].ref = (grant_ref_t)random() % REFS;
			slot[s].readonly = random() & 1;
			assert_int_equal(map(s,
					     GNTMAP_host_map |
						     (slot[s].readonly ? GNTMAP_readonly : 0),
					     slot[s].ref, &slot[s].h),
					 GNTST_okay);
			slot[s].used = true;
		}
		for (s = 0; s < SLOTS; s++) {
			if (slot[s].used) {
				(slot[s].readonly ? readers : writers)[slot[s].ref]++;
			}
		}
		for (unsigned int r = 0; r < REFS; r++) {
			assert_int_equal(use_of(r), (readers[r] || writers[r] ? GTF_reading : 0) |
							    (writers[r] ? GTF_writing : 0));
		}
	}
	assert_int_equal(type_oracle_check(), 0);
}

#define TURNS 20000

/* Unmaps whatever handle there may be while another vCPU's map is on its way to fail. */
static void *unmapper(void *arg)
{
	bool *stop = arg;

	world_cpu(1);
	cpu_set_current(mapper->vcpu[0]);
	while (!__atomic_load_n(stop, __ATOMIC_SEQ_CST)) {
		for (grant_handle_t h = 0; h < 3; h++) {
			unmap_at(0, frame[0] << PAGE_SHIFT, h);
			unmap_at(2 * PAGE_SIZE, 0, h);
		}
	}
	return NULL;
}

static void test_map_races_unmap(void **state)
{
	uint32_t both = GNTMAP_host_map | GNTMAP_device_map;
	bool stop = false;
	grant_handle_t h;
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, unmapper, &stop), 0);
	for (unsigned int i = 0; i < TURNS; i++) {
		assert_int_equal(map_at(1UL << 40, both, 0, &h), GNTST_general_error);
		if (map(2, both, 0, &h) == GNTST_okay) {
			unmap_at(2 * PAGE_SIZE, frame[0] << PAGE_SHIFT, h);
			unmap_at(0, frame[0] << PAGE_SHIFT, h);
		}
	}
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	pthread_join(t, NULL);
	/* A mapping over one that is just being unmapped may be lost to its handle: until here. */
	world_domain_end(mapper);
	assert_int_equal(use_of(0), 0);
}

/* The granter dies first: its frames live on until the mapper lets go. */
static void test_granter_dies(void **state)
{
	grant_handle_t h, h2;

	(void)state;
	assert_int_equal(map(1, GNTMAP_host_map, 0, &h), GNTST_okay);
	assert_int_equal(map(2, GNTMAP_host_map | GNTMAP_readonly, 1, &h2), GNTST_okay);
	world_domain_end(granter);
	assert_non_null(domain_by_id(GRANTER));
	world_act_as(mapper->vcpu[0]);
	((char *)world_memory(frame[0]))[0] = 1;
	assert_int_equal(type_oracle_check(), 0);
	assert_int_not_equal(map(3, GNTMAP_host_map, 2, &h2), GNTST_okay);
	assert_int_equal(unmap(1, h), GNTST_okay);
	assert_non_null(domain_by_id(GRANTER));
	world_domain_end(mapper);
	assert_null(domain_by_id(GRANTER));
}

static void test_mapper_dies(void **state)
{
	grant_handle_t h;

	(void)state;
	for (unsigned int i = 0; i < REFS; i++) {
		assert_int_equal(map(i,
				     GNTMAP_host_map | (i & 1 ? GNTMAP_readonly : 0) |
					     (i & 2 ? GNTMAP_device_map : 0),
				     i, &h),
				 GNTST_okay);
	}
	world_preempt_every(2);
	world_domain_end(mapper);
	for (unsigned int i = 0; i < REFS; i++) {
		assert_int_equal(use_of(i), 0);
	}
}

static void test_administration(void **state)
{
	xen_pfn_t list[8];
	struct gnttab_setup_table s = {.dom = DOMID_SELF,
				       .nr_frames = 4,
				       .frame_list = (uint64_t)list};
	struct gnttab_query_size q = {.dom = DOMID_SELF};
	struct gnttab_set_version v = {.version = 2};

	(void)state;
	assert_int_equal(call_grant(GNTTABOP_setup_table, &s, 1), 0);
	assert_int_equal(s.status, GNTST_okay);
	assert_int_equal(call_grant(GNTTABOP_query_size, &q, 1), 0);
	assert_int_equal(q.nr_frames, 4);
	assert_int_equal(q.max_nr_frames, 4);
	s.nr_frames = 5;
	assert_int_equal(call_grant(GNTTABOP_setup_table, &s, 1), 0);
	assert_int_not_equal(s.status, GNTST_okay);
	s.dom = GRANTER;
	assert_int_equal(call_grant(GNTTABOP_setup_table, &s, 1), 0);
	assert_int_equal(s.status, GNTST_permission_denied);
	assert_int_not_equal(call_grant(GNTTABOP_set_version, &v, 1), 0);
	v.version = 1;
	assert_int_equal(call_grant(GNTTABOP_set_version, &v, 1), 0);
	assert_int_equal(call_grant(GNTTABOP_setup_table, &s, 2), -EINVAL);
	assert_int_equal(call_grant(9999, &s, 1), -ENOSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GRANT_TEST(test_map_and_unmap),   GRANT_TEST(test_refusals),
		GRANT_TEST(test_typed_frames),    GRANT_TEST(test_entry_changed_in_use),
		GRANT_TEST(test_device_map),      GRANT_TEST(test_guest_overwrites_entry),
		GRANT_TEST(test_handles_run_out), GRANT_TEST(test_copy),
		GRANT_TEST(test_random),          GRANT_TEST(test_map_races_unmap),
		GRANT_TEST(test_granter_dies),    GRANT_TEST(test_mapper_dies),
		GRANT_TEST(test_administration),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
