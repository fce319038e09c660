/* SPDX-License-Identifier: MIT */
/* A guest's instruction, byte by byte, for those that are carried out on its behalf. */
#ifndef ARGON_PV_INSN_H
#define ARGON_PV_INSN_H

#include <asm/guest_access.h>

#include "lib/types.h"
#include "xen/arch.h"

#define INSN_MAX 15

struct insn {
	struct cpu_user_regs *regs;
	uint8_t bytes[INSN_MAX + 1] __aligned(8);
	unsigned int avail; /* bytes readable at RIP */
	unsigned int pos;   /* of the next byte */
	uint8_t rex;
	uint8_t opcode; /* the last byte of it, for whoever dispatches */
	bool opsize16, addr32, rep, segment_override; /* prefixes */
};

static inline bool insn_byte(struct insn *i, uint8_t *b)
{
	if (i->pos >= i->avail) {
		return false;
	}
	*b = i->bytes[i->pos++];
	return true;
}

/* As many of the 15 bytes as can be read: an unmapped page may follow. */
unsigned int insn_fetch_near_end(struct insn *i, uint64_t rip);

/*
 * Fetches the instruction at RIP and passes over its prefixes: its first
 * opcode byte, or -1 if it cannot be read that far.
 * (Prefixes: AMD64 APM volume 3, chapter 1.)
 */
static inline int insn_begin(struct insn *i, struct cpu_user_regs *regs)
{
	uint8_t b;

	i->regs = regs;
	i->pos = 0;
	i->rex = 0;
	i->opsize16 = i->addr32 = i->rep = i->segment_override = false;
	i->avail = INSN_MAX;
	if (get_guest_words(i->bytes, gptr(regs->rip), 2)) {
		i->avail = insn_fetch_near_end(i, regs->rip);
	}
	while (insn_byte(i, &b)) {
		switch (b) {
		case 0x66:
			i->opsize16 = true;
			break;
		case 0x67:
			i->addr32 = true;
			break;
		case 0xf2:
		case 0xf3:
			i->rep = true;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
			i->segment_override = true;
			break;
		case 0xf0:
			break;
		default:
			if ((b & 0xf0) == 0x40) { /* what faults is not 32-bit INC or DEC */
				i->rex = b;
				return insn_byte(i, &b) ? b : -1;
			}
			return b;
		}
	}
	return -1;
}

/* Register n, 0..15, in the order of encodings. */
uint64_t *insn_register(struct cpu_user_regs *r, unsigned int n);

#endif
