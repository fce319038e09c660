/* SPDX-License-Identifier: MIT */
/* Which x86 instructions are worth counting beside the plain number of instructions. */
#ifndef BENCH_DECODE_H
#define BENCH_DECODE_H

#include <stddef.h>
#include <stdint.h>

enum event {
	EVENT_CR3,    /* mov to CR3: flushes what is not global */
	EVENT_CR,     /* mov to another control register or a debug register */
	EVENT_INVLPG, /* invlpg, invpcid, wbinvd */
	EVENT_WRMSR,
	EVENT_LOCK, /* lock prefix, xchg with memory */
	EVENT_REP,  /* each iteration of a rep movs or stos */
	EVENT_IRET,
	EVENT_SYSCALL, /* syscall, sysret */
	EVENT_IO,      /* in, out, ins, outs */
	EVENT_COUNT,
	EVENT_NONE = EVENT_COUNT,
};

/* The short names, as they head the columns of a counter file. */
extern const char *const event_names[EVENT_COUNT];

/* What the 64-bit instruction in these bytes counts as. */
enum event event_of(const uint8_t *insn, size_t length);

/* The number of a BENCH_MARK, or -1. */
int mark_of(const uint8_t *insn, size_t length);

#endif /* BENCH_DECODE_H */
