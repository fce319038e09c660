/* SPDX-License-Identifier: MIT */
/* axl why: a domain's present state and what led to it. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "../../devices/devices.h"
#include "../axl.h"
#include "../crash.h"
#include "../domains.h"
#include "../journal.h"
#include "../json.h"
#include "../options.h"
#include "../verbs.h"
#include "xen/sched.h"

#define EVENTS_SHOWN 20
#define EVENTS_MAX 1000000UL
#define STATE_CONNECTED 4 /* XenbusStateConnected */

struct why {
	struct axl *axl;
	const char *text; /* the domain as it was named */
	bool live;
	bool unknown;         /* whether it is: nobody could be asked */
	struct domain domain; /* if live */
	struct journal journal;
	size_t first;   /* of the events shown: all of them are this domain's */
	yajl_val crash; /* of a live one that has crashed */
};

/* Keeps the events about the domain, the last `limit` of them. */
static void select_events(struct why *why, unsigned long limit)
{
	const char *name = why->live ? why->domain.name : why->text;
	bool by_id = !why->live && isdigit((unsigned char)name[0]);
	size_t kept = 0;

	for (size_t i = 0; i < why->journal.count; i++) {
		yajl_val event = why->journal.events[i];
		bool ours = by_id ? journal_number(event, "domid", -1) == atoll(name)
				  : !strcmp(journal_text(event, "name"), name);

		if (ours) {
			why->journal.events[kept++] = event;
		} else {
			yajl_tree_free(event);
		}
	}
	why->journal.count = kept;
	why->first = kept > limit ? kept - limit : 0;
}

static bool has_crashed(const struct why *why)
{
	return why->live && why->domain.info.flags & XEN_DOMINF_shutdown &&
	       domain_shutdown_code(&why->domain.info) == SHUTDOWN_crash;
}

/* Through JSON, so that it is shown as one of the journal is. */
static void look_at_crash(struct why *why)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *text;
	size_t len;

	if (gen) {
		yajl_gen_map_open(gen);
		crash_json(why->axl, why->domain.info.domain, gen);
		yajl_gen_map_close(gen);
		if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok) {
			why->crash = yajl_tree_parse((const char *)text, NULL, 0);
		}
		yajl_gen_free(gen);
	}
}

/* ---------------------------------------------------------------------- devices -- */

static void say_device(struct why *why, const char *kind, const struct device_info *device)
{
	bool connected = device->frontend_state == STATE_CONNECTED &&
			 device->backend_state == STATE_CONNECTED;
	struct yajl_gen_t *json = why->axl->json;

	if (json) {
		json_map(json, NULL);
		json_string(json, "kind", kind);
		json_number(json, "devid", device->devid);
		json_bool(json, "connected", connected);
		json_number(json, "frontend_state", (uint64_t)device->frontend_state);
		json_number(json, "backend_state", (uint64_t)device->backend_state);
		json_map_end(json);
	} else if (!connected) {
		printf("%s %u is not connected: the guest's side is %s, dom0's %s\n", kind,
		       device->devid, devices_state_name(device->frontend_state),
		       devices_state_name(device->backend_state));
	}
}

static void say_devices(struct why *why)
{
	static const struct {
		enum device_kind kind;
		const char *name;
	} kinds[] = {{DEVICE_VBD, "disk"}, {DEVICE_VIF, "NIC"}};
	struct devices_ctx devices = {.store = why->axl->store};
	struct device_info *list;
	struct ctl_error err;
	size_t count;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (devices_list(&devices, why->domain.info.domain, kinds[k].kind, &list, &count,
				 &err)) {
			continue;
		}
		for (size_t i = 0; i < count; i++) {
			say_device(why, kinds[k].name, &list[i]);
		}
		devices_list_free(list, count);
	}
}

/* ------------------------------------------------------------------------ result -- */

static const char *shutdown_name(const struct why *why)
{
	return why->domain.info.flags & XEN_DOMINF_shutdown
		       ? domain_shutdown_name(domain_shutdown_code(&why->domain.info))
		       : NULL;
}

static void result_json(struct why *why)
{
	struct yajl_gen_t *json = why->axl->json;
	char state[7];

	json_string(json, "name", why->live ? why->domain.name : why->text);
	json_bool(json, "live", why->live);
	if (why->live) {
		domain_state(&why->domain.info, state);
		json_number(json, "domid", why->domain.info.domain);
		json_string(json, "state", state);
		json_string(json, "shutdown_reason", shutdown_name(why));
		json_array(json, "devices");
		say_devices(why);
		json_array_end(json);
	}
	if (why->crash) {
		json_value(json, "crash", why->crash);
	}
	json_array(json, "events");
	for (size_t i = why->first; i < why->journal.count; i++) {
		json_value(json, NULL, why->journal.events[i]);
	}
	json_array_end(json);
}

/* What an event says beyond its line. */
static void say_more(yajl_val event)
{
	const char *kind = journal_text(event, "event");
	yajl_val error = journal_member(event, "error");
	const char *hint = error ? journal_text(error, "hint") : NULL;

	if (!strcmp(kind, "crashed")) {
		journal_print_crash(event);
	} else if (!strcmp(kind, "failed") && hint && hint[0]) {
		journal_print_hint(hint);
	} else if (!strcmp(kind, "unconnected") && journal_text(event, "hint")) {
		journal_print_hint(journal_text(event, "hint"));
	}
}

/* These have their hint wherever they stand. */
static bool is_trouble(yajl_val event)
{
	const char *kind = journal_text(event, "event");

	return !strcmp(kind, "failed") || !strcmp(kind, "unconnected");
}

static void result_text(struct why *why)
{
	char state[7];

	if (why->live) {
		domain_state(&why->domain.info, state);
		printf("%s is domain %u, state %s%s%s\n", why->domain.name, why->domain.info.domain,
		       state, shutdown_name(why) ? ": " : "",
		       shutdown_name(why) ? shutdown_name(why) : "");
		say_devices(why);
	} else if (why->unknown) {
		printf("Whether it is there now cannot be told, since axl ");
		ctl_put_clean(stdout, why->axl->err.what);
		printf(": ");
		ctl_put_clean(stdout, why->axl->err.cause);
		printf("\n");
	} else {
		printf("There is no such domain now.\n");
	}
	for (size_t i = why->first; i < why->journal.count; i++) {
		journal_print(why->journal.events[i]);
		if (i + 1 == why->journal.count || is_trouble(why->journal.events[i])) {
			say_more(why->journal.events[i]);
		}
	}
	if (why->crash) {
		printf("It is still there as it crashed, at vCPU %lld:\n",
		       journal_number(why->crash, "vcpu", 0));
		journal_print_crash(why->crash);
	}
}

static int look(struct why *why, unsigned long limit)
{
	struct axl *axl = why->axl;
	int ret = axl_need(axl);

	/* Without a hypervisor there is still what was noted. */
	why->unknown = ret;
	if (!ret && !domain_find(axl, why->text, &why->domain)) {
		why->live = true;
	}
	if (journal_read(&why->journal)) {
		ctl_error_set(&axl->err, "no-memory", "out of memory");
		return -ENOMEM;
	}
	select_events(why, limit);
	if (has_crashed(why)) {
		look_at_crash(why);
	}
	if (!why->live && !why->journal.count) {
		ctl_error_set(&axl->err, "no-such-domain",
			      "no domain \"%s\", and nothing is noted of one", why->text);
		ctl_error_cause(&axl->err, "%s has the last %ld KiB or more of what axl did",
				JOURNAL_FILE, JOURNAL_BYTES_MAX >> 10);
		ctl_error_hint(&axl->err, "axl events prints all that is noted");
		return -ESRCH;
	}
	return 0;
}

int verb_why(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"number", required_argument, NULL, 'n'},
		{NULL, 0, NULL, 0},
	};
	struct why why = {.axl = axl};
	unsigned long limit = EVENTS_SHOWN;
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "n:", longs, NULL)) != -1) {
		if (c != 'n') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		ret = option_number(axl, "a number of events", optarg, 0, EVENTS_MAX, &limit);
		if (ret) {
			return ret;
		}
	}
	if (argc - optind != 1) {
		return axl_usage(axl, "one domain wanted, %d given", argc - optind);
	}
	why.text = argv[optind];
	ret = look(&why, limit);
	if (!ret && axl->json) {
		result_json(&why);
	} else if (!ret) {
		result_text(&why);
	}
	yajl_tree_free(why.crash);
	journal_free(&why.journal);
	return ret;
}
