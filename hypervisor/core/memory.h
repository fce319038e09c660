/* SPDX-License-Identifier: MIT */
/* What the files behind memory_op share. */
#ifndef ARGON_CORE_MEMORY_H
#define ARGON_CORE_MEMORY_H

#include "core/guest_op.h"

/* The sub-operations of other files; those that work in parts copy for themselves. */
long memory_adjust(struct guest_op *o);
long memory_exchange(struct guest_op *o);
long memory_guest_map(struct guest_op *o);
long memory_set_guest_map(struct guest_op *o);
long memory_machine_map(struct guest_op *o);
long memory_m2p_list(struct guest_op *o);
long memory_m2p_range(struct guest_op *o);
long memory_acquire_resource(struct guest_op *o);

/* Continues the current memory_op after `done` extents. */
long memory_continue(const struct guest_op *o, uint64_t done);

/* Largest order of an extent the current domain may ask for. */
unsigned int memory_order_max(void);

#endif
