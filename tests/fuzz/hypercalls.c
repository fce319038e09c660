/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a program of hypercalls by several domains on several CPUs,
 * interrupted where the bytes say so.  After each part of each call no count
 * may be wrong (type oracle) and no CPU may have in its TLB what it must not
 * use; at the end all domains must go and leave nothing.
 */
#include "hv_ops.h"

#include <asm/directmap.h>

#include "core/grant.h"
#include "core/sched.h"
#include "mm/page.h"
#include "pv/mmu.h"
#include "pv/pv.h"
#include "xen/sched.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 48
#define NOT_A_CALL 0xe0 /* first byte of what the machine or a guest does without one */

/* The guest writes an entry of its own grant table. */
static void write_grant(struct input *in, const struct vcpu *v)
{
	static const uint16_t flags[4] = {GTF_permit_access, GTF_permit_access | GTF_readonly, 0,
					  GTF_accept_transfer};
	const struct grant_table *g = v->domain->grant;
	uint8_t b = in8(in);
	struct grant_entry_v1 *e = &g->shared[0][b & 63];

	e->flags = flags[b >> 6];
	e->domid = in8(in) % DOMAINS;
	e->frame = (uint32_t)in_frame(in, v->domain->id);
}

/* The guest kernel stores to a page table that it has mapped read-only. */
static void store_to_table(struct input *in, struct actor *a)
{
	static const uint8_t code[4][5] = {{0x48, 0x89, 0x08},
					   {0x48, 0x87, 0x08},
					   {0x48, 0x0f, 0xb1, 0x08},
					   {0xf0, 0x48, 0x0f, 0xba, 0x30}};
	struct cpu_user_regs r = {.rflags = 0x202};
	uint8_t *rip = hv_arena(a, 16);
	uint8_t b = in8(in);
	uint64_t va = (4UL + (b & 1)) << PAGE_SHIFT | (b >> 1 & 15) * 8;

	memcpy(rip, code[b >> 5 & 3], sizeof(code[0]));
	r.rip = (uint64_t)rip;
	r.rcx = in_entry(in, a->dom);
	r.rax = b & 128 ? r.rcx : 0;
	ptwr_handle_fault(va, &r);
}

/* Time goes on, and timers that are due fire. */
static void pass_time(uint64_t ns)
{
	fake_now += ns;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (fake_deadline[cpu] <= fake_now) {
			cpu_raise(cpu, WORK_TIMER);
		}
	}
}

static void place(struct input *in, unsigned int cpu)
{
	uint8_t b = in8(in);
	const struct domain *d = domain_by_id(b % DOMAINS);
	struct vcpu *v = d ? domain_vcpu(d, b >> 4 & 1) : NULL;

	for (unsigned int i = 0; i < CPUS; i++) {
		if (hv_wanted[i] == v) {
			hv_wanted[i] = NULL;
			cpu_raise(i, WORK_SCHEDULE);
		}
	}
	hv_wanted[cpu] = v;
	cpu_raise(cpu, WORK_SCHEDULE);
}

static void without_call(struct input *in, uint8_t what, unsigned int cpu, struct actor *a)
{
	switch (what & 7) {
	case 0:
		place(in, cpu);
		break;
	case 1:
		pass_time(in8(in) * NSEC_PER_MSEC * 50);
		break;
	case 2:
		write_grant(in, current);
		break;
	case 3:
		store_to_table(in, a);
		break;
	case 4:
		pv_handle_ldt_fault(in8(in) * 512U);
		break;
	case 5:
		pv_new_baseptr(in_frame(in, a->dom));
		break;
	case 6:
		fake_tlb_age();
		break;
	default:
		/* As an idle CPU does. */
		for (unsigned int n = in8(in) & 63; n && frames_scrub(); n--) {
		}
		break;
	}
}

static void step(struct input *in)
{
	uint8_t b = in8(in), what;
	unsigned int cpu = b & 3, preempt = b >> 2 & 7;
	struct actor *a;

	hv_cpu(cpu);
	a = vcpu_is_idle(current) ? NULL : hv_actor(current);
	if (!a) {
		place(in, cpu);
	} else if (a->pending) {
		hv_call(a, preempt > 3 ? preempt - 3 : 0);
	} else {
		a->used = 0;
		what = in->at < in->end ? *in->at : 0;
		if (what >= NOT_A_CALL) {
			without_call(in, in8(in), cpu, a);
		} else {
			memset(&a->call, 0, sizeof(a->call));
			hv_alloc_fails = b >> 5 > 3 ? (b >> 5) - 3U : 0;
			hv_encode(in, a, &a->call);
			hv_call(a, preempt > 3 ? preempt - 3 : 0);
		}
	}
	hv_settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, data + size};
	static bool made;
	char when[32];

	if (!made) {
		hv_world_make();
		made = true;
	}
	hv_world_restore();
	if (setjmp(hv_machine_ends)) {
		return 0;
	}
	for (volatile unsigned int i = 0; i < STEPS_MAX && in.at < in.end; i++) {
		step(&in);
		snprintf(when, sizeof(when), "step %u", i);
		hv_check(when);
	}
	hv_world_end();
	return 0;
}
