/* SPDX-License-Identifier: MIT */
/*
 * A machine of real memory with two domains, for the save stream: frames are pages of one memory
 * file, a foreign mapping aliases them, and what the hypervisor is told is kept to be looked at.
 */
#ifndef TESTS_UNIT_STREAM_MACHINE_H
#define TESTS_UNIT_STREAM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../../dom0-tools/libctl/domctl.h"

#define MACHINE_FRAMES 4096U
#define MACHINE_PINS 64U
#define SAVED 1U    /* the domain that test_stream.c makes */
#define RESTORED 2U /* the one that a stream is read into */
#define XSAVE_SIZE 48U

struct machine_domain {
	bool suspended;
	uint64_t shared_info; /* frame */
	uint64_t grant_table; /* frame */
	uint64_t limit;       /* pages it may hold */
	uint64_t pages;
	struct vcpu_guest_context context;
	struct xen_domctl_ext_vcpucontext extended;
	uint8_t xsave[XSAVE_SIZE];
	struct xen_domctl_tsc_info tsc;
	uint32_t leaves, msrs; /* of the policy that was set */
	unsigned int pin_count;
	uint64_t pinned[MACHINE_PINS]; /* frames */
};

struct machine {
	int fd;
	uint8_t *memory; /* all frames side by side */
	uint64_t used;   /* frames given away, from 1 on */
	uint8_t owner[MACHINE_FRAMES];
	uint32_t type[MACHINE_FRAMES]; /* XEN_DOMCTL_PFINFO_* */
	long maps;                     /* pages mapped now */
	struct machine_domain domain[3];
};

extern struct machine machine;

/* Empties it. */
void machine_reset(void);

/* A frame of the domain's, zeroed; 0 when there is none left. */
uint64_t machine_frame(xen_domid_t domid);

static inline void *machine_page(uint64_t mfn)
{
	return machine.memory + mfn * XEN_PAGE_SIZE;
}

#endif
