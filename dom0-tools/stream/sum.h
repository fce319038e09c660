/* SPDX-License-Identifier: MIT */
/* XXH3 by AVX2, where the CPU has it: a third of the instructions of the library's SSE2. */
#ifndef DOM0_TOOLS_STREAM_SUM_H
#define DOM0_TOOLS_STREAM_SUM_H

#include <stddef.h>

/* As XXH3_64bits_update(); `state` is the library's XXH3_state_t. Only for CPUs with AVX2. */
void sum_update_avx2(void *state, const void *data, size_t len);

#endif
