/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that guests may put into their GDT and LDT: flat or not, code
 * or data, privilege 3.  Layout: AMD64 manual volume 2, section 4.7.
 */
#include <asm/directmap.h>

#include "lib/errno.h"
#include "mm/table.h"

#define DESC_PRESENT (1ULL << 47)
#define DESC_DPL3 (3ULL << 45)
#define DESC_NOT_SYSTEM (1ULL << 44)
#define DESC_TYPE_MASK (15ULL << 40)
#define DESCRIPTORS_PER_PAGE 512

bool segdesc_check(uint64_t *descriptor)
{
	uint64_t e = *descriptor;

	if (!(e & DESC_PRESENT)) {
		return true;
	}
	if (!(e & DESC_NOT_SYSTEM)) {
		/* Gates, TSSs and LDTs are Argon's; type 0 is no descriptor at all. */
		return !(e & DESC_TYPE_MASK);
	}
	*descriptor = e | DESC_DPL3;
	return true;
}

int segdesc_validate(struct page_info *p)
{
	uint64_t *t = mfn_to_virt(page_to_mfn(p));

	for (unsigned int i = 0; i < DESCRIPTORS_PER_PAGE; i++) {
		if (t[i] && !segdesc_check(&t[i])) {
			return -EINVAL;
		}
	}
	return 0;
}
