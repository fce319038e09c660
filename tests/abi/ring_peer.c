/* SPDX-License-Identifier: MIT */
/* A front and a back of a block ring with the macros of libxen-dev. */
#include "ring_peer.h"

#include <stddef.h>
#include <string.h>

/* Today's interface, not the oldest. */
#define __XEN_TOOLS__ 1
#define xen_mb() __sync_synchronize()
#define xen_rmb() __sync_synchronize()
#define xen_wmb() __sync_synchronize()

#include <xen/io/blkif.h>
#include <xen/xen.h>

static struct blkif_back_ring back;
static struct blkif_front_ring front;

void peer_shared_init(void *page)
{
	SHARED_RING_INIT((struct blkif_sring *)page);
}

unsigned int peer_entries(void)
{
	return __CONST_RING_SIZE(blkif, 4096);
}

void peer_back_init(void *page)
{
	BACK_RING_INIT(&back, (struct blkif_sring *)page, 4096);
}

bool peer_back_take(uint64_t *id)
{
	if (!RING_HAS_UNCONSUMED_REQUESTS(&back)) {
		return false;
	}
	*id = RING_GET_REQUEST(&back, back.req_cons)->id;
	back.req_cons++;
	return true;
}

void peer_back_answer(uint64_t id)
{
	struct blkif_response *response = RING_GET_RESPONSE(&back, back.rsp_prod_pvt);

	response->id = id;
	back.rsp_prod_pvt++;
}

bool peer_back_push(void)
{
	int notify;

	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&back, notify);
	return notify;
}

bool peer_back_final_check(void)
{
	int more;

	RING_FINAL_CHECK_FOR_REQUESTS(&back, more);
	return more;
}

void peer_front_init(void *page)
{
	FRONT_RING_INIT(&front, (struct blkif_sring *)page, 4096);
}

unsigned int peer_front_free(void)
{
	return RING_FREE_REQUESTS(&front);
}

void peer_front_ask(uint64_t id)
{
	RING_GET_REQUEST(&front, front.req_prod_pvt)->id = id;
	front.req_prod_pvt++;
}

bool peer_front_push(void)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front, notify);
	return notify;
}

bool peer_front_take(uint64_t *id)
{
	if (!RING_HAS_UNCONSUMED_RESPONSES(&front)) {
		return false;
	}
	*id = RING_GET_RESPONSE(&front, front.rsp_cons)->id;
	front.rsp_cons++;
	return true;
}

bool peer_front_final_check(void)
{
	int more;

	RING_FINAL_CHECK_FOR_RESPONSES(&front, more);
	return more;
}
