/* SPDX-License-Identifier: MIT */
/*
 * Call stubs: slot n, 32 bytes each, makes hypercall n.  SYSCALL destroys RCX
 * and R11, so each stub keeps them; iret expects them on its stack and does
 * not return.
 */
#include "pv/hypercall_page.h"

#include "lib/string.h"
#include "lib/types.h"
#include "xen/hypercall.h"

#define OPCODE_INT3 0xcc
#define NUMBER_AT 4

void hypercall_page_fill(void *page)
{
	/* push rcx; push r11; mov eax, n; syscall; pop r11; pop rcx; ret */
	static const uint8_t call[] = {0x51, 0x41, 0x53, 0xb8, 0,    0,    0,
				       0,    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3};
	/* push rcx; push r11; push rax; mov eax, 23; syscall */
	static const uint8_t iret[] = {0x51, 0x41, 0x53, 0x50, 0xb8, __HYPERVISOR_iret,
				       0,    0,    0,    0x0f, 0x05};
	uint8_t *slot = page;

	memset(page, OPCODE_INT3, PAGE_SIZE);
	for (uint32_t n = 0; n < XEN_HYPERCALL_SLOTS; n++, slot += XEN_HYPERCALL_SLOT_SIZE) {
		if (n == __HYPERVISOR_iret) {
			memcpy(slot, iret, sizeof(iret));
		} else {
			memcpy(slot, call, sizeof(call));
			memcpy(slot + NUMBER_AT, &n, sizeof(n));
		}
	}
}
