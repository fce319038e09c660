/* SPDX-License-Identifier: MIT */
/* Applies patch points (see patch.h). */
#include "arch/x86/patch.h"

#include "lib/string.h"

#define NOP_MAX 9U

/* Recommended NOPs (Intel SDM, volume 2, NOP), as few as will do. */
static void fill_nops(uint8_t *at, unsigned int n)
{
	static const uint8_t nop[NOP_MAX][NOP_MAX] = {
		{0x90},
		{0x66, 0x90},
		{0x0f, 0x1f, 0x00},
		{0x0f, 0x1f, 0x40},
		{0x0f, 0x1f, 0x44},
		{0x66, 0x0f, 0x1f, 0x44},
		{0x0f, 0x1f, 0x80},
		{0x0f, 0x1f, 0x84},
		{0x66, 0x0f, 0x1f, 0x84},
	};

	while (n) {
		unsigned int now = MIN(n, NOP_MAX);

		memcpy(at, nop[now - 1], now);
		at += now;
		n -= now;
	}
}

bool patch_apply(const struct patch *p, const struct patch *end, uint32_t features,
		 unsigned int count[PATCH_FEATURES])
{
	for (; p < end; p++) {
		int32_t offset;

		if (p->code_length > p->length || p->feature >= PATCH_FEATURES) {
			return false;
		}
		if (!(features & (1U << p->feature))) {
			continue;
		}
		memcpy(p->at, p->code, p->code_length);
		if (p->code_length == 5 && (p->code[0] & 0xfe) == 0xe8) {
			memcpy(&offset, p->code + 1, sizeof(offset));
			offset += (int32_t)(p->code - p->at);
			memcpy(p->at + 1, &offset, sizeof(offset));
		}
		fill_nops(p->at + p->code_length, p->length - p->code_length);
		count[p->feature]++;
	}
	return true;
}
