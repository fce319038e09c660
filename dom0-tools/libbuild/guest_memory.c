/* SPDX-License-Identifier: MIT */
/* Populating a guest and writing into it through foreign mappings, a window at a time. */
#include "guest_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../libctl/foreign.h"
#include "../libctl/memory.h"

#define SUPERPAGE_ORDER 9
#define SUPERPAGE (1UL << SUPERPAGE_ORDER)
#define BATCH 4096U   /* extents per call */
#define WINDOW 4096UL /* pages mapped at a time: 16 MiB */

/*
 * Asks for extents of one order from pfn `at` on, as many whole ones as fit below `end`, and
 * enters what came into the p2m. Returns the first pfn not populated.
 */
static int64_t populate_order(struct guest_memory *memory, uint64_t *extents, uint64_t at,
			      uint64_t end, unsigned int order)
{
	uint64_t step = 1UL << order;

	while (end - at >= step) {
		uint64_t want = (end - at) >> order;
		int got;

		want = want < BATCH ? want : BATCH;
		for (uint64_t i = 0; i < want; i++) {
			extents[i] = at + (i << order);
		}
		got = ctl_populate_physmap(memory->ctl, memory->domid, extents, want, order);
		if (got < 0) {
			return order ? (int64_t)at : got;
		}
		for (uint64_t i = 0; i < (uint64_t)got; i++) {
			for (uint64_t j = 0; j < step; j++) {
				memory->p2m[at + j] = extents[i] + j;
			}
			at += step;
		}
		if ((uint64_t)got < want) {
			break;
		}
	}
	return (int64_t)at;
}

static int populate(struct guest_memory *memory)
{
	uint64_t *extents = ctl_buffer_alloc(memory->ctl, BATCH * sizeof(*extents));
	int64_t at;

	if (!extents) {
		return -ENOMEM;
	}
	at = populate_order(memory, extents, 0, memory->count, SUPERPAGE_ORDER);
	at = populate_order(memory, extents, (uint64_t)at, memory->count, 0);
	ctl_buffer_free(memory->ctl, extents, BATCH * sizeof(*extents));
	if (at < 0) {
		return (int)at;
	}
	return (uint64_t)at == memory->count ? 0 : -ENOMEM;
}

int guest_memory_populate(struct guest_memory *memory, struct ctl *ctl, xen_domid_t domid,
			  uint64_t count)
{
	int ret;

	*memory = (struct guest_memory){.ctl = ctl, .domid = domid, .count = count};
	ret = ctl_claim_pages(ctl, domid, count);
	if (ret) {
		return ret;
	}
	memory->p2m = calloc(count, sizeof(*memory->p2m));
	ret = memory->p2m ? populate(memory) : -ENOMEM;
	ctl_claim_pages(ctl, domid, 0);
	if (ret) {
		guest_memory_free(memory);
	}
	return ret;
}

void guest_memory_free(struct guest_memory *memory)
{
	free(memory->p2m);
	memory->p2m = NULL;
}

int guest_memory_map(struct guest_memory *memory, uint64_t first, uint64_t count, void **pages)
{
	if (first > memory->count || count > memory->count - first) {
		return -ERANGE;
	}
	return ctl_foreign_map(memory->ctl, memory->domid, PROT_READ | PROT_WRITE,
			       memory->p2m + first, count, pages);
}

int guest_memory_load(struct guest_memory *memory, uint64_t address, const struct blob *blob,
		      uint64_t offset, uint64_t len, uint64_t clear)
{
	while (len || clear) {
		uint64_t in_page = address % XEN_PAGE_SIZE;
		uint64_t room = WINDOW * XEN_PAGE_SIZE - in_page;
		uint64_t data = len < room ? len : room;
		uint64_t zero = clear < room - data ? clear : room - data;
		uint64_t pages = (in_page + data + zero + XEN_PAGE_SIZE - 1) >> XEN_PAGE_SHIFT;
		void *window;
		int ret = guest_memory_map(memory, address >> XEN_PAGE_SHIFT, pages, &window);

		if (ret) {
			return ret;
		}
		ret = data ? blob_read(blob, offset, (uint8_t *)window + in_page, data) : 0;
		memset((uint8_t *)window + in_page + data, 0, zero);
		if (!memory->keep) {
			ctl_foreign_unmap(window, pages);
		}
		if (ret) {
			return ret;
		}
		address += data + zero;
		offset += data;
		len -= data;
		clear -= zero;
	}
	return 0;
}

int guest_memory_write(struct guest_memory *memory, uint64_t address, const void *data, size_t len)
{
	struct blob blob;

	blob_from_memory(&blob, data, len);
	return guest_memory_load(memory, address, &blob, 0, len, 0);
}
