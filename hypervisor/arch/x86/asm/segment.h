/* SPDX-License-Identifier: MIT */
/* Loading selectors that a guest chose: a bad one becomes null. */
#ifndef ARGON_ASM_SEGMENT_H
#define ARGON_ASM_SEGMENT_H

#include "lib/types.h"

/* segment_asm.S */
void load_ds(uint16_t sel);
void load_es(uint16_t sel);
void load_fs(uint16_t sel);
void load_gs(uint16_t sel);

static inline uint16_t read_ds(void)
{
	uint16_t s;

	__asm__ volatile("mov %%ds, %0" : "=r"(s));
	return s;
}

static inline uint16_t read_es(void)
{
	uint16_t s;

	__asm__ volatile("mov %%es, %0" : "=r"(s));
	return s;
}

static inline uint16_t read_fs(void)
{
	uint16_t s;

	__asm__ volatile("mov %%fs, %0" : "=r"(s));
	return s;
}

static inline uint16_t read_gs(void)
{
	uint16_t s;

	__asm__ volatile("mov %%gs, %0" : "=r"(s));
	return s;
}

#endif
