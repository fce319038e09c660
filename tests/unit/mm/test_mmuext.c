/* SPDX-License-Identifier: MIT */
/* mmuext_op: pins, base pointers, flushes, clearing and copying. */
#include "mm/world.h"

#include <string.h>

static struct domain *d;
static struct tables t;

static int begin(void **state)
{
	int rc = world_test_begin(state);

	d = world_domain(1, false, 4000);
	world_tables_live(d, &t);
	world_run(d);
	return rc;
}

#define CALL_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static void test_pin_and_unpin(void **state)
{
	struct tables u;

	(void)state;
	world_tables(d, &u);
	assert_int_equal(mmuext(MMUEXT_PIN_L4_TABLE, u.l4), 0);
	assert_int_equal(mmuext(MMUEXT_PIN_L4_TABLE, u.l4), -EINVAL);
	assert_int_equal(mmuext(MMUEXT_PIN_L1_TABLE, u.l1), 0);
	assert_int_equal(types_of(u.l1), 2);
	assert_oracle();
	assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, u.l4), 0);
	assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, u.l4), -EINVAL);
	assert_int_equal(types_of(u.l2), 0);
	assert_int_equal(types_of(u.l1), 1);
	assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, u.l1), 0);
	assert_int_equal(mmuext(MMUEXT_PIN_L1_TABLE, MFN_DEVICE), -EINVAL);
	assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, ~0ULL), -EINVAL);
}

static void test_base_pointers(void **state)
{
	struct vcpu *v = d->vcpu[0];
	struct tables u;
	unsigned int loads = fake_root_loads;

	(void)state;
	world_tables(d, &u);
	assert_int_equal(mmuext(MMUEXT_NEW_BASEPTR, u.l4), 0);
	assert_ptr_equal(v->pv.guest_table, world_page(u.l4));
	assert_true(v->pv.cr3_kernel == u.l4 << PAGE_SHIFT);
	assert_int_equal(fake_root_loads, loads + 1);
	assert_oracle();
	assert_int_equal(mmuext(MMUEXT_NEW_BASEPTR, u.l4), 0);
	assert_int_equal(mmuext(MMUEXT_NEW_BASEPTR, u.l1), -EINVAL);
	assert_int_equal(mmuext(MMUEXT_NEW_BASEPTR, 0), -EINVAL);
	assert_int_equal(mmuext(MMUEXT_NEW_USER_BASEPTR, t.l4), 0);
	assert_ptr_equal(v->pv.guest_table_user, world_page(t.l4));
	assert_int_equal(mmuext(MMUEXT_NEW_USER_BASEPTR, t.l3), -EINVAL);
	assert_oracle();
	assert_int_equal(mmuext(MMUEXT_NEW_USER_BASEPTR, 0), 0);
	assert_null(v->pv.guest_table_user);
	assert_true(v->pv.cr3_user == 0);
	assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, t.l4), 0);
	assert_int_equal(types_of(t.l4), 0);
}

/* Unpinning in pieces: over when the call is over, however often interrupted. */
static void test_unpin_is_continued(void **state)
{
	(void)state;
	for (unsigned int every = 1; every < 9; every++) {
		struct tables u;
		struct mmuext_op op[2];
		uint32_t done = 0;

		world_tables(d, &u);
		for (unsigned int i = 1; i < 30; i++) {
			world_table(u.l2)[i] = world_frame(d) << PAGE_SHIFT | FLAGS_USER;
		}
		world_preempt_every(every == 1 ? 2 : every);
		op[0] = (struct mmuext_op){.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = u.l4};
		op[1] = (struct mmuext_op){.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = u.l4};
		assert_int_equal(call_mmuext(op, 2, &done, DOMID_SELF), 0);
		assert_int_equal(done, 2);
		assert_null(d->vcpu[0]->pv.old_table);
		assert_int_equal(types_of(u.l2), 0);
		assert_oracle();
	}
}

static void test_who_may(void **state)
{
	struct domain *dom = world_domain(0, true, 100);
	struct mmuext_op pin = {.cmd = MMUEXT_PIN_L4_TABLE};
	struct mmuext_op base = {.cmd = MMUEXT_NEW_BASEPTR};
	struct tables u;

	(void)state;
	world_tables(d, &u);
	pin.arg1.mfn = base.arg1.mfn = u.l4;
	assert_int_equal(call_mmuext(&pin, 1, NULL, 0), -EPERM);
	world_run(dom);
	assert_int_equal(call_mmuext(&pin, 1, NULL, DOMID_SELF), -EINVAL);
	assert_int_equal(call_mmuext(&pin, 1, NULL, 5), -ESRCH);
	assert_int_equal(call_mmuext(&base, 1, NULL, 1), -EPERM);
	assert_int_equal(call_mmuext(&pin, 1, NULL, 1), 0);
	assert_oracle();
}

static void test_flushes(void **state)
{
	struct mmuext_op op = {.cmd = MMUEXT_TLB_FLUSH_MULTI};
	uint64_t mask = 1;
	unsigned int before = fake_flush_count;

	(void)state;
	assert_int_equal(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	assert_int_equal(mmuext(MMUEXT_INVLPG_LOCAL, 0x1000), 0);
	assert_int_equal(mmuext(MMUEXT_TLB_FLUSH_ALL, 0), 0);
	assert_int_equal(mmuext(MMUEXT_INVLPG_ALL, 0x1000), 0);
	assert_int_equal(fake_flush_count, before + 4);
	assert_int_equal(mmuext(MMUEXT_INVLPG_ALL, HOLE_START), 0);
	assert_int_equal(fake_flush_count, before + 4); /* not the guest's business */
	op.arg2.vcpumask = (uint64_t)&mask;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), 0);
	assert_int_equal(fake_flush_count, before + 5);
	op.arg2.vcpumask = 16;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), -EFAULT);
	assert_int_equal(mmuext(MMUEXT_FLUSH_CACHE, 0), -EACCES);
	assert_int_equal(mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0), -EINVAL);
	assert_int_equal(mmuext(MMUEXT_MARK_SUPER, 0), -EOPNOTSUPP);
	assert_int_equal(mmuext(14, 0), -ENOSYS);
	assert_int_equal(mmuext(77, 0), -ENOSYS);
}

/* Which CPUs flushed fully since `before`, the flush clock. */
static cpumask_t flushed_since(uint32_t before)
{
	cpumask_t cpus = 0;

	for (unsigned int cpu = 0; cpu < 8; cpu++) {
		if ((int32_t)(fake_last_flush[cpu] - before) > 0) {
			cpus |= cpumask_of(cpu);
		}
	}
	return cpus;
}

/* CPUs that do not run the domain are left alone, whatever it asks for. */
static void test_flushes_of_many_cpus(void **state)
{
	struct mmuext_op op = {.cmd = MMUEXT_TLB_FLUSH_MULTI};
	struct vcpu others[3] = {{.id = 1}, {.id = 2}, {.id = 3}};
	struct vcpu **one = d->vcpu, *four[4] = {*one};
	/* vCPU -> CPU: 1 -> 2, 2 -> 5, 3 -> 6; on CPU 6 another domain runs by now. */
	static const unsigned int cpus[] = {2, 5, 6};
	cpumask_t online = cpu_online_map;
	uint64_t mask = ~0ULL;
	uint32_t before;

	(void)state;
	cpu_online_map = 0xff;
	for (unsigned int i = 0; i < 3; i++) {
		others[i].domain = d;
		others[i].cpu = cpus[i];
		four[1 + i] = &others[i];
	}
	d->vcpu = four;
	d->max_vcpus = 4;
	d->dirty_cpus |= cpumask_of(2) | cpumask_of(5);
	op.arg2.vcpumask = (uint64_t)&mask;

	before = tlb_clock();
	assert_int_equal(mmuext(MMUEXT_TLB_FLUSH_ALL, 0), 0);
	assert_int_equal(flushed_since(before), 0x25);
	before = tlb_clock();
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), 0);
	assert_int_equal(flushed_since(before), 0x25);
	before = tlb_clock();
	mask = 1 << 2 | 1 << 3;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), 0);
	assert_int_equal(flushed_since(before), 0x20);
	before = tlb_clock();
	mask = ~0ULL << 3; /* vCPU 3 is not on its CPU; there are no others */
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), 0);
	assert_int_equal(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	assert_int_equal(flushed_since(before), 1);

	d->max_vcpus = 1;
	d->vcpu = one;
	d->dirty_cpus = cpumask_of(0);
	cpu_online_map = online;
}

static void test_clear_and_copy(void **state)
{
	uint64_t a = world_frame(d), b = world_frame(d);
	struct mmuext_op op = {.cmd = MMUEXT_COPY_PAGE};

	(void)state;
	memset(world_table(a), 0x5a, PAGE_SIZE);
	op.arg1.mfn = b;
	op.arg2.src_mfn = a;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), 0);
	assert_memory_equal(world_table(a), world_table(b), PAGE_SIZE);
	assert_int_equal(mmuext(MMUEXT_CLEAR_PAGE, a), 0);
	assert_true(world_table(a)[0] == 0 && world_table(a)[511] == 0);
	/* Never into tables. */
	op.arg1.mfn = t.l1;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), -EINVAL);
	assert_int_equal(mmuext(MMUEXT_CLEAR_PAGE, t.l2), -EINVAL);
	assert_int_equal(mmuext(MMUEXT_CLEAR_PAGE, MFN_DEVICE), -EINVAL);
	op.arg2.src_mfn = MFN_DEVICE;
	op.arg1.mfn = b;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), -EINVAL);
}

static void test_assists(void **state)
{
	(void)state;
	assert_int_equal(do_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	assert_int_equal(d->pv.vm_assist, 1 << VMASST_TYPE_writable_pagetables);
	assert_int_equal(do_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
	assert_int_equal(d->pv.vm_assist, 0);
	assert_int_equal(do_vm_assist(VMASST_CMD_enable, 63), -EINVAL);
	assert_int_equal(do_vm_assist(VMASST_CMD_enable, 64), -EINVAL);
	assert_int_equal(do_vm_assist(2, VMASST_TYPE_writable_pagetables), -ENOSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(test_pin_and_unpin),
		CALL_TEST(test_base_pointers),
		CALL_TEST(test_unpin_is_continued),
		CALL_TEST(test_who_may),
		CALL_TEST(test_flushes),
		CALL_TEST(test_flushes_of_many_cpus),
		CALL_TEST(test_clear_and_copy),
		CALL_TEST(test_assists),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
