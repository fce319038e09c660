/* SPDX-License-Identifier: MIT */
/*
 * What axl stands on, played by the tests: a hypervisor with some domains, a xenstore, a builder
 * and devices that only count. Any single call of them can be made to fail.
 */
#ifndef TESTS_UNIT_AXL_FAKE_H
#define TESTS_UNIT_AXL_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../../dom0-tools/axl/axl.h"
#include "../../../dom0-tools/libctl/domctl.h"
#include "../../../dom0-tools/libctl/pool.h"

#define FAKE_MAX_DOMAINS 8
#define FAKE_MAX_POOLS 4
#define FAKE_CPUS 2
/* of a domain to be dumped */
#define FAKE_PFNS 700UL
#define FAKE_FRAME 5000UL
#define FAKE_EMPTY_PFN 3
#define FAKE_FOREIGN_PFN 300

struct fake {
	unsigned int calls;   /* that could have failed */
	unsigned int fail_at; /* the one that does, from 1; 0 = none */
	struct xen_domctl_getdomaininfo domains[FAKE_MAX_DOMAINS];
	unsigned int domain_count;
	uint64_t free_pages;
	bool no_xenstore;
	uint32_t unconnected;                      /* this domain is not introduced to it */
	int built;                                 /* domains built now */
	int devices;                               /* domains with devices now */
	uint32_t last_devid;                       /* attached or detached */
	int frontend_state;                        /* of the devices listed; 0: connected */
	int kernels_open;                          /* kernels and ramdisks open now */
	int watches;                               /* of xenstore, now */
	uint32_t introduced;                       /* the last domain xenstored was told about */
	const char *ring;                          /* the hypervisor's console ring */
	char keys[16];                             /* debug keys sent */
	const char *command_line;                  /* the hypervisor's; NULL: an odd one */
	const char *build_id;                      /* NULL: it has none */
	const struct vcpu_guest_context *contexts; /* of any domain's vCPUs; NULL: all zero */
	/* the scheduler */
	struct ctl_pool pools[FAKE_MAX_POOLS];
	unsigned int pool_count;
	uint32_t ratelimit_us;
	struct {
		uint16_t weight;
		uint16_t cap;
	} shares[64];         /* by domid */
	uint64_t hard[64][8]; /* by domid and vCPU */
	uint64_t soft[64][8];
	bool forced;           /* the last pinning */
	uint64_t node_free[2]; /* KiB */
	uint64_t nodes[64];    /* asked for, by domid */
};

extern struct fake fake;

/* A machine with a control domain that has just started, and no xenstore entries. */
void fake_reset(void);

/* Adds a running domain of 128 MiB with its records in xenstore. */
struct xen_domctl_getdomaininfo *fake_domain(uint32_t domid, const char *name);

/* Whether the call under way is the one that fails. */
bool fake_fails(void);

void fake_sched_reset(void);

/* All of xenstore, "path = value" a line, sorted; malloc'ed. */
char *fake_store_dump(void);

/* A value, or NULL. */
const char *fake_store_get(const char *path);
void fake_store_set(const char *path, const char *value);

#endif
