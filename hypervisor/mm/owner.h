/* SPDX-License-Identifier: MIT */
/* What mm/page.c tells mm/owner.c. */
#ifndef ARGON_MM_OWNER_H
#define ARGON_MM_OWNER_H

struct page_info;

/* The last reference of p is gone: takes it off its owner's list and frees it. */
void page_released(struct page_info *p);

#endif
