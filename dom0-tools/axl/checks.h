/* SPDX-License-Identifier: MIT */
/* What is looked at before a domain is made: each thing by itself, nothing changed. */
#ifndef DOM0_TOOLS_AXL_CHECKS_H
#define DOM0_TOOLS_AXL_CHECKS_H

#include "../config/config.h"
#include "../libbuild/build.h"
#include "../stream/stream.h"
#include "axl.h"
#include "pools.h"

/* What a start has opened and read on its way. */
struct start {
	struct axl *axl;
	struct domain_config *cfg;
	struct kernel kernel;
	struct blob ramdisk;
	struct build_params params;
	struct stream_file *image; /* of a saved domain, or NULL */
	const struct stream_progress *progress;
	struct pool pool;
	xen_domid_t domid;
	bool takes_name; /* the name is looked for when it is taken, by records_write() */
	char note[200];  /* what the last check that went well has seen */
};

/* How one check went. */
struct check_result {
	const char *subject; /* "kernel", "disk xvda" */
	struct config_place place;
	const char *note;            /* what was seen; NULL if it failed … */
	const struct ctl_error *err; /* … for this */
};

typedef void check_fn(void *state, const struct check_result *result);

/*
 * Runs all checks, opening kernel and ramdisk. Without `each` it stops at the first that fails,
 * with axl->err; else every result is told and the first failure's value returned. 0 if all
 * went well. start_release() in any case.
 */
int start_check(struct start *start, check_fn *each, void *state);
void start_release(struct start *start);

/* Ready for start_check(). */
struct start start_init(struct axl *axl, struct domain_config *cfg);

#endif
