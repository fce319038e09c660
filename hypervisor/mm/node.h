/* SPDX-License-Identifier: MIT */
/* NUMA nodes: which memory is near which CPUs.  Filled in once, before the heap. */
#ifndef ARGON_MM_NODE_H
#define ARGON_MM_NODE_H

#include "lib/types.h"

#define MAX_NODES 8U
#define MAX_NODE_RANGES 32U
#define ALL_NODES ((1U << MAX_NODES) - 1)

/* Distances as ACPI's SLIT has them: 10 is a node to itself. */
#define NODE_DISTANCE_LOCAL 10
#define NODE_DISTANCE_REMOTE 20

/* Frames [first, end) belong to a node. */
struct node_range {
	uint64_t first, end;
	unsigned int node;
};

extern unsigned int node_count; /* at least 1 */
extern struct node_range node_ranges[MAX_NODE_RANGES];
extern unsigned int node_range_count;
extern uint8_t node_distance[MAX_NODES][MAX_NODES];

/* Of a frame; 0 if nobody told. */
unsigned int node_of(uint64_t m);
/* Frames that the firmware says it has, holes included; 0 if it does not say. */
uint64_t node_size(unsigned int node);

#endif
