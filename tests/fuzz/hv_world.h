/* SPDX-License-Identifier: MIT */
/*
 * The world of the hypercall fuzzer: the whole hosted hypervisor with dom0
 * and three guests on four CPUs, built once; each input starts from a copy of
 * it, so that what an input does depends on nothing before.
 */
#ifndef TESTS_FUZZ_HV_WORLD_H
#define TESTS_FUZZ_HV_WORLD_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/cpu.h"
#include "arch/fake/fake.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "mm/table.h"

#define CPUS 4
#define DOMAINS 6 /* ids 0 to 5; the last two do not exist at first */
#define VCPUS 2   /* of a domain, at most */
#define POOL 32   /* frames of a domain that inputs have names for */
#define ARENA 16384

/* A hypercall, and what the input wants to know of its end. */
struct call {
	uint32_t number;
	uint64_t arg[6];
	/* Frame numbers in list[] go to the pool of domain `dom` from `at` on. */
	uint64_t *list;
	unsigned int count, order, dom, at;
};

/* A vCPU as the input moves it. */
struct actor {
	unsigned int dom, vcpu;
	bool pending; /* call is to be continued */
	struct call call;
	size_t used; /* of arena */
	uint8_t *arena;
};

extern uint64_t pool[DOMAINS][POOL];
/* Which vCPU a CPU shall run when it can; NULL: whichever. */
extern struct vcpu *hv_wanted[CPUS];
/* The buddy_alloc that fails, counting from 1; 0: none. */
extern unsigned int hv_alloc_fails;
/* Where an input ends when the machine does. */
extern jmp_buf hv_machine_ends;

void hv_world_make(void);
/* Back to how it was after hv_world_make. */
void hv_world_restore(void);

struct actor *hv_actor(const struct vcpu *v);
/* Memory of the actor's, zeroed, for arguments; as long as the call may need it. */
void *hv_arena(struct actor *a, size_t bytes);
/* Starts or continues a's call on its CPU; preempt_at: the window with news, 0: none. */
void hv_call(struct actor *a, unsigned int preempt_at);
/* All CPUs do what their work words ask for. */
void hv_settle(void);
/* The thread is that CPU. */
void hv_cpu(unsigned int cpu);
/* Oracle and TLBs: aborts if something is wrong. */
void hv_check(const char *when);
/* Ends all calls and all domains; aborts if anything is left. */
void hv_world_end(void);

#endif
