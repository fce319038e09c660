/* SPDX-License-Identifier: MIT */
/*
 * Patch points: places in the code whose instructions are chosen once, at
 * boot, by what the processor needs.  An entry names the place, the other
 * instructions and the feature that asks for them; unused bytes become NOPs.
 */
#ifndef ARGON_X86_PATCH_H
#define ARGON_X86_PATCH_H

#define PATCH_HOOKS 0        /* entering and leaving takes more than the short path has */
#define PATCH_THUNK_LFENCE 1 /* indirect branches: LFENCE before */
#define PATCH_THUNK_JMP 2    /* indirect branches: plain */
#define PATCH_FEATURES 3

#ifdef __ASSEMBLY__

/* clang-format off */
/* Instructions of another form for [from, to), which they must fit. */
.macro PATCH_FOR from, to, feature, new
	.pushsection .init.patch_code, "ax", @progbits
771:	\new
772:	.popsection
	.pushsection .init.patches, "a", @progbits
	.quad \from, 771b
	.byte \to-\from, 772b-771b, \feature
	.balign 8
	.popsection
.endm

/* A NOP, with the feature a jump to target. */
.macro PATCH_JUMP feature, target
779:	.byte 0x0f, 0x1f, 0x44, 0x00, 0x00
	PATCH_FOR 779b, 779b+5, \feature, "jmp \target"
.endm
/* clang-format on */

#else

#include "lib/types.h"

struct patch {
	uint8_t *at;
	const uint8_t *code;
	uint8_t length, code_length, feature;
};

/*
 * Applies those of [p, end) whose bit is set in features, before any other
 * CPU runs and while the code is writable.  A JMP or CALL rel32 alone is
 * moved with its target.  Counts them by feature; false: one does not fit.
 */
bool patch_apply(const struct patch *p, const struct patch *end, uint32_t features,
		 unsigned int count[PATCH_FEATURES]);

#endif
#endif
