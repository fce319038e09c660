/* SPDX-License-Identifier: MIT */
/* port.h for a host process under test. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/event.h>

#include "hosted.h"
#include "port/port.h"

#define MAX_PAGES 512U
#define MAX_PORTS 64U
#define MAX_FRAMES 4U
#define STORE_PORT 1U
#define FRAME_BASE 0x1000U /* frame number of page 0 */
/* turns without end mean that the front waits for something that never comes */
#define MAX_TURNS 200000U

static struct {
	void *page;
} pages[MAX_PAGES];

static struct {
	bool is_open;
	unsigned int signals;
	port_handler_t *handler;
	void *arg;
} ports[MAX_PORTS];

static struct grant_entry_v1 *grant_table;
static unsigned int grant_frames;
static void (*back_turn)(void);
static uint64_t now;
static unsigned int turns;
static unsigned int fail_countdown;

void hosted_reset(void (*turn)(void))
{
	for (unsigned int i = 0; i < MAX_PAGES; i++) {
		free(pages[i].page);
		pages[i].page = NULL;
	}
	memset(ports, 0, sizeof(ports));
	free(grant_table);
	grant_table = NULL;
	grant_frames = 0;
	back_turn = turn;
	now = 0;
	turns = 0;
	fail_countdown = 0;
	ports[STORE_PORT].is_open = true;
	hosted_store_reset();
}

void hosted_fail_page(unsigned int k)
{
	fail_countdown = k;
}

unsigned int hosted_pages_in_use(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MAX_PAGES; i++) {
		n += pages[i].page != NULL;
	}
	return n;
}

unsigned int hosted_ports_open(void)
{
	unsigned int n = 0;

	for (unsigned int i = STORE_PORT + 1; i < MAX_PORTS; i++) {
		n += ports[i].is_open;
	}
	return n;
}

unsigned int hosted_signals(uint32_t port)
{
	unsigned int n = ports[port].signals;

	ports[port].signals = 0;
	return n;
}

void *port_page_alloc(void)
{
	if (fail_countdown > 0 && --fail_countdown == 0) {
		return NULL;
	}
	for (unsigned int i = 0; i < MAX_PAGES; i++) {
		if (pages[i].page == NULL) {
			pages[i].page = aligned_alloc(4096, 4096);
			return memset(pages[i].page, 0, 4096);
		}
	}
	return NULL;
}

static unsigned int page_index(const void *page)
{
	for (unsigned int i = 0; i < MAX_PAGES; i++) {
		if (pages[i].page == page && page != NULL) {
			return i;
		}
	}
	fprintf(stderr, "page %p was never allocated\n", page);
	abort();
}

void port_page_free(void *page)
{
	unsigned int i = page_index(page);

	/* a page still granted must not go back */
	for (unsigned int ref = 0; ref < grant_frames * 512; ref++) {
		if (grant_table[ref].flags != 0 && grant_table[ref].frame == FRAME_BASE + i) {
			fprintf(stderr, "page %p is freed while granted as %u\n", page, ref);
			abort();
		}
	}
	free(page);
	pages[i].page = NULL;
}

uint64_t port_page_frame(const void *page)
{
	/* buffers of requests may lie inside a larger block of the test's */
	return FRAME_BASE + page_index(page);
}

long port_grant_op(unsigned int cmd, void *arg, unsigned int count)
{
	struct gnttab_setup_table *setup = arg;

	(void)count;
	if (cmd != GNTTABOP_setup_table) {
		return -ENOSYS;
	}
	if (setup->nr_frames > MAX_FRAMES) {
		setup->status = GNTST_general_error;
		return 0;
	}
	for (unsigned int i = 0; i < setup->nr_frames; i++) {
		((xen_pfn_t *)(uintptr_t)setup->frame_list)[i] = 0x9000 + i;
	}
	setup->status = GNTST_okay;
	return 0;
}

void *port_map_frames(const xen_pfn_t *frames, unsigned int count)
{
	if (count == 0 || frames[0] != 0x9000) {
		return NULL;
	}
	free(grant_table);
	grant_frames = count;
	grant_table = calloc(count, 4096);
	return grant_table;
}

void *hosted_grant_map(grant_ref_t ref, xen_domid_t domid, bool writable)
{
	struct grant_entry_v1 *e;

	if (ref >= grant_frames * 512) {
		return NULL;
	}
	e = &grant_table[ref];
	if ((e->flags & GTF_type_mask) != GTF_permit_access || e->domid != domid ||
	    (writable && (e->flags & GTF_readonly)) || e->frame < FRAME_BASE ||
	    e->frame >= FRAME_BASE + MAX_PAGES) {
		return NULL;
	}
	e->flags |= GTF_reading | (writable ? GTF_writing : 0);
	return pages[e->frame - FRAME_BASE].page;
}

void hosted_grant_unmap(grant_ref_t ref)
{
	grant_table[ref].flags &= (uint16_t) ~(GTF_reading | GTF_writing);
}

long port_evtchn_op(unsigned int cmd, void *arg)
{
	struct evtchn_alloc_unbound *alloc = arg;
	uint32_t port = *(uint32_t *)arg;

	switch (cmd) {
	case EVTCHNOP_alloc_unbound:
		for (uint32_t i = STORE_PORT + 1; i < MAX_PORTS; i++) {
			if (!ports[i].is_open) {
				ports[i].is_open = true;
				alloc->port = i;
				return 0;
			}
		}
		return -ENOSPC;
	case EVTCHNOP_close:
	case EVTCHNOP_send:
		if (port >= MAX_PORTS || !ports[port].is_open) {
			return -EINVAL;
		}
		ports[port].signals++;
		ports[port].is_open = cmd == EVTCHNOP_send;
		return 0;
	default:
		return -ENOSYS;
	}
}

void port_event_handle(uint32_t port, port_handler_t *handler, void *arg)
{
	ports[port].handler = handler;
	ports[port].arg = arg;
}

void port_wait(uint64_t deadline)
{
	(void)deadline;
	now += 1000000;
	if (++turns > MAX_TURNS) {
		fprintf(stderr, "the front waits for ever\n");
		abort();
	}
	hosted_store_serve();
	if (back_turn != NULL) {
		back_turn();
	}
	for (unsigned int i = 0; i < MAX_PORTS; i++) {
		if (ports[i].handler != NULL) {
			ports[i].handler(ports[i].arg);
		}
	}
}

uint64_t port_now(void)
{
	return now;
}

void *port_xenstore_ring(uint32_t *port)
{
	*port = STORE_PORT;
	return hosted_store_ring();
}
