/* SPDX-License-Identifier: MIT */
/* The table of NUMA nodes. */
#include "mm/node.h"

unsigned int node_count = 1;
struct node_range node_ranges[MAX_NODE_RANGES];
unsigned int node_range_count;
uint8_t node_distance[MAX_NODES][MAX_NODES] = {{NODE_DISTANCE_LOCAL}};

unsigned int node_of(uint64_t m)
{
	for (unsigned int i = 0; node_count > 1 && i < node_range_count; i++) {
		if (m >= node_ranges[i].first && m < node_ranges[i].end) {
			return node_ranges[i].node;
		}
	}
	return 0;
}

uint64_t node_size(unsigned int node)
{
	uint64_t frames = 0;

	for (unsigned int i = 0; i < node_range_count; i++) {
		if (node_ranges[i].node == node) {
			frames += node_ranges[i].end - node_ranges[i].first;
		}
	}
	return frames;
}
