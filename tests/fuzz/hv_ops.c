/* SPDX-License-Identifier: MIT */
/* Hypercalls out of bytes: numbers are small, so that they meet each other. */
#include "hv_ops.h"

#include <asm/directmap.h>

#include "core/grant.h"
#include "xen/hypercall.h"

#define MFN_DEVICE 0x40000UL
#define MFN_PRIVATE 0xfee00UL

uint64_t hv_special_frame(unsigned int n, unsigned int dom)
{
	const struct domain *d = domain_by_id((xen_domid_t)dom);
	const uint64_t fixed[] = {0, max_page - 1, max_page, MFN_DEVICE, MFN_PRIVATE, 0x100, ~0ULL};

	if (n < ARRAY_SIZE(fixed)) {
		return fixed[n];
	}
	if (!d) {
		return 0;
	}
	switch (n) {
	case 7:
		return virt_to_mfn(d->shared).v;
	case 8:
		return virt_to_mfn(d->pv.perdomain_l3).v;
	case 9:
		return virt_to_mfn(d).v;
	case 10:
		return m2p_chunk_mfn(0).v;
	default:
		return virt_to_mfn(d->grant ? (void *)d->grant->shared[0] : (void *)d).v;
	}
}

uint64_t in_frame(struct input *in, unsigned int dom)
{
	uint8_t b = in8(in);

	switch (b >> 5) {
	case 4:
	case 5:
	case 6:
		return pool[(dom + (b >> 5) - 3) % 4][b % POOL];
	case 7:
		return hv_special_frame(b % 16, dom);
	default:
		return pool[dom % DOMAINS][b % POOL];
	}
}

pte_t in_entry(struct input *in, unsigned int dom)
{
	static const pte_t flags[16] = {
		PTE_PRESENT | PTE_RW | PTE_USER,
		PTE_PRESENT | PTE_USER,
		0,
		PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY,
		PTE_PRESENT,
		PTE_PRESENT | PTE_RW,
		PTE_RW,
		PTE_PRESENT | PTE_USER | PTE_NX,
		PTE_PRESENT | PTE_RW | PTE_USER | PTE_NX,
		PTE_PRESENT | PTE_USER | PTE_PCD,
		PTE_PRESENT | PTE_RW | PTE_USER | PTE_PWT,
		PTE_PRESENT | PTE_RW | PTE_USER | PTE_GLOBAL,
		PTE_PRESENT | PTE_RW | PTE_USER | 1UL << 7,
		PTE_PRESENT | PTE_RW | PTE_USER | 1UL << 51,
		PTE_PRESENT | PTE_RW | PTE_USER | PTE_AVAIL_LOW,
		PTE_PRESENT | PTE_RW | PTE_USER | PTE_AVAIL_HIGH,
	};
	uint64_t m = in_frame(in, dom);

	return (m << PAGE_SHIFT & PTE_FRAME_MASK) | flags[in8(in) & 15];
}

/* Few, so that entries meet; those beside the hole and of the hole among them. */
unsigned int in_slot(struct input *in)
{
	static const unsigned int far[8] = {9, 63, 255, 256, 257, 271, 272, 511};
	uint8_t b = in8(in) & 15;

	return b < 8 ? b : far[b - 8];
}

xen_domid_t in_domid(struct input *in)
{
	static const xen_domid_t ids[16] = {DOMID_SELF, DOMID_SELF, DOMID_SELF, DOMID_SELF,
					    0,          1,          2,          3,
					    4,          5,          DOMID_IO,   DOMID_XEN,
					    DOMID_COW,  DOMID_SELF, DOMID_SELF, 17};

	return ids[in8(in) & 15];
}

/* An address that the live tables map, or one of their L1's other entries. */
uint64_t in_address(struct input *in)
{
	uint8_t b = in8(in);

	return (b & 15) << PAGE_SHIFT | (b & 16 ? 1UL << 21 : 0) | (b & 32 ? 1UL << 30 : 0) |
	       (b & 64 ? 1UL << 47 : 0);
}

static void multicall(struct input *in, struct actor *a, struct call *c)
{
	uint32_t n = 1 + (in8(in) & 3);
	struct multicall_entry *e = hv_arena(a, n * sizeof(*e));

	for (uint32_t i = 0; i < n; i++) {
		struct call inner = {0};

		hv_encode(in, a, &inner);
		e[i].op = inner.number;
		memcpy(e[i].args, inner.arg, sizeof(inner.arg));
	}
	c->number = __HYPERVISOR_multicall;
	c->arg[0] = ptr(e);
	c->arg[1] = n;
}

static void (*const encoders[])(struct input *in, struct actor *a, struct call *c) = {
	hv_mmu_update,   hv_update_va, hv_mmuext,      hv_memory_adjust, hv_memory_exchange,
	hv_memory_other, hv_grant_map, hv_grant_unmap, hv_grant_copy,    hv_grant_other,
	hv_events,       hv_vcpu_ops,  hv_descriptors, hv_handlers,      hv_sched,
	hv_domctl,       multicall,
};

void hv_encode(struct input *in, struct actor *a, struct call *c)
{
	static unsigned int depth;
	uint8_t n = in8(in) % ARRAY_SIZE(encoders);

	/* Multicalls of multicalls: once is enough to be refused. */
	if (depth > 1) {
		n = 0;
	}
	depth++;
	encoders[n](in, a, c);
	depth--;
}
