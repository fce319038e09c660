/* SPDX-License-Identifier: MIT */
/* axl destroy, shutdown, reboot, pause, unpause: one loop over the domains named, or all. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libctl/domctl.h"
#include "../axl.h"
#include "../domains.h"
#include "../journal.h"
#include "../json.h"
#include "../options.h"
#include "../start.h"
#include "../unfinished.h"
#include "../verbs.h"

struct life_options {
	bool all;
	bool wait;
	bool force;
	const char *what; /* is asked of the domains */
};

/* One verb's deed. */
typedef int act_fn(struct axl *axl, const struct domain *domain,
		   const struct life_options *options);

static int parse(struct axl *axl, int argc, char **argv, const char *letters,
		 struct life_options *options)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'},
		{"wait", no_argument, NULL, 'w'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*options = (struct life_options){.force = axl->force};
	options_reset();
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (c == '?' || !strchr(letters, c)) {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		options->all |= c == 'a';
		options->wait |= c == 'w';
		options->force |= c == 'f';
	}
	if (options->all ? optind < argc : optind == argc) {
		return axl_usage(axl, options->all ? "either -a or names" : "no domain given");
	}
	return axl_need(axl);
}

/* The domains meant; with -a all but the control domain. */
static int targets(struct axl *axl, const struct life_options *options, int argc, char **argv,
		   struct domain **list)
{
	int count = domains_get(axl, options->all ? 0 : argc - optind, argv + optind, list);

	if (count > 0 && options->all && !(*list)[0].info.domain) {
		count--;
		memmove(*list, *list + 1, (size_t)count * sizeof(**list));
	}
	return count;
}

static void report(struct axl *axl, const struct domain *list, int count)
{
	if (!axl->json) {
		return;
	}
	json_array(axl->json, "domains");
	for (int i = 0; i < count; i++) {
		json_map(axl->json, NULL);
		json_number(axl->json, "domid", list[i].info.domain);
		json_string(axl->json, "name", list[i].name);
		json_map_end(axl->json);
	}
	json_array_end(axl->json);
}

/* Does one thing to each domain; the first failure is the result, the others are done too. */
static int for_each(struct axl *axl, struct domain *list, int count, act_fn *act,
		    const struct life_options *options)
{
	struct ctl_error first;
	int result = 0;

	axl->noted = true;
	for (int i = 0; i < count; i++) {
		int ret = act(axl, &list[i], options);

		journal_verb(axl, list[i].name, list[i].info.domain, ret);
		if (ret && !result) {
			result = ret;
			first = axl->err;
		}
	}
	if (result) {
		axl->err = first;
	}
	return result;
}

static int refused(struct axl *axl, const struct domain *domain, const char *what, int ret)
{
	ctl_error_set(&axl->err, "hypercall-failed", "cannot %s domain %u (%s)", what,
		      domain->info.domain, domain->name);
	ctl_error_errno(&axl->err, ret);
	return ret;
}

static int destroy_one(struct axl *axl, const struct domain *domain,
		       const struct life_options *options)
{
	if (!domain->info.domain && !options->force) {
		ctl_error_set(&axl->err, "not-dom0", "will not destroy domain 0");
		ctl_error_cause(&axl->err, "that would end the machine");
		return -EPERM;
	}
	return domain_remove(axl, domain->info.domain);
}

static int pause_one(struct axl *axl, const struct domain *domain,
		     const struct life_options *options)
{
	int ret = ctl_domain_pause(axl->ctl, domain->info.domain);

	return ret ? refused(axl, domain, options->what, ret) : 0;
}

static int unpause_one(struct axl *axl, const struct domain *domain,
		       const struct life_options *options)
{
	int ret = ctl_domain_unpause(axl->ctl, domain->info.domain);

	return ret ? refused(axl, domain, options->what, ret) : 0;
}

/* Asks the guest's kernel; its init does the rest. */
static int ask_one(struct axl *axl, const struct domain *domain, const struct life_options *options)
{
	const char *what = options->what;
	char path[64];
	int ret;

	if (!domain->info.domain) {
		ctl_error_set(&axl->err, "not-dom0", "will not %s domain 0", what);
		ctl_error_hint(&axl->err, "use the control domain's own %s command", what);
		return -EPERM;
	}
	if (store_is_introduced(axl->store, domain->info.domain) == 0) {
		ctl_error_set(&axl->err, "not-connected", "cannot %s %s", what, domain->name);
		ctl_error_cause(&axl->err,
				"it is not connected to this xenstored, which was started "
				"after it: nobody would hear the request");
		ctl_error_hint(&axl->err, "end it from within (axl console %s), or axl destroy %s",
			       domain->name, domain->name);
		return -ENOTCONN;
	}
	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domain->info.domain);
	ret = store_write(axl->store, STORE_NO_TX, path, what, strlen(what));
	return ret ? refused(axl, domain, what, ret) : 0;
}

/* How far a domain is on its way out. */
enum end { END_NOT_YET, END_DOWN, END_GONE };

static enum end domain_end(struct axl *axl, const struct domain *domain)
{
	struct xen_domctl_getdomaininfo info;
	char *record;

	if (!ctl_domain_info(axl->ctl, domain->info.domain, &info) &&
	    !(info.flags & XEN_DOMINF_dying) &&
	    !memcmp(info.handle, domain->info.handle, sizeof(info.handle))) {
		return info.flags & XEN_DOMINF_shutdown ? END_DOWN : END_NOT_YET;
	}
	/* Its name is free again only when its records are gone. */
	record = store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/vm", domain->info.domain);
	free(record);
	return record ? END_DOWN : END_GONE;
}

/* One that is down but not gone within this time is kept by its configuration, or by nobody
 * watching over it. */
#define KEPT_AFTER_MS 10000

static int wait_end(struct axl *axl, const struct domain *domain)
{
	struct store_event event;
	char path[64];
	enum end end;
	int ret;

	snprintf(path, sizeof(path), "/local/domain/%u/vm", domain->info.domain);
	ret = store_watch(axl->store, path, "record");
	while (ret >= 0 && (end = domain_end(axl, domain)) != END_GONE) {
		ret = store_wait_event(axl->store, end == END_DOWN ? KEPT_AFTER_MS : -1, &event);
		if (ret > 0) {
			store_event_free(&event);
		} else {
			break;
		}
	}
	store_unwatch(axl->store, path, "record");
	return ret < 0 ? ret : 0;
}

static int wait_down(struct axl *axl, const struct domain *list, int count)
{
	int ret = store_watch(axl->store, "@releaseDomain", "down");

	for (int i = 0; !ret && i < count; i++) {
		ret = wait_end(axl, &list[i]);
	}
	if (ret) {
		ctl_error_set(&axl->err, "xenstore-failed", "cannot wait for the domains");
		ctl_error_errno(&axl->err, ret);
	}
	return ret;
}

/* What all of them do; `what` is a word for act(). */
static int run(struct axl *axl, int argc, char **argv, const char *letters, const char *what,
	       act_fn *act)
{
	struct life_options options;
	struct domain *list = NULL;
	int count = parse(axl, argc, argv, letters, &options);
	int ret;

	if (count) {
		return count;
	}
	count = targets(axl, &options, argc, argv, &list);
	if (count < 0) {
		return count;
	}
	options.what = what;
	ret = for_each(axl, list, count, act, &options);
	if (!ret && options.wait) {
		ret = wait_down(axl, list, count);
	}
	if (!ret) {
		report(axl, list, count);
	}
	free(list);
	return ret;
}

int verb_destroy(struct axl *axl, int argc, char **argv)
{
	int ret = axl_need(axl);

	if (!ret) {
		/* Names of domains whose removal was killed must not be in the way. */
		unfinished_sweep(axl);
	}
	return ret ? ret : run(axl, argc, argv, "f", NULL, destroy_one);
}

int verb_pause(struct axl *axl, int argc, char **argv)
{
	return run(axl, argc, argv, "a", "pause", pause_one);
}

int verb_unpause(struct axl *axl, int argc, char **argv)
{
	return run(axl, argc, argv, "a", "unpause", unpause_one);
}

int verb_shutdown(struct axl *axl, int argc, char **argv)
{
	return run(axl, argc, argv, "awF", "poweroff", ask_one);
}

int verb_reboot(struct axl *axl, int argc, char **argv)
{
	return run(axl, argc, argv, "awF", "reboot", ask_one);
}
