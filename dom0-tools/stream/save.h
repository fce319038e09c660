/* SPDX-License-Identifier: MIT */
/* A save under way. */
#ifndef DOM0_TOOLS_STREAM_SAVE_H
#define DOM0_TOOLS_STREAM_SAVE_H

#include "../libctl/domctl.h"
#include "record.h"
#include "stream.h"

#define NO_FRAME (~0UL)

struct saver {
	struct ctl *ctl;
	xen_domid_t domid;
	struct stream_file *file;
	const struct stream_progress *progress;
	struct ctl_error *err;
	struct xen_domctl_getdomaininfo info;
	uint64_t pfns;        /* that the guest's p2m covers */
	uint64_t *p2m;        /* machine frame of each, or NO_FRAME */
	uint64_t *p2m_frames; /* machine frames that hold the guest's p2m */
	uint64_t p2m_frame_count;
	uint64_t max_mfn;
	uint32_t *pfn_plus_one; /* by machine frame, from the guest's own p2m; 0: none */
};

/* Sets "save-failed" with the step and the errno; returns it. */
int save_failed(struct saver *s, const char *what, int ret);

/* The pfn that the guest has a machine frame at, or NO_FRAME. */
static inline uint64_t saver_pfn(const struct saver *s, uint64_t mfn)
{
	return mfn <= s->max_mfn && s->pfn_plus_one[mfn] ? s->pfn_plus_one[mfn] - 1UL : NO_FRAME;
}

/*
 * Reads the guest's table of its memory (the linear p2m that Linux keeps since 4.3, found by
 * shared_info) and turns it round. The guest may lie in it: every frame named here is still
 * mapped as this domain's, so it can only show what is its own.
 */
int saver_read_p2m(struct saver *s);

/* The records of memory: P2M_FRAMES, PAGE_DATA. */
int saver_write_p2m_frames(struct saver *s);
int saver_write_pages(struct saver *s);

/* The records of the processor's model: CPUID and MSR policy. */
int saver_write_policy(struct saver *s);

/* The records of the vCPUs. */
int saver_write_vcpus(struct saver *s);

#endif
