/* SPDX-License-Identifier: MIT */
/*
 * A hypervisor of a few MiB behind /dev/xen/privcmd: open() and ioctl() of the code under test end
 * here (ld --wrap). It does what building a PV domain needs and keeps what it was told.
 */
#ifndef TESTS_UNIT_LIBBUILD_FAKE_MACHINE_H
#define TESTS_UNIT_LIBBUILD_FAKE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/arch.h"
#include "xen/grant.h"

#define FAKE_DOMID 7
#define FAKE_FRAMES 16384U  /* 64 MiB */
#define FAKE_SHARED_INFO 3U /* mfns of what the hypervisor itself gives the domain */
#define FAKE_GRANT_TABLE 4U

struct fake_machine {
	uint64_t free_frames;
	bool superpages;      /* order-9 extents can be had */
	unsigned int fail_at; /* the call that fails, from 1; 0 = none */
	unsigned int calls;   /* made so far */
	unsigned int claims;  /* claims now in force */
	bool pinned;
	uint64_t pinned_mfn;
	bool vcpu_set;
	struct vcpu_guest_context context;
	uint64_t hypercall_page;     /* mfn, 0 = not asked for */
	uint64_t map_bytes;          /* of its memory map */
	int64_t pfn_of[FAKE_FRAMES]; /* the machine-to-physical table, -1 = not the guest's */
	uint64_t next_frame;         /* first one never handed out */
};

/* Shared memory: a process that the code under test forks works on the same machine. */
extern struct fake_machine *fake_shared;
#define fake (*fake_shared)

/* A fresh machine. */
void fake_reset(void);

/* A machine frame's bytes. */
void *fake_frame(uint64_t mfn);

#endif
