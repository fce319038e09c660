/* SPDX-License-Identifier: MIT */
/* Claim: faults without end, of all kinds, cost the caller's own time. */
#include <stdio.h>

#include "claim.h"
#include "events.h"
#include "pages.h"
#include "pagetable.h"
#include "storm.h"
#include "traps.h"

const char test_title[] = "storm-faults: page faults, bad instructions, refused accesses";

static char *readonly;

static void storm_round(unsigned long n)
{
	static const uint64_t nowhere[] = {
		0x123456789000UL,     0, 0xffff830000000000UL, 0xffff82d040200000UL,
		0xffff808000000000UL,
	};
	uint64_t value = 0, high;

	STORM_FAULT("movb $1, (%0)", : : "r"(nowhere[n % 5]));
	STORM_FAULT("movb $1, (%0)", : : "r"(readonly));
	STORM_FAULT("movq (%1), %0", : "+r"(value) : "r"(1UL << 63));
	STORM_FAULT("ud2", : :);
	STORM_FAULT("hlt", : :);
	STORM_FAULT("lidt (%0)", : : "r"(readonly));
	STORM_FAULT("rdmsr", : "=a"(value), "=d"(high) : "c"(0x12345678));
}

void test_main(void)
{
	traps_init();
	events_init();
	readonly = page_alloc();
	pt_make_readonly(readonly);
	storm_faults();
	storm_run(storm_round, 1000);
}
