/* SPDX-License-Identifier: MIT */
/*
 * A world for tests of core/: the real domains, scheduler, timers, events and
 * grants on a fake machine of four CPUs, which a single thread plays in turn.
 */
#ifndef TESTS_CORE_WORLD_H
#define TESTS_CORE_WORLD_H

/* cmocka wants these first, in this order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/cpu.h"
#include "arch/fake/fake.h"
#include "core/domain.h"
#include "core/evtchn.h"
#include "core/hypercall.h"
#include "core/sched.h"
#include "core/timer.h"
#include "lib/errno.h"
#include "mm/oracle.h"
#include "xen/domctl.h"
#include "xen/event.h"
#include "xen/sysctl.h"

#define CPUS 4

/* Fixtures: once per program, which has dom0 with two vCPUs from then on; around each test. */
int world_start(void **state);
int world_test_begin(void **state);
/* Destroys what the test left, then checks that nothing is lost. */
int world_test_end(void **state);
#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, world_test_begin, world_test_end)

/* A domain with vCPUs that are up; paused until world_unpause. */
struct domain *world_domain(xen_domid_t id, unsigned int vcpus);
void world_unpause(struct domain *d);
/* Its teardown to the end. */
void world_domain_end(struct domain *d);

/* The thread is CPU n from now on. */
void world_cpu(unsigned int n);
/* Hypercalls come from this vCPU now, whatever the scheduler thinks; NULL: no more. */
void world_act_as(struct vcpu *v);
/* The CPU does what its work word asks for, until it is empty. */
void world_work(unsigned int cpu);
/* All CPUs do so until none has work left. */
void world_settle(void);
/* Moves time forward and lets timers fire whose time has come. */
void world_pass(uint64_t ns);

/* A frame of d's, and the memory behind it. */
uint64_t world_frame(struct domain *d);
void *world_memory(uint64_t frame);

/* preempt_needed() answers true every n-th time; 0: never. */
void world_preempt_every(unsigned int n);
extern unsigned int world_continuations;

/* Hypercalls of the acting vCPU, continued until they are over. */
long call_domctl(struct xen_domctl *op);
long call_sysctl(struct xen_sysctl *op);
long call_grant(uint32_t cmd, void *list, uint32_t count);
long call_events(uint32_t cmd, void *arg);

#endif
