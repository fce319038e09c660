/* SPDX-License-Identifier: MIT */
/*
 * How a measured program tells the counting plugin (dom0-tools/bench/plugin) what it is about: long
 * NOPs whose displacement carries a number. Without the plugin they are one instruction each.
 */
#ifndef ARGON_BENCH_MARKS_H
#define ARGON_BENCH_MARKS_H

#define MARK_MAGIC 0x41720000 /* high half of the displacement */
#define MARK_BEGIN 0x100      /* an interval starts */
#define MARK_END 0x101        /* and ends */
#define MARK_ROW 0x200        /* + stream: the intervals since the last one are a row */
#define MARK_STREAMS 4

/* clang-format off */
#ifdef __ASSEMBLER__
/* 0f 1f 80 disp32: nopl disp32(%rax), which accesses nothing */
	.macro BENCH_MARK number
	.byte 0x0f, 0x1f, 0x80
	.long MARK_MAGIC + \number
	.endm
#else
/* clang-format on */
#define BENCH_MARK(number)                                   \
	__asm__ volatile(".byte 0x0f, 0x1f, 0x80; .long %c0" \
			 :                                   \
			 : "i"(MARK_MAGIC + (number))        \
			 : "memory")

static inline void bench_mark_row(unsigned int stream)
{
	switch (stream) {
	case 0:
		BENCH_MARK(MARK_ROW);
		break;
	case 1:
		BENCH_MARK(MARK_ROW + 1);
		break;
	case 2:
		BENCH_MARK(MARK_ROW + 2);
		break;
	default:
		BENCH_MARK(MARK_ROW + 3);
		break;
	}
}
#endif

#endif /* ARGON_BENCH_MARKS_H */
