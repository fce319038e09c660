/* SPDX-License-Identifier: MIT */
/*
 * Claim: what a vCPU has in x87 and SSE registers is its own: another on the same CPU neither sees
 * nor changes it, however often the two alternate.
 */
#include "claim.h"
#include "hypercall.h"
#include "runtime.h"
#include "traps.h"
#include "vcpus.h"

#include <xen/sched.h>

const char test_title[] = "fpu: registers of two vCPUs on one CPU";

#define ROUNDS 200

static volatile unsigned int turn;
static volatile uint64_t wrong, first_seen[2];

struct state {
	uint64_t xmm[2];
	uint64_t st; /* a double */
	uint16_t fcw;
	uint32_t mxcsr;
};

static void put(const struct state *s)
{
	__asm__ volatile("fninit\n"
			 "fldl %2\n"
			 "fldcw %3\n"
			 "ldmxcsr %4\n"
			 "movq %0, %%xmm0\n"
			 "movq %1, %%xmm15\n" ::"m"(s->xmm[0]),
			 "m"(s->xmm[1]), "m"(s->st), "m"(s->fcw), "m"(s->mxcsr));
}

static struct state get(void)
{
	struct state s;

	__asm__ volatile("movq %%xmm0, %0\n"
			 "movq %%xmm15, %1\n"
			 "fstl %2\n"
			 "fnstcw %3\n"
			 "stmxcsr %4\n"
			 : "=m"(s.xmm[0]), "=m"(s.xmm[1]), "=m"(s.st), "=m"(s.fcw), "=m"(s.mxcsr));
	return s;
}

/* The other one's turn, until it is ours again. */
static void alternate(unsigned int me)
{
	turn = !me;
	while (turn != me) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
}

static void play(unsigned int me, const struct state *mine)
{
	put(mine);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct state s;

		alternate(me);
		s = get();
		if (s.xmm[0] != mine->xmm[0] || s.xmm[1] != mine->xmm[1] || s.st != mine->st ||
		    s.fcw != mine->fcw || s.mxcsr != mine->mxcsr) {
			wrong++;
		}
	}
}

static void other(void)
{
	static const struct state his = {.xmm = {0x5555, 0x6666},
					 .st = 0x4008000000000000UL, /* 3.0 */
					 .fcw = 0x0f7f,
					 .mxcsr = 0x7f80};
	struct state s;

	s = get(); /* a vCPU that is new has nothing of another's */
	first_seen[0] = s.xmm[0];
	first_seen[1] = s.xmm[1];
	play(1, &his);
	for (;;) {
		turn = 0;
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
}

void test_main(void)
{
	static const struct state mine = {.xmm = {0x1111, 0x2222},
					  .st = 0x3ff0000000000000UL, /* 1.0 */
					  .fcw = 0x037f,
					  .mxcsr = 0x1f80};

	traps_init();
	put(&mine);
	CHECK(vcpu_start(other));
	play(0, &mine);
	CHECK_EQ(wrong, 0);
	CHECK_EQ(first_seen[0], 0);
	CHECK_EQ(first_seen[1], 0);
}
