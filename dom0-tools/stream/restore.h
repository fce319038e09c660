/* SPDX-License-Identifier: MIT */
/* A restore under way. */
#ifndef DOM0_TOOLS_STREAM_RESTORE_H
#define DOM0_TOOLS_STREAM_RESTORE_H

#include <stdbool.h>

#include "../libctl/domctl.h"
#include "record.h"
#include "stream.h"

#define RESTORE_VCPUS_MAX 128U

/* The body of a record that is needed at the end. */
struct kept {
	void *data; /* for free() */
	uint32_t len;
};

struct kept_vcpu {
	struct kept basic, extended, xsave, msrs;
};

struct restorer {
	struct ctl *ctl;
	struct stream_file *file;
	const struct stream_restore_params *params;
	const struct stream_progress *progress;
	struct stream_restore_result *result;
	struct ctl_error *err;
	bool have_info, have_static_end, have_tsc, have_shared_info;
	uint64_t pfns;        /* that the guest's p2m covers; 0 until P2M_FRAMES came */
	uint64_t *p2m;        /* machine frame of each, 0: none */
	uint8_t *types;       /* XEN_DOMCTL_PFINFO_* >> LTAB_SHIFT of each */
	uint64_t *p2m_frames; /* pfns that hold the guest's p2m */
	uint64_t p2m_frame_count;
	uint64_t done;     /* pages read */
	uint64_t *extents; /* a buffer of PAGES_BATCH for the hypervisor */
	struct xc_sr_rec_x86_tsc_info tsc;
	struct kept shared_info, leaves, msrs;
	struct kept_vcpu vcpu[RESTORE_VCPUS_MAX];
};

/* Sets "restore-failed" with the step and the errno; returns it. */
int restore_failed(struct restorer *r, const char *what, int ret);

/* The records P2M_FRAMES and PAGE_DATA, their header already read. */
int restore_p2m_frames(struct restorer *r, uint32_t len);
int restore_page_data(struct restorer *r, uint32_t len);

/* Gives frames to the `count` (at most PAGES_BATCH) pfns in r->extents that have none. */
int restore_populate(struct restorer *r, unsigned int count);

/* The machine frame of a pfn that must be an ordinary page of the guest's; 0 and *err if not. */
uint64_t restore_plain_page(struct restorer *r, uint64_t pfn, const char *what);

/* Puts machine frames into the guest's p2m; pins the page tables that were pinned. */
int restore_guest_p2m(struct restorer *r);
int restore_pins(struct restorer *r);

/* CPUID and MSR policy; the vCPUs. */
int restore_policy(struct restorer *r);
int restore_vcpus(struct restorer *r);

/* The pfn of start_info, as vCPU 0 holds it. NO_FRAME-like ~0 if there is no vCPU 0. */
uint64_t restore_start_info_pfn(const struct restorer *r);

#endif
