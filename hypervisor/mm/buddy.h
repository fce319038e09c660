/* SPDX-License-Identifier: MIT */
/* The frame allocator below owners: blocks of 2^order frames, by buddies. */
#ifndef ARGON_MM_BUDDY_H
#define ARGON_MM_BUDDY_H

#include "mm/page.h"

#define BUDDY_ORDER_MAX 18U /* 1 GiB */

#define BUDDY_IGNORE_CLAIMS (~0ULL)

/*
 * Takes a naturally aligned block whose last byte lies below 2^addr_bits
 * (64: anywhere; high memory is preferred, low kept for those who need it).
 * Its frames have word PGW_RAM and nothing else; stale TLB entries to them
 * are flushed; contents are zero if so wanted, else whatever the last owner
 * left.  Frames promised by claims are left alone, except from_claim of them,
 * which the block uses up.  Unless claims are ignored, interrupts get through
 * while it is zeroed: no lock may be held.  NULL if there is none.
 */
struct page_info *buddy_alloc(unsigned int order, unsigned int addr_bits, uint64_t from_claim,
			      bool zeroed);
/* Adds to (or takes from) what claims promise; -ENOMEM if not that much is free. */
int buddy_claim(int64_t change);
/* Gives frames back that nobody references any more, up to `last` excluded. */
void buddy_free_run(struct page_info *p, struct page_info *last);

#endif
