/* SPDX-License-Identifier: MIT */
/*
 * Claim: debug registers watch the guest alone: no address of the hypervisor, no general detect,
 * no I/O breakpoint, no undefined bit; neither by hypercall nor by instruction.
 */
#include <errno.h>
#include <stdio.h>

#include "claim.h"
#include "hypercall.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hostile-debug: debug registers against the hypervisor";

#define DR6_FIXED 0xffff0ff0UL
#define DR7_FIXED 0x400UL
#define DR7_GD (1UL << 13)

static long set(unsigned int reg, uint64_t value)
{
	return hypercall2(__HYPERVISOR_set_debugreg, reg, value);
}

static uint64_t get(unsigned int reg)
{
	return (uint64_t)hypercall1(__HYPERVISOR_get_debugreg, reg);
}

static void check_addresses(void)
{
	static const uint64_t hidden[] = {
		0xffff800000000000UL, 0xffff82d040200000UL, 0xffff830000000000UL,
		0xffff87ffffffffffUL, 0xffff87fffffffffcUL,
	};

	for (unsigned int reg = 0; reg < 4; reg++) {
		for (unsigned int i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
			CHECK_EQ(set(reg, hidden[i]), -EPERM);
			CHECK_EQ(get(reg), 0);
		}
		CHECK_EQ(set(reg, 0x1000), 0);
		CHECK_EQ(get(reg), 0x1000);
		CHECK_EQ(set(reg, 0), 0);
	}
	/* one that reaches into the range from below, eight bytes long */
	CHECK_EQ(TRY("mov %0, %%dr0", : : "r"(0xffff82d040200000UL)), VECTOR_GP);
}

static void check_control(void)
{
	CHECK_EQ(set(6, 1UL << 32), -EINVAL);
	CHECK_EQ(set(7, 1UL << 32), -EINVAL);
	CHECK_EQ(set(7, ~0UL), -EINVAL);
	CHECK_EQ(set(9, 0), -ENODEV);
	CHECK_EQ(set(0xffffffff, 0), -ENODEV);
	/* general detect would trap the hypervisor's own use: refused, or dropped */
	if (set(7, DR7_GD) == 0) {
		CHECK_EQ(get(7) & DR7_GD, 0);
	}
	/* breakpoints on ports, with the CR4 bit for them off */
	for (unsigned int slot = 0; slot < 4; slot++) {
		CHECK_EQ(set(7, 1UL << (2 * slot) | 2UL << (16 + 4 * slot)), -EPERM);
	}
	/* every single bit: what sticks is a bit the guest may have */
	for (unsigned int bit = 0; bit < 32; bit++) {
		if (set(7, 1UL << bit) == 0) {
			CHECK_EQ(get(7) & (DR7_GD | 0xc000), 0);
			CHECK_EQ(get(7) & DR7_FIXED, DR7_FIXED);
		}
		set(7, 0);
	}
	for (unsigned int bit = 0; bit < 32; bit++) {
		CHECK_EQ(set(6, 1UL << bit), 0);
		CHECK_EQ(get(6) & DR6_FIXED, DR6_FIXED);
	}
	CHECK_EQ(set(6, DR6_FIXED), 0);
}

static volatile unsigned int hits;

static bool count_hit(struct trap_frame *frame)
{
	hits++;
	frame->rflags &= ~0x100UL;
	return true;
}

/*
 * XSA-260: a breakpoint that hits while loading SS is held back one instruction. When that one
 * enters the hypervisor, the trap must not arrive there as something the guest gains from.
 */
static void check_moving_ss(void)
{
	static volatile uint16_t selector = FLAT_KERNEL_SS;
	long rc = 0;

	trap_handle(VECTOR_DB, count_hit);
	CHECK_EQ(set(0, ptr_arg(&selector)), 0);
	/* local enable of slot 0, two bytes, read or write */
	CHECK_EQ(set(7, 1 | 3UL << 16 | 1UL << 18), 0);
	hits = 0;
	__asm__ volatile("mov %1, %%ss; syscall"
			 : "=a"(rc)
			 : "m"(selector), "0"(17UL), "D"(0UL), "S"(0UL)
			 : "rcx", "r11", "memory");
	CHECK_EQ(rc, 0x40011);
	CHECK_EQ(TRY("mov %0, %%ss; int3", : : "m"(selector)), VECTOR_BP);
	CHECK_EQ(TRY("mov %0, %%ss; ud2", : : "m"(selector)), VECTOR_UD);
	CHECK_EQ(TRY("mov %0, %%ss; hlt", : : "m"(selector)), VECTOR_GP);
	CHECK(hits >= 1);
	CHECK_EQ(set(7, 0), 0);
	trap_handle(VECTOR_DB, NULL);
}

/* The stack the hypervisor pushes a frame to is watched: no loop of traps comes of it. */
static void check_watched_stack(void)
{
	volatile uint64_t here = 0;

	trap_handle(VECTOR_DB, count_hit);
	CHECK_EQ(set(0, ptr_arg(&here) - 256), 0);
	CHECK_EQ(set(1, ptr_arg(&here) - 192), 0);
	CHECK_EQ(set(2, ptr_arg(&here) - 128), 0);
	CHECK_EQ(set(3, ptr_arg(&here) - 64), 0);
	/* eight bytes, writes, all four */
	CHECK_EQ(set(7, 0x99990055 & ~0xaaUL), 0);
	for (unsigned int i = 0; i < 8; i++) {
		CHECK_EQ(TRY("ud2", :), VECTOR_UD);
		CHECK_EQ(TRY("hlt", :), VECTOR_GP);
	}
	CHECK_EQ(set(7, 0), 0);
	trap_handle(VECTOR_DB, NULL);
}

void test_main(void)
{
	traps_init();
	check_addresses();
	check_control();
	check_moving_ss();
	check_watched_stack();
}
