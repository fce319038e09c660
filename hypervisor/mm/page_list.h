/* SPDX-License-Identifier: MIT */
/* Lists of frames, linked by their numbers; a head of PAGE_LINK_END is empty. */
#ifndef ARGON_MM_PAGE_LIST_H
#define ARGON_MM_PAGE_LIST_H

#include "lib/bug.h"
#include "mm/page.h"

static inline void page_list_push(uint32_t *head, struct page_info *p)
{
	p->prev = PAGE_LINK_END;
	p->next = *head;
	*head = (uint32_t)page_to_mfn(p).v;
	if (p->next != PAGE_LINK_END) {
		frame_table[p->next].prev = *head;
	}
}

static inline void page_list_remove(uint32_t *head, struct page_info *p)
{
	ASSERT(p->prev != PAGE_LINK_END || *head == page_to_mfn(p).v);
	*(p->prev != PAGE_LINK_END ? &frame_table[p->prev].next : head) = p->next;
	if (p->next != PAGE_LINK_END) {
		frame_table[p->next].prev = p->prev;
	}
	p->next = p->prev = PAGE_LINK_END;
}

#endif
