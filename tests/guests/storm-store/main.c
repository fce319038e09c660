/* SPDX-License-Identifier: MIT */
/*
 * Claim: a guest that fills its xenstore ring with garbage, indices too, loses its own connection
 * and nothing else.
 */
#include <stdio.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "claim.h"
#include "events.h"
#include "pagetable.h"
#include "runtime.h"
#include "storm.h"
#include "traps.h"

const char test_title[] = "storm-store: garbage in the xenstore ring without end";

static struct xenstore_domain_interface *ring;

static void storm_round(unsigned long n)
{
	uint64_t x = n * 0x9e3779b97f4a7c15UL;

	for (unsigned int i = 0; i < sizeof(ring->req); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		ring->req[i] = (char)x;
	}
	/* for a while plausible headers that promise much, then anything */
	if (n % 64 < 32) {
		const struct xsd_sockmsg header = {.type = (uint32_t)n % 24,
						   .len = (uint32_t)n % 5000};

		memcpy(ring->req + ring->req_prod % sizeof(ring->req) / 16 * 16, &header,
		       sizeof(header));
		ring->req_prod = ring->req_cons + (uint32_t)n % 1024;
	} else {
		ring->req_prod = (uint32_t)x;
		ring->rsp_cons = (uint32_t)(x >> 32);
	}
	events_send(start_info->store_evtchn);
}

void test_main(void)
{
	if (runtime_is_dom0()) {
		SKIP("this is dom0, whose store does not come by a ring yet");
		return;
	}
	traps_init();
	events_init();
	ring = mfn_to_va(start_info->store_mfn);
	storm_run(storm_round, 500);
}
