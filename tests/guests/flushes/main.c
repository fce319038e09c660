/* SPDX-License-Identifier: MIT */
/*
 * Claim: when a call that flushes other vCPUs' TLBs returns, none of them sees the old mapping any
 * more, whichever way the flush was asked for. With the argument "forever" it goes on without
 * end, for those who watch where the flushes go.
 */
#include <stdio.h>

#include <xen/sched.h>

#include "claim.h"
#include "events.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "vcpus.h"
#include "window.h"

const char test_title[] = "flushes: of another vCPU's TLB";

#define ROUNDS 400U

static volatile uint64_t *window;
static volatile unsigned long laps;
static volatile uint64_t seen;

/* vCPU 1 looks at the window without end, and makes no hypercall: nothing else flushes its TLB. */
static _Noreturn void look(void)
{
	for (;;) {
		seen = *window;
		laps++;
	}
}

/* A whole look begun after now. */
static uint64_t next_seen(void)
{
	unsigned long from = laps;

	while (laps - from < 2) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
	return seen;
}

static uint64_t others = 1UL << 1; /* vCPU 1 */

static long remap(uint64_t pte, uint64_t flags)
{
	return hypercall3(__HYPERVISOR_update_va_mapping, ptr_arg(window), pte, flags);
}

static long remap_all(uint64_t pte)
{
	return remap(pte, UVMF_TLB_FLUSH | UVMF_ALL);
}

static long remap_invlpg_all(uint64_t pte)
{
	return remap(pte, UVMF_INVLPG | UVMF_ALL);
}

static long remap_multi(uint64_t pte)
{
	return remap(pte, UVMF_TLB_FLUSH | ptr_arg(&others));
}

static long remap_invlpg_multi(uint64_t pte)
{
	return remap(pte, UVMF_INVLPG | ptr_arg(&others));
}

static long ext_all(uint64_t pte)
{
	return remap(pte, 0) ?: pt_ext(MMUEXT_TLB_FLUSH_ALL, 0, 0);
}

static long ext_invlpg_all(uint64_t pte)
{
	return remap(pte, 0) ?: pt_ext(MMUEXT_INVLPG_ALL, ptr_arg(window), 0);
}

static long ext_multi(uint64_t pte)
{
	return remap(pte, 0) ?: pt_ext(MMUEXT_TLB_FLUSH_MULTI, 0, ptr_arg(&others));
}

static long ext_invlpg_multi(uint64_t pte)
{
	return remap(pte, 0) ?: pt_ext(MMUEXT_INVLPG_MULTI, ptr_arg(window), ptr_arg(&others));
}

static const struct {
	const char *name;
	long (*fn)(uint64_t pte);
} ways[] = {
	{"update_va_mapping, all, everything", remap_all},
	{"update_va_mapping, all, one page", remap_invlpg_all},
	{"update_va_mapping, one vCPU, everything", remap_multi},
	{"update_va_mapping, one vCPU, one page", remap_invlpg_multi},
	{"TLB_FLUSH_ALL", ext_all},
	{"INVLPG_ALL", ext_invlpg_all},
	{"TLB_FLUSH_MULTI", ext_multi},
	{"INVLPG_MULTI", ext_invlpg_multi},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

void test_main(void)
{
	static uint64_t *pages[2];
	bool forever = runtime_argument("forever") != NULL;

	traps_init();
	events_init();
	window = window_alloc(1);
	for (unsigned int i = 0; i < 2; i++) {
		pages[i] = page_alloc();
		pages[i][0] = i;
	}
	CHECK_EQ(remap_all(va_to_mfn(pages[0]) << 12 | PTE_KERNEL_RO), 0);
	if (!vcpu_start(look)) {
		SKIP("there is no second vCPU");
		return;
	}
	for (unsigned int i = 1; i < ROUNDS || forever; i++) {
		unsigned int way = i / 2 % WAYS;

		if (!CHECK_EQ(ways[way].fn(va_to_mfn(pages[i % 2]) << 12 | PTE_KERNEL_RO), 0) ||
		    !CHECK_EQ(next_seen(), i % 2)) {
			FAIL("%s", ways[way].name);
			return;
		}
		if (i < ROUNDS && (i == 10 || i % 100 == 0)) {
			printf("%u flushes\n", i);
		}
	}
}
