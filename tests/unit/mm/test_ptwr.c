/* SPDX-License-Identifier: MIT */
/*
 * Writable page tables: each instruction is run twice, by the processor on
 * plain memory and by ptwr_handle_fault on an entry, and must do the same.
 */
#include "mm/world.h"

#include <string.h>

#include "pv/pv.h"

static struct domain *d;
static struct tables t;
static uint64_t data;

#define TABLE_VA (3UL << PAGE_SHIFT) /* the L1 table's own read-only mapping */
#define SLOT 40

static int begin(void **state)
{
	int rc = world_test_begin(state);

	d = world_domain(1, false, 100);
	world_tables_live(d, &t);
	world_run(d);
	data = world_frame(d);
	assert_int_equal(update_entry(t.l1, 3, t.l1 << PAGE_SHIFT | FLAGS_RO), 0);
	return rc;
}

#define CALL_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static bool store(const void *code, struct cpu_user_regs *r, uint64_t va)
{
	r->rip = (uint64_t)code;
	return ptwr_handle_fault(va, r);
}

/*
 * The instruction's bytes with [rdi] as operand; executed natively on *mem
 * with the given RAX and RCX, which come back changed.
 */
#define NATIVE(text) \
	static void native_##text(uint64_t *mem, uint64_t *rax, uint64_t *rcx, uint64_t *flags)
#define RUN(code)                                                           \
	__asm__ volatile("push %3; popfq; " code "; pushfq; pop %3"         \
			 : "+m"(*mem), "+a"(*rax), "+c"(*rcx), "+r"(*flags) \
			 : "D"(mem)                                         \
			 : "memory", "cc")

NATIVE(mov64)
{
	RUN("movq %%rcx, (%%rdi)");
}
NATIVE(mov32)
{
	RUN("movl %%ecx, (%%rdi)");
}
NATIVE(mov8h)
{
	RUN("movb %%ch, (%%rdi)");
}
NATIVE(movi)
{
	RUN("movq $-0x1ff, (%%rdi)");
}
NATIVE(xchg)
{
	RUN("xchgq %%rcx, (%%rdi)");
}
NATIVE(xchg32)
{
	RUN("xchgl %%ecx, (%%rdi)");
}
NATIVE(cmpxchg)
{
	RUN("lock cmpxchgq %%rcx, (%%rdi)");
}
NATIVE(cmpxchg32)
{
	RUN("lock cmpxchgl %%ecx, (%%rdi)");
}
NATIVE(andb)
{
	RUN("lock andb $0xfd, (%%rdi)");
}
NATIVE(andq)
{
	RUN("lock andq %%rcx, (%%rdi)");
}
NATIVE(orb)
{
	RUN("lock orb $0x42, (%%rdi)");
}
NATIVE(orl)
{
	RUN("lock orl $0x200, (%%rdi)");
}
NATIVE(btr)
{
	RUN("lock btrq $1, (%%rdi)");
}
NATIVE(bts)
{
	RUN("lock btsq $5, (%%rdi)");
}

struct instruction {
	void (*native)(uint64_t *, uint64_t *, uint64_t *, uint64_t *);
	uint8_t code[16];
	unsigned int length;
};

static const struct instruction instructions[] = {
	{native_mov64, {0x48, 0x89, 0x0f}, 3},
	{native_mov32, {0x89, 0x0f}, 2},
	{native_mov8h, {0x88, 0x2f}, 2},
	{native_movi, {0x48, 0xc7, 0x07, 0x01, 0xfe, 0xff, 0xff}, 7},
	{native_xchg, {0x48, 0x87, 0x0f}, 3},
	{native_xchg32, {0x87, 0x0f}, 2},
	{native_cmpxchg, {0xf0, 0x48, 0x0f, 0xb1, 0x0f}, 5},
	{native_cmpxchg32, {0xf0, 0x0f, 0xb1, 0x0f}, 4},
	{native_andb, {0xf0, 0x80, 0x27, 0xfd}, 4},
	{native_andq, {0xf0, 0x48, 0x21, 0x0f}, 4},
	{native_orb, {0xf0, 0x80, 0x0f, 0x42}, 4},
	{native_orl, {0xf0, 0x81, 0x0f, 0x00, 0x02, 0, 0}, 7},
	{native_btr, {0xf0, 0x48, 0x0f, 0xba, 0x37, 0x01}, 6},
	{native_bts, {0xf0, 0x48, 0x0f, 0xba, 0x2f, 0x05}, 6},
};

#define ARITHMETIC 0x8c5UL /* CF PF ZF SF OF; AF is undefined after and, or */

static void compare_once(const struct instruction *in, pte_t entry, uint64_t rax, uint64_t rcx)
{
	struct cpu_user_regs r = {.rax = rax, .rcx = rcx, .rflags = 0x202};
	uint64_t mem, native_rax = rax, native_rcx = rcx, native_flags = 0x202;
	pte_t *slot = &world_table(t.l1)[SLOT];

	assert_int_equal(update_entry(t.l1, SLOT, entry), 0);
	mem = *slot;
	in->native(&mem, &native_rax, &native_rcx, &native_flags);
	if (mem & PTE_PRESENT && (pte_mfn(mem).v != data || l1e_check_flags(d, &mem))) {
		/* Not a legal entry: refused, nothing changed. */
		pte_t before = *slot;

		assert_false(store(in->code, &r, TABLE_VA + SLOT * 8));
		assert_true(*slot == before && r.rcx == rcx && r.rax == rax);
		assert_true(r.rip == (uint64_t)in->code);
		return;
	}
	assert_true(store(in->code, &r, TABLE_VA + SLOT * 8));
	if (*slot != mem || r.rax != native_rax || r.rcx != native_rcx ||
	    (r.rflags & ARITHMETIC) != (native_flags & ARITHMETIC)) {
		fail_msg("code %02x %02x, entry %lx: %lx %lx %lx %lx, natively %lx %lx %lx %lx",
			 in->code[0], in->code[1], entry, *slot, r.rax, r.rcx, r.rflags, mem,
			 native_rax, native_rcx, native_flags);
	}
	assert_true(r.rip == (uint64_t)in->code + in->length);
}

static void test_like_the_processor(void **state)
{
	const pte_t at = data << PAGE_SHIFT;
	const pte_t entries[] = {0,           at | FLAGS_USER, at | FLAGS_RO, at | PTE_PRESENT,
				 at | PTE_RW, 0x800,           ~0ULL << 1};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		for (unsigned int e = 0; e < ARRAY_SIZE(entries); e++) {
			for (unsigned int v = 0; v < ARRAY_SIZE(entries); v++) {
				pte_t stored;

				assert_int_equal(update_entry(t.l1, SLOT, entries[e]), 0);
				stored = world_table(t.l1)[SLOT];
				compare_once(&instructions[i], entries[e], stored, entries[v]);
				compare_once(&instructions[i], entries[e], 0x1234, entries[v]);
			}
		}
	}
	assert_int_equal(update_entry(t.l1, SLOT, 0), 0);
}

/* All ways to write the operand have the right length. */
static void test_addressing_forms(void **state)
{
	static const struct {
		uint8_t code[16];
		unsigned int length;
	} forms[] = {
		{{0x48, 0x89, 0x0c, 0x24}, 4},                   /* [rsp] */
		{{0x48, 0x89, 0x4d, 0x00}, 4},                   /* [rbp+0] */
		{{0x48, 0x89, 0x0d, 1, 2, 3, 4}, 7},             /* [rip+x] */
		{{0x48, 0x89, 0x0c, 0xf7}, 4},                   /* [rdi+rsi*8] */
		{{0x48, 0x89, 0x0c, 0xf5, 0, 0, 0, 0}, 8},       /* [rsi*8+x] */
		{{0x48, 0x89, 0x4c, 0xf7, 0x10}, 5},             /* [rdi+rsi*8+16] */
		{{0x48, 0x89, 0x8f, 0, 1, 0, 0}, 7},             /* [rdi+256] */
		{{0x49, 0x89, 0x4c, 0x24, 0x08}, 5},             /* [r12+8] */
		{{0x48, 0xc7, 0x44, 0xf7, 0x10, 0, 0, 0, 0}, 9}, /* imm */
		{{0x3e, 0x48, 0x89, 0x0f}, 4},                   /* ds: */
		{{0x66, 0x89, 0x0f}, 3},                         /* 16 bits */
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(forms); i++) {
		struct cpu_user_regs r = {.rcx = 0};

		assert_true(store(forms[i].code, &r, TABLE_VA + SLOT * 8));
		assert_int_equal(r.rip - (uint64_t)forms[i].code, forms[i].length);
	}
}

static void test_not_ours(void **state)
{
	static const uint8_t mov[16] = {0x48, 0x89, 0x0f}, add[16] = {0x48, 0x01, 0x0f},
			     to_reg[16] = {0x48, 0x89, 0xcf};
	struct cpu_user_regs r = {.rcx = 0};

	(void)state;
	assert_false(store(mov, &r, 5UL << PAGE_SHIFT)); /* not mapped */
	assert_int_equal(update_entry(t.l1, 6, data << PAGE_SHIFT | FLAGS_RO), 0);
	assert_false(store(mov, &r, 6UL << PAGE_SHIFT)); /* not a table */
	assert_int_equal(update_entry(t.l1, 7, t.l2 << PAGE_SHIFT | FLAGS_RO), 0);
	assert_false(store(mov, &r, 7UL << PAGE_SHIFT)); /* a table of level 2 */
	assert_false(store(mov, &r, TABLE_VA + 4));      /* across entries */
	assert_false(store(add, &r, TABLE_VA));
	assert_false(store(to_reg, &r, TABLE_VA));
	fake_bad_address = (uint64_t)mov;
	assert_false(store(mov, &r, TABLE_VA)); /* the code is gone */
	fake_bad_address = ~0ULL;
	assert_false(store(mov, &r, HOLE_START));
	/* The table being emptied by its own mapping's store. */
	assert_true(store(mov, &r, TABLE_VA + 3 * 8));
	assert_false(store(mov, &r, TABLE_VA));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(test_like_the_processor),
		CALL_TEST(test_addressing_forms),
		CALL_TEST(test_not_ours),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
