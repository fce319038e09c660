/* SPDX-License-Identifier: MIT */
/* One run of the command: its connections, its output, its error. */
#ifndef DOM0_TOOLS_AXL_AXL_H
#define DOM0_TOOLS_AXL_AXL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "../config/config.h"
#include "../libctl/ctl.h"
#include "../libctl/error.h"
#include "../libstore/store.h"

struct yajl_gen_t;

struct axl {
	const struct verb *verb;
	bool verbose;            /* -v */
	bool force;              /* -f */
	bool dry_run;            /* -N */
	struct yajl_gen_t *json; /* NULL: text wanted */
	struct ctl *ctl;         /* NULL until axl_need_ctl() */
	struct store *store;     /* NULL until axl_need_store() */
	struct ctl_error err;    /* what the failing function found */
	const char *step;        /* of a creation under way, or NULL */
	uint64_t step_ns;        /* since when, by CLOCK_MONOTONIC */
	struct {
		char name[256]; /* of the domain this is about; "": none */
		int domid;      /* -1: not made yet */
	} subject;
	bool noted;                /* the journal has it already */
	struct config_diags diags; /* what a configuration was found to have, if one was read */
};

/* Opens what is not open yet. 0, or -errno with axl->err "no-hypervisor" or "no-xenstore". */
int axl_need_ctl(struct axl *axl);
int axl_need_store(struct axl *axl);
int axl_need(struct axl *axl); /* both */

/* Closes the connections, e.g. after a fork. */
void axl_disconnect(struct axl *axl);

/* Says which domain this is about; domid -1: it has none yet. */
void axl_subject(struct axl *axl, const char *name, int domid);

/* Prints axl->err: text to stderr, or as the JSON result to stdout. */
void axl_print_error(struct axl *axl);

/* Says something on stderr, with -v only. */
void axl_note(const struct axl *axl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begins a step of a creation; with -v says how long the one before took. */
void axl_step(struct axl *axl, const char *step);

/* Sets a usage error; its value is -EINVAL. */
#define axl_usage(axl, ...) (axl_usage_error(axl, __VA_ARGS__), -EINVAL)
void axl_usage_error(struct axl *axl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
