/* SPDX-License-Identifier: MIT */
/* The fake machine's guests run nowhere, so there is nothing to isolate. */
#include "arch/isolation.h"

char mitigations_text[256] = "bti-thunk=jmp, xpti (guests)";

bool isolation_wanted(bool privileged)
{
	(void)privileged;
	return false;
}

bool absent_entries_leak(bool privileged)
{
	(void)privileged;
	return false;
}

int isolation_vcpu_init(struct vcpu *v)
{
	(void)v;
	return 0;
}

void isolation_vcpu_free(struct vcpu *v)
{
	(void)v;
}

void isolation_roots_changed(struct vcpu *v)
{
	(void)v;
}

void isolation_slot_changed(struct domain *d, const struct page_info *l4, unsigned int index,
			    uint64_t pte)
{
	(void)d;
	(void)l4;
	(void)index;
	(void)pte;
}
