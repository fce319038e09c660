/* SPDX-License-Identifier: MIT */
/*
 * What the command line asks for; the options have Xen's names.  Set by
 * boot/cmdline.c before anything else runs, read by everyone.
 */
#ifndef ARGON_LIB_OPTIONS_H
#define ARGON_LIB_OPTIONS_H

#include "lib/types.h"

/* dom0_mem=: amounts are bytes; 0: not given.  Negative: all but that much. */
struct mem_option {
	int64_t size, min, max;
};

/* Three-state options: as the machine needs it, off, on. */
enum auto_option { OPT_AUTO = -1, OPT_OFF = 0, OPT_ON = 1 };

/* What can be done against speculation's leaks: arch/x86/speculation.c. */
enum mitigation_id {
	SPEC_XPTI,
	SPEC_L1TF,
	SPEC_IBRS,
	SPEC_STIBP,
	SPEC_SSBD,
	SPEC_IBPB,
	SPEC_IBPB_ENTRY,
	SPEC_RSB,
	SPEC_MD_CLEAR,
	SPEC_COUNT
};

/* How the hypervisor's indirect branches are done. */
enum branch_thunk { THUNK_AUTO, THUNK_RETPOLINE, THUNK_LFENCE, THUNK_JMP };

struct options {
	struct mem_option dom0_mem;
	unsigned int dom0_max_vcpus;                /* 0: as many as CPUs */
	unsigned int maxcpus;                       /* CPUs to bring up, 0: all */
	bool noreboot;                              /* halt after a fatal error */
	bool hpet, x2apic, tsc_deadline;            /* may be used if present; on */
	char com1[48];                              /* baud,DPS,port,irq; empty: default */
	char console[32];                           /* com1, vga, none */
	char reboot[16];                            /* reboot=: acpi, kbd, pci, triple */
	char sched[16];                             /* policy of the first CPU pool */
	unsigned int sched_ratelimit_us;            /* of it; 0: none */
	enum auto_option mitigation[SPEC_COUNT][2]; /* for dom0, for guests */
	enum branch_thunk thunk;
	bool guest_spec_msrs;        /* guests may have SPEC_CTRL */
	unsigned int gnttab_version; /* highest grant-table version, 1 or 2 */
	bool gnttab_transitive;
	unsigned int gnttab_max_frames, gnttab_max_maptrack_frames;
	uint32_t conring_size; /* bytes, 0: default */
};

extern struct options options;

#endif
