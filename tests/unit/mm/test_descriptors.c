/* SPDX-License-Identifier: MIT */
/* GDT and LDT frames: which descriptors pass, who holds what. */
#include "mm/world.h"

#include <string.h>

#include "mm/perdomain.h"
#include "pv/pv.h"

#define CODE64 0x00af9b000000ffffULL /* present, privilege 0 */
#define DATA 0x00cf93000000ffffULL
#define DPL3 (3ULL << 45)

static struct domain *d;
static struct vcpu *v;
static struct tables t;

static int begin(void **state)
{
	int rc = world_test_begin(state);

	d = world_domain(1, false, 100);
	v = d->vcpu[0];
	world_tables_live(d, &t);
	world_run(d);
	return rc;
}

#define CALL_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static void test_every_descriptor_type(void **state)
{
	(void)state;
	for (uint64_t attributes = 0; attributes < 0x10000; attributes++) {
		uint64_t e = attributes << 40 | 0xffff, before = e;
		bool present = e >> 47 & 1, code_or_data = e >> 44 & 1, type = e >> 40 & 15;
		bool ok = segdesc_check(&e);

		assert_int_equal(ok, !present || code_or_data || !type);
		if (ok && present && code_or_data) {
			assert_true(e == (before | DPL3));
		} else {
			assert_true(e == before);
		}
	}
}

static void test_set_gdt(void **state)
{
	uint64_t frames[15], zero = perdomain_get_pte(v, 0);

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++) {
		frames[i] = world_frame(d);
		world_table(frames[i])[1] = CODE64;
		world_table(frames[i])[511] = DATA;
	}
	assert_int_equal(do_set_gdt(gptr((uint64_t)frames), 513), 0);
	assert_int_equal(type_of(frames[1]), PT_SEGDESC);
	assert_int_equal(refs_of(frames[2]), 1);
	assert_true(world_table(frames[0])[1] == (CODE64 | DPL3));
	assert_true(pte_mfn(perdomain_get_pte(v, 1)).v == frames[1]);
	assert_true(perdomain_get_pte(v, 2) == zero);
	assert_oracle();
	/* Not writable while it is a GDT; writable afterwards. */
	assert_int_equal(update_entry(t.l1, 0, frames[1] << PAGE_SHIFT | FLAGS_USER), -EBUSY);
	assert_int_equal(do_set_gdt(gptr((uint64_t)frames), 14 * 512), 0);
	assert_oracle();
	assert_int_equal(do_set_gdt(gptr((uint64_t)frames), 14 * 512 + 1), -EINVAL);
	assert_int_equal(do_set_gdt(gptr(16), 1), -EFAULT);
	assert_int_equal(do_set_gdt(gptr((uint64_t)frames), 1), 0);
	assert_true(perdomain_get_pte(v, 1) == zero);
	assert_int_equal(update_entry(t.l1, 0, frames[1] << PAGE_SHIFT | FLAGS_USER), 0);
	/* One bad frame: the old GDT stays. */
	assert_int_equal(do_set_gdt(gptr((uint64_t)frames), 1024), -EINVAL);
	assert_int_equal(v->pv.gdt_ents, 1);
	assert_oracle();
	frames[0] = MFN_DEVICE;
	assert_int_equal(do_set_gdt(gptr((uint64_t)frames), 1), -EINVAL);
	assert_int_equal(do_set_gdt(gptr((uint64_t)frames), 0), 0);
	assert_true(perdomain_get_pte(v, 0) == zero);
}

static void test_update_descriptor(void **state)
{
	uint64_t gdt = world_frame(d), plain = world_frame(d);

	(void)state;
	assert_int_equal(do_set_gdt(gptr((uint64_t)&gdt), 512), 0);
	assert_int_equal(do_update_descriptor((gdt << PAGE_SHIFT) + 16, CODE64), 0);
	assert_true(world_table(gdt)[2] == (CODE64 | DPL3));
	assert_int_equal(do_update_descriptor((gdt << PAGE_SHIFT) + 12, CODE64), -EINVAL);
	/* A call gate, a TSS. */
	assert_int_equal(do_update_descriptor(gdt << PAGE_SHIFT, 0x0000ec0000330000ULL), -EINVAL);
	assert_int_equal(do_update_descriptor(gdt << PAGE_SHIFT, 0x0000890000000067ULL), -EINVAL);
	assert_int_equal(do_update_descriptor(plain << PAGE_SHIFT, DATA), 0);
	assert_true(world_table(plain)[0] == (DATA | DPL3));
	assert_int_equal(do_update_descriptor(t.l1 << PAGE_SHIFT, 0), -EINVAL);
	assert_int_equal(do_update_descriptor(MFN_DEVICE << PAGE_SHIFT, 0), -EINVAL);
}

static void test_ldt(void **state)
{
	uint64_t ldt = world_frame(d), bad = world_frame(d);
	struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = 8UL << PAGE_SHIFT};

	(void)state;
	world_table(ldt)[3] = DATA;
	world_table(bad)[3] = 0x0000890000000067ULL;
	assert_int_equal(update_entry(t.l1, 8, ldt << PAGE_SHIFT | FLAGS_RO), 0);
	assert_int_equal(update_entry(t.l1, 9, bad << PAGE_SHIFT | FLAGS_RO), 0);
	assert_int_equal(update_entry(t.l1, 10, ldt << PAGE_SHIFT | FLAGS_RO), 0);
	op.arg2.nr_ents = 2 * 512 + 10;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), 0);
	assert_int_equal(type_of(ldt), PT_NONE);      /* nothing is looked at before use */
	assert_false(pv_handle_ldt_fault(PAGE_SIZE)); /* a TSS in it */
	assert_true(pv_handle_ldt_fault(24));
	assert_int_equal(type_of(ldt), PT_SEGDESC);
	assert_false(pv_handle_ldt_fault(24)); /* is mapped: a fault of another kind */
	assert_true(pv_handle_ldt_fault(2 * PAGE_SIZE + 72));
	assert_false(pv_handle_ldt_fault(2 * PAGE_SIZE + 80)); /* past the end */
	assert_int_equal(types_of(ldt), 2);
	assert_oracle();
	op.arg1.linear_addr += 8;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), -EINVAL);
	op.arg1.linear_addr = HOLE_START - PAGE_SIZE;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), -EINVAL);
	op.arg1.linear_addr = 8UL << PAGE_SHIFT;
	op.arg2.nr_ents = 8193;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), -EINVAL);
	op.arg2.nr_ents = 0;
	assert_int_equal(call_mmuext(&op, 1, NULL, DOMID_SELF), 0);
	assert_int_equal(types_of(ldt), 0);
	assert_int_equal(perdomain_get_pte(v, PERDOMAIN_LDT_PAGE), 0);
	assert_false(pv_handle_ldt_fault(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(test_every_descriptor_type),
		CALL_TEST(test_set_gdt),
		CALL_TEST(test_update_descriptor),
		CALL_TEST(test_ldt),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
