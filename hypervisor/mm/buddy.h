/* SPDX-License-Identifier: MIT */
/* The frame allocator below owners: blocks of 2^order frames, by buddies. */
#ifndef ARGON_MM_BUDDY_H
#define ARGON_MM_BUDDY_H

#include "mm/page.h"

#define BUDDY_ORDER_MAX 18U /* 1 GiB */

#define BUDDY_IGNORE_CLAIMS (~0ULL)
/* A set of nodes as a part of `where`; 0: no node is preferred. */
#define BUDDY_ON_NODES(nodes) ((nodes) << 8)

/*
 * Takes a naturally aligned block.  `where` has the number of address bits below
 * whose power of two its last byte has to lie (64: anywhere; high memory is
 * preferred, low kept for those who need it) and nodes, if it should rather be
 * on one of them (BUDDY_ON_NODES).
 * Its frames have word PGW_RAM and nothing else; stale TLB entries to them
 * are flushed; contents are zero if so wanted, else whatever the last owner
 * left.  Frames promised by claims are left alone, except from_claim of them,
 * which the block uses up.  Unless claims are ignored, interrupts get through
 * while it is zeroed: no lock may be held.  NULL if there is none.
 */
struct page_info *buddy_alloc(unsigned int order, unsigned int where, uint64_t from_claim,
			      bool zeroed);
/* Free frames of a node. */
uint64_t buddy_node_free(unsigned int node);
/* Adds to (or takes from) what claims promise; -ENOMEM if not that much is free. */
int buddy_claim(int64_t change);
/* Gives frames back that nobody references any more, up to `last` excluded. */
void buddy_free_run(struct page_info *p, struct page_info *last);

#endif
