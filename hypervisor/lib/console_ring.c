/* SPDX-License-Identifier: MIT */
/* The console ring; see the header.  Guarded by the console lock of printk. */
#include "lib/console_ring.h"

#include "lib/printk.h"
#include "lib/string.h"

#define FIRST_SIZE 32768U

static char first_buffer[FIRST_SIZE];
static char *ring = first_buffer;
static uint32_t ring_size = FIRST_SIZE;
static uint32_t ring_start, ring_end; /* ring_end - ring_start <= ring_size */

void console_ring_put(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ring[ring_end++ & (ring_size - 1)] = s[i];
	}
	if (ring_end - ring_start > ring_size) {
		ring_start = ring_end - ring_size;
	}
}

uint32_t console_ring_start(void)
{
	return __atomic_load_n(&ring_start, __ATOMIC_RELAXED);
}

uint32_t console_ring_end(void)
{
	return __atomic_load_n(&ring_end, __ATOMIC_RELAXED);
}

size_t console_ring_read(uint32_t *index, char *buf, size_t max)
{
	size_t n = 0;

	printk_lock();
	if (*index - ring_start > ring_end - ring_start) {
		*index = ring_start;
	}
	while (n < max && *index != ring_end) {
		buf[n++] = ring[(*index)++ & (ring_size - 1)];
	}
	printk_unlock();
	return n;
}

void console_ring_clear(uint32_t index)
{
	printk_lock();
	if (index - ring_start <= ring_end - ring_start) {
		ring_start = index;
	}
	printk_unlock();
}

void console_ring_grow(char *buf, uint32_t size)
{
	printk_lock();
	if (size > ring_size) {
		for (uint32_t i = ring_start; i != ring_end; i++) {
			buf[i & (size - 1)] = ring[i & (ring_size - 1)];
		}
		ring = buf;
		ring_size = size;
	}
	printk_unlock();
}
