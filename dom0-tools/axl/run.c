/* SPDX-License-Identifier: MIT */
/* Letting a new domain run: monitor, console, unpause. */
#include "run.h"

#include <errno.h>

#include "../libctl/domctl.h"
#include "console.h"
#include "journal.h"
#include "json.h"
#include "monitor.h"
#include "start.h"
#include "verbs.h"

int run_option(struct axl *axl, struct run_options *options, int letter, const char *text)
{
	switch (letter) {
	case 'c':
		options->console = true;
		return 0;
	case 'p':
		options->paused = true;
		return 0;
	case 'F':
		options->foreground = true;
		return 0;
	case 'e':
		options->no_monitor = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 'n':
		options->dry_run = true;
		return 0;
	case 'd':
		return 0;
	case 'V':
	case 'A':
		return axl_usage(axl, "guests have no framebuffer that a VNC viewer could show; -c "
				      "shows the console");
	default:
		return axl_usage(axl, "unknown option %s", text);
	}
}

int run_options_check(struct axl *axl, const struct run_options *options)
{
	if (options->foreground && options->console) {
		return axl_usage(axl, "-F and -c exclude each other");
	}
	if (axl->json && options->console) {
		return axl_usage(axl, "--json and -c exclude each other");
	}
	return 0;
}

/* The domain is built and paused: whoever watches over it must be there before it runs. */
static int let_run(struct axl *axl, const struct run_options *options, struct domain_config *cfg,
		   xen_domid_t domid, int *tty)
{
	int ret = 0;

	if (!options->foreground && !options->no_monitor) {
		ret = monitor_spawn(axl, cfg, domid);
	}
	if (!ret && options->console) {
		*tty = console_open(axl, domid, 0);
		ret = *tty < 0 ? *tty : 0;
	}
	if (!ret && !options->paused) {
		ret = ctl_domain_unpause(axl->ctl, domid);
		if (ret) {
			ctl_error_set(&axl->err, "unpause-failed", "cannot start domain %u", domid);
			ctl_error_errno(&axl->err, ret);
		}
	}
	return ret;
}

int run_domain(struct axl *axl, const struct run_options *options, struct domain_config *cfg,
	       xen_domid_t domid, const sigset_t *signals)
{
	struct ctl_error first;
	int tty = -1;
	int ret = let_run(axl, options, cfg, domid, &tty);

	if (ret) {
		first = axl->err;
		domain_remove(axl, domid);
		axl->err = first;
		return ret;
	}
	signals_release(signals);
	journal_created(cfg, domid, axl->verb->name);
	axl_note(axl, "domain %u (%s) created", domid, cfg->name);
	if (axl->json) {
		json_diags(axl->json, &axl->diags);
		json_number(axl->json, "domid", domid);
		json_string(axl->json, "name", cfg->name);
	}
	if (options->console) {
		return console_stay(axl, tty, domid, CONSOLE_ESCAPE, cfg->name);
	}
	return options->foreground ? monitor_run(axl, cfg, domid) : 0;
}
