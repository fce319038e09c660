/* SPDX-License-Identifier: MIT */
/*
 * A suspended PV domain written to a file, and read back into an empty one: the image (version 3,
 * include/xen/stream.h) and the two wrappings of Debian's tools around it. How the bytes lie in the
 * file is in file.h.
 */
#ifndef DOM0_TOOLS_STREAM_STREAM_H
#define DOM0_TOOLS_STREAM_STREAM_H

#include "../libctl/ctl.h"
#include "../libctl/error.h"
#include "file.h"

/* Called after each batch of pages: how many of how many are through. */
typedef void stream_progress_fn(void *arg, uint64_t done, uint64_t all);

struct stream_progress {
	stream_progress_fn *tell; /* NULL: nobody asks */
	void *arg;
};

/* ------------------------------------------------------------------------ the image -- */

/*
 * Writes the image of `domid`, which must have suspended itself (SHUTDOWN_suspend). The domain
 * stays as it is. On failure *err says why and the file is of no use.
 */
int stream_save(struct ctl *ctl, xen_domid_t domid, struct stream_file *file,
		const struct stream_progress *progress, struct ctl_error *err);

struct stream_restore_params {
	xen_domid_t domid;
	uint64_t maxmem_kib;      /* what it may hold: more pages than that are refused */
	unsigned int vcpus;       /* it was created with: the image may have no more */
	evtchn_port_t store_port; /* the guest's ends */
	evtchn_port_t console_port;
	xen_domid_t store_domid; /* who serves them */
	xen_domid_t console_domid;
};

struct stream_restore_result {
	uint64_t store_mfn;
	uint64_t console_mfn;
};

/*
 * Fills a domain that was created with its vCPUs and its memory limit and never ran. Everything in
 * the image is checked: on failure *err says what is wrong with it and the domain is only good for
 * being destroyed. The domain is left paused.
 */
int stream_restore(struct ctl *ctl, struct stream_file *file,
		   const struct stream_restore_params *params,
		   const struct stream_progress *progress, struct stream_restore_result *result,
		   struct ctl_error *err);

/* ----------------------------------------------------------------- xl's file around it -- */

/* Writes what stands before the image: xl's header, the configuration as JSON, libxl's stream up
 * to the record that says that an image follows. */
int stream_write_head(struct stream_file *file, const char *json, struct ctl_error *err);

/* Writes what stands behind it, and the sum over all: the file is whole then. */
int stream_write_tail(struct stream_file *file, struct ctl_error *err);

/* Reads what stream_write_head() wrote, or xl; the configuration goes to *json, NUL-ended and for
 * free(). "bad-save-file" when it is none. */
int stream_read_head(struct stream_file *file, char **json, struct ctl_error *err);

/* Reads what stands behind the image, up to libxl's own end, and checks the sum. Only when this
 * has come back with 0 the domain may run. */
int stream_read_tail(struct stream_file *file, struct ctl_error *err);

#endif
