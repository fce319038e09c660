/* SPDX-License-Identifier: MIT */
/*
 * The console ring: the last conring_size bytes of the log, read by
 * XEN_SYSCTL_readconsole.  Positions count bytes ever written, modulo 2^32.
 */
#ifndef ARGON_LIB_CONSOLE_RING_H
#define ARGON_LIB_CONSOLE_RING_H

#include "lib/types.h"

/* Appends; the caller holds the console lock. */
void console_ring_put(const char *s, size_t n);
/* Oldest byte that is kept and was not cleared; one past the newest. */
uint32_t console_ring_start(void);
uint32_t console_ring_end(void);
/*
 * Copies up to max bytes from *index on (moved forward to the oldest kept
 * byte if it lies before, or outside), advances *index; bytes copied.
 */
size_t console_ring_read(uint32_t *index, char *buf, size_t max);
/* Forgets everything before index. */
void console_ring_clear(uint32_t index);
/* Moves to a larger buffer (a power of two, kept forever); contents stay. */
void console_ring_grow(char *buf, uint32_t size);

#endif
