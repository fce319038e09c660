/* SPDX-License-Identifier: MIT */
/* What the files behind memory_op share. */
#ifndef ARGON_CORE_MEMORY_H
#define ARGON_CORE_MEMORY_H

#include "core/domain.h"
#include "lib/types.h"

/*
 * One sub-operation: arg is the guest's structure, start how many extents
 * earlier parts of a continued call did.  Returns a count or 0, negative
 * errno, or what memory_continue gave.
 */
typedef long (*memory_fn)(unsigned int op, gptr_t arg, uint64_t start);

long memory_adjust(unsigned int op, gptr_t arg, uint64_t start);
long memory_exchange(unsigned int op, gptr_t arg, uint64_t start);
long memory_guest_map(unsigned int op, gptr_t arg, uint64_t start);
long memory_set_guest_map(unsigned int op, gptr_t arg, uint64_t start);
long memory_machine_map(unsigned int op, gptr_t arg, uint64_t start);
long memory_m2p_list(unsigned int op, gptr_t arg, uint64_t start);
long memory_m2p_range(unsigned int op, gptr_t arg, uint64_t start);
long memory_acquire_resource(unsigned int op, gptr_t arg, uint64_t start);

/* Continues the current memory_op after `done` extents. */
long memory_continue(unsigned int op, gptr_t arg, uint64_t done);

/*
 * The domain a structure names, with a reference: the caller's own, or any
 * other if the caller is privileged.  -EPERM, -ESRCH.
 */
int memory_subject(xen_domid_t id, struct domain **d);

/* Largest order of an extent the current domain may ask for. */
unsigned int memory_order_max(void);

#endif
