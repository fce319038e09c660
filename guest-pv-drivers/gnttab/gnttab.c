/* SPDX-License-Identifier: MIT */
/* Granting pages: a free list inside a local array, entries published flags last. */
#include <stddef.h>

#include "gnttab.h"
#include "port/port.h"

#define MAX_FRAMES 4U
#define ENTRIES (4096U / sizeof(struct grant_entry_v1))

static struct grant_entry_v1 *table;
static uint16_t next_free[MAX_FRAMES * ENTRIES]; /* 0 ends the list */
static uint16_t first_free;
static unsigned int free_count;

static void ref_put(unsigned int ref)
{
	next_free[ref] = first_free;
	first_free = (uint16_t)ref;
	free_count++;
}

int gnttab_init(unsigned int frames)
{
	xen_pfn_t list[MAX_FRAMES] = {0};
	struct gnttab_setup_table setup = {
		.dom = DOMID_SELF,
		.nr_frames = frames,
		.frame_list = (uintptr_t)list,
	};
	long rc;

	if (frames == 0 || frames > MAX_FRAMES) {
		return -22;
	}
	rc = port_grant_op(GNTTABOP_setup_table, &setup, 1);
	if (rc != 0) {
		return (int)rc;
	}
	if (setup.status != GNTST_okay) {
		return -12;
	}
	table = port_map_frames(list, frames);
	if (table == NULL) {
		return -12;
	}
	first_free = 0;
	free_count = 0;
	for (unsigned int ref = frames * ENTRIES - 1; ref >= GNTTAB_NR_RESERVED_ENTRIES; ref--) {
		ref_put(ref);
	}
	return 0;
}

int gnttab_grant(xen_domid_t to, const void *page, bool readonly)
{
	unsigned int ref = first_free;

	if (ref == 0) {
		return -1;
	}
	first_free = next_free[ref];
	free_count--;
	table[ref].frame = (uint32_t)port_page_frame(page);
	table[ref].domid = to;
	/* the entry counts from here on: flags last */
	__atomic_store_n(&table[ref].flags,
			 (uint16_t)(GTF_permit_access | (readonly ? GTF_readonly : 0)),
			 __ATOMIC_RELEASE);
	return (int)ref;
}

bool gnttab_revoke(int ref)
{
	uint16_t flags = __atomic_load_n(&table[ref].flags, __ATOMIC_ACQUIRE);

	do {
		if (flags & (GTF_reading | GTF_writing)) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, 0, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
	ref_put((unsigned int)ref);
	return true;
}

unsigned int gnttab_free_count(void)
{
	return free_count;
}

struct grant_entry_v1 *gnttab_table(void)
{
	return table;
}
