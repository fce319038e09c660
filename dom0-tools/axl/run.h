/* SPDX-License-Identifier: MIT */
/* From a built and paused domain to a running one, watched over. */
#ifndef DOM0_TOOLS_AXL_RUN_H
#define DOM0_TOOLS_AXL_RUN_H

#include <signal.h>

#include "../config/config.h"
#include "axl.h"
#include "xen/types.h"

struct run_options {
	bool console;    /* attach to it */
	bool paused;     /* leave it paused */
	bool foreground; /* watch over it in this process */
	bool no_monitor; /* nobody watches over it */
	bool quiet;
	bool dry_run; /* only look whether it could be done */
};

/* The long options that create and restore share; xl's for a framebuffer's viewer are refused. */
/* clang-format off */
#define RUN_LONG_OPTIONS \
	{"console", no_argument, NULL, 'c'}, \
	{"paused", no_argument, NULL, 'p'}, \
	{"quiet", no_argument, NULL, 'q'}, \
	{"foreground", no_argument, NULL, 'F'}, \
	{"no-monitor", no_argument, NULL, 'e'}, \
	{"dry-run", no_argument, NULL, 'n'}, \
	{"vncviewer", no_argument, NULL, 'V'}, \
	{"vncviewer-autopass", no_argument, NULL, 'A'}
/* clang-format on */

/* The same and xl's -d, debugging output, as letters. */
#define RUN_LETTERS "cpqFendVA"

/* Takes one of create's and restore's common options; `text` is as it was written. 0, or a usage
 * error for one that is none, or a viewer's. */
int run_option(struct axl *axl, struct run_options *options, int letter, const char *text);

/* 0, or a usage error where two exclude each other. */
int run_options_check(struct axl *axl, const struct run_options *options);

/*
 * Starts who watches over the domain, lets it run and says so; then the console or the watch, if
 * wanted. `signals` (from signals_hold()) are let through as soon as the domain is on its own
 * feet. When that fails the domain is removed again.
 */
int run_domain(struct axl *axl, const struct run_options *options, struct domain_config *cfg,
	       xen_domid_t domid, const sigset_t *signals);

#endif
