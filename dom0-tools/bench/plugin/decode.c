/* SPDX-License-Identifier: MIT */
/* Telling the counted instructions by their bytes (opcode maps: AMD64 manual, volume 3, A). */
#include <stdbool.h>
#include <string.h>

#include <argon/bench_marks.h>
#include "decode.h"

const char *const event_names[EVENT_COUNT] = {
	[EVENT_CR3] = "cr3",     [EVENT_CR] = "cr",           [EVENT_INVLPG] = "invlpg",
	[EVENT_WRMSR] = "wrmsr", [EVENT_LOCK] = "lock",       [EVENT_REP] = "rep",
	[EVENT_IRET] = "iret",   [EVENT_SYSCALL] = "syscall", [EVENT_IO] = "io",
};

struct prefixes {
	bool lock;
	bool rep;
};

/* Returns how many bytes are prefixes, REX included. */
static size_t prefixes_read(const uint8_t *insn, size_t length, struct prefixes *p)
{
	size_t n = 0;

	*p = (struct prefixes){false, false};
	for (; n < length; n++) {
		switch (insn[n]) {
		case 0xf0:
			p->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			p->rep = true;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64 ... 0x67:
			break;
		default:
			return n < length && (insn[n] & 0xf0) == 0x40 ? n + 1 : n;
		}
	}
	return n;
}

static enum event event_two_byte(uint8_t opcode, uint8_t modrm)
{
	unsigned int reg = modrm >> 3 & 7;

	switch (opcode) {
	case 0x01:
		return reg == 7 && modrm < 0xc0 ? EVENT_INVLPG : EVENT_NONE;
	case 0x05:
	case 0x07:
		return EVENT_SYSCALL;
	case 0x09:
		return EVENT_INVLPG;
	case 0x22:
		return reg == 3 ? EVENT_CR3 : EVENT_CR;
	case 0x23:
		return EVENT_CR;
	case 0x30:
		return EVENT_WRMSR;
	default:
		return EVENT_NONE;
	}
}

enum event event_of(const uint8_t *insn, size_t length)
{
	struct prefixes p;
	size_t n = prefixes_read(insn, length, &p);
	uint8_t modrm = n + 1 < length ? insn[n + 1] : 0xc0;

	if (p.lock) {
		return EVENT_LOCK;
	}
	if (n >= length) {
		return EVENT_NONE;
	}
	switch (insn[n]) {
	case 0x0f:
		if (modrm == 0x38 && n + 2 < length && insn[n + 2] == 0x82) {
			return EVENT_INVLPG; /* invpcid */
		}
		return event_two_byte(modrm, n + 2 < length ? insn[n + 2] : 0xc0);
	case 0x86:
	case 0x87:
		return modrm < 0xc0 ? EVENT_LOCK : EVENT_NONE;
	case 0xa4:
	case 0xa5:
	case 0xaa:
	case 0xab:
		return p.rep ? EVENT_REP : EVENT_NONE;
	case 0xcf:
		return EVENT_IRET;
	case 0x6c ... 0x6f:
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return EVENT_IO;
	default:
		return EVENT_NONE;
	}
}

int mark_of(const uint8_t *insn, size_t length)
{
	uint32_t displacement;

	if (length != 7 || insn[0] != 0x0f || insn[1] != 0x1f || insn[2] != 0x80) {
		return -1;
	}
	memcpy(&displacement, insn + 3, sizeof(displacement));
	return (displacement & 0xffff0000U) == MARK_MAGIC ? (int)(displacement & 0xffff) : -1;
}
