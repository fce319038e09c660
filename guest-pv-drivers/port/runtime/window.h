/* SPDX-License-Identifier: MIT */
/* Kernel addresses for what is not our own memory: grants, shared frames, test mappings. */
#ifndef RUNTIME_WINDOW_H
#define RUNTIME_WINDOW_H

#include <stdint.h>

/*
 * Addresses of count pages that nothing is mapped at; their page tables exist. Never given back.
 * The window holds 16 MiB in all.
 */
void *window_alloc(unsigned int count);

/* The L1 entry of an address in the window. */
uint64_t *window_entry(const void *va);

#endif /* RUNTIME_WINDOW_H */
