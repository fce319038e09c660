/* SPDX-License-Identifier: MIT */
/* How the hypercall fuzzer makes calls out of bytes. */
#ifndef TESTS_FUZZ_HV_OPS_H
#define TESTS_FUZZ_HV_OPS_H

#include "hv_world.h"

/* What is left of the input; zeroes follow its end. */
struct input {
	const uint8_t *at, *end;
};

static inline uint8_t in8(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static inline uint16_t in16(struct input *in)
{
	uint16_t low = in8(in);

	return (uint16_t)(low | in8(in) << 8);
}

static inline uint64_t ptr(const void *p)
{
	return (uint64_t)p;
}

/* The domain whose frames a call about domain id means. */
static inline unsigned int dom_of(const struct actor *a, xen_domid_t id)
{
	return id < DOMAINS ? id : a->dom;
}

/* A frame number out of one byte: of dom's pool, of another's, or a special one. */
uint64_t in_frame(struct input *in, unsigned int dom);
/* An entry of a page table out of two bytes. */
pte_t in_entry(struct input *in, unsigned int dom);
unsigned int in_slot(struct input *in);
xen_domid_t in_domid(struct input *in);
/* An address that the live tables map, or one of their L1's other entries. */
uint64_t in_address(struct input *in);
/* Frames that are no guest's to use as it likes: Argon's, devices', none. */
uint64_t hv_special_frame(unsigned int n, unsigned int dom);

/* One kind of call each. */
void hv_mmu_update(struct input *in, struct actor *a, struct call *c);
void hv_update_va(struct input *in, struct actor *a, struct call *c);
void hv_mmuext(struct input *in, struct actor *a, struct call *c);
void hv_memory_adjust(struct input *in, struct actor *a, struct call *c);
void hv_memory_exchange(struct input *in, struct actor *a, struct call *c);
void hv_memory_other(struct input *in, struct actor *a, struct call *c);
void hv_grant_map(struct input *in, struct actor *a, struct call *c);
void hv_grant_unmap(struct input *in, struct actor *a, struct call *c);
void hv_grant_copy(struct input *in, struct actor *a, struct call *c);
void hv_grant_other(struct input *in, struct actor *a, struct call *c);
void hv_events(struct input *in, struct actor *a, struct call *c);
void hv_vcpu_ops(struct input *in, struct actor *a, struct call *c);
void hv_descriptors(struct input *in, struct actor *a, struct call *c);
void hv_handlers(struct input *in, struct actor *a, struct call *c);
void hv_sched(struct input *in, struct actor *a, struct call *c);
void hv_domctl(struct input *in, struct actor *a, struct call *c);

/* Fills in c for actor a: any hypercall that has arguments worth choosing. */
void hv_encode(struct input *in, struct actor *a, struct call *c);

#endif
