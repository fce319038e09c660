/* SPDX-License-Identifier: MIT */
/*
 * axl events: the journal, and with --follow what comes to it, together with domains that come
 * and go without axl (as xenstored tells).
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yajl/yajl_gen.h>

#include "../axl.h"
#include "../domains.h"
#include "../journal.h"
#include "../json.h"
#include "../options.h"
#include "../verbs.h"

#define EVENTS_MAX 1000000UL
#define FOLLOW_SHOWN 10 /* of those there are, unless -n says otherwise */

struct events {
	struct axl *axl;
	const char *domain; /* only this one's; NULL: all */
	bool follow;
	bool json; /* of a follower: a line each */
	unsigned long limit;
	struct domain *known; /* the domains that were there at the last look */
	int known_count;
};

static bool is_wanted(const struct events *events, yajl_val event)
{
	const char *domain = events->domain;

	return !domain || (isdigit((unsigned char)domain[0])
				   ? journal_number(event, "domid", -1) == atoll(domain)
				   : !strcmp(journal_text(event, "name"), domain));
}

/* One object on one line, as long as the reader reads. */
static void print_line(const struct events *events, yajl_val event)
{
	struct yajl_gen_t *gen;
	const unsigned char *text;
	size_t len;

	if (!events->json) {
		journal_print(event);
		return;
	}
	gen = yajl_gen_alloc(NULL);
	if (!gen) {
		abort();
	}
	yajl_gen_map_open(gen);
	json_number(gen, "schema", JSON_SCHEMA);
	json_string(gen, "verb", events->axl->verb->name);
	for (size_t i = 0; i < event->u.object.len; i++) {
		json_value(gen, event->u.object.keys[i], event->u.object.values[i]);
	}
	yajl_gen_map_close(gen);
	if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok) {
		printf("%.*s\n", (int)len, (const char *)text);
	}
	yajl_gen_free(gen);
}

/* What there is: the last `limit` that are wanted. */
static int print_past(const struct events *events)
{
	struct yajl_gen_t *json = events->axl->json;
	struct journal journal;
	size_t wanted = 0, skip;

	if (journal_read(&journal)) {
		ctl_error_set(&events->axl->err, "no-memory", "out of memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < journal.count; i++) {
		wanted += is_wanted(events, journal.events[i]);
	}
	skip = wanted > events->limit ? wanted - events->limit : 0;
	if (json) {
		json_array(json, "events");
	}
	for (size_t i = 0; i < journal.count; i++) {
		if (!is_wanted(events, journal.events[i])) {
			continue;
		}
		if (skip) {
			skip--;
		} else if (json) {
			json_value(json, NULL, journal.events[i]);
		} else {
			print_line(events, journal.events[i]);
		}
	}
	if (json) {
		json_array_end(json);
	}
	journal_free(&journal);
	return 0;
}

/* --------------------------------------------------------------------- following -- */

static void say(const struct events *events, const char *kind, const struct domain *domain,
		const char *reason)
{
	struct yajl_gen_t *gen = journal_begin(kind, domain->name, domain->info.domain);
	const unsigned char *text;
	yajl_val event = NULL;
	size_t len;

	if (reason) {
		json_string(gen, "reason", reason);
	}
	yajl_gen_map_close(gen);
	if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok) {
		event = yajl_tree_parse((const char *)text, NULL, 0);
	}
	yajl_gen_free(gen);
	if (event && is_wanted(events, event)) {
		print_line(events, event);
	}
	yajl_tree_free(event);
}

static const struct domain *find(const struct domain *list, int count, const struct domain *domain)
{
	for (int i = 0; i < count; i++) {
		if (list[i].info.domain == domain->info.domain &&
		    !memcmp(list[i].info.handle, domain->info.handle,
			    sizeof(domain->info.handle))) {
			return &list[i];
		}
	}
	return NULL;
}

/* What has changed among the domains since the last look. */
static void look(struct events *events, bool tell)
{
	struct domain *list;
	int count = domains_get(events->axl, 0, NULL, &list);

	if (count < 0) {
		return;
	}
	for (int i = 0; tell && i < events->known_count; i++) {
		if (!find(list, count, &events->known[i])) {
			say(events, "gone", &events->known[i], NULL);
		}
	}
	for (int i = 0; tell && i < count; i++) {
		const struct domain *before = find(events->known, events->known_count, &list[i]);

		if (!before) {
			say(events, "appeared", &list[i], NULL);
		}
		if (list[i].info.flags & XEN_DOMINF_shutdown &&
		    !(before && before->info.flags & XEN_DOMINF_shutdown)) {
			say(events, "ended", &list[i],
			    domain_shutdown_name(domain_shutdown_code(&list[i].info)));
		}
	}
	free(events->known);
	events->known = list;
	events->known_count = count;
}

/* Takes what xenstored has sent. False: it has gone away. */
static bool take_store_events(struct store *store, bool *changed)
{
	struct store_event event;
	int ret;

	while ((ret = store_next_event(store, &event)) > 0) {
		*changed = true;
		store_event_free(&event);
	}
	return !ret;
}

static int watch_journal(struct axl *axl)
{
	int notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	mkdir(JOURNAL_DIR, 0755); /* may be there */
	if (notify < 0 || inotify_add_watch(notify, JOURNAL_DIR,
					    IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
		ctl_error_set(&axl->err, "cannot-follow", "cannot follow %s", JOURNAL_FILE);
		ctl_error_errno(&axl->err, errno);
		ctl_error_hint(&axl->err, "without --follow axl events prints what there is");
		if (notify >= 0) {
			close(notify);
		}
		return -EIO;
	}
	return notify;
}

static void drain(int notify)
{
	char buf[4096];
	ssize_t got;

	do {
		got = read(notify, buf, sizeof(buf));
	} while (got > 0);
}

/* Until the reader goes away. */
static int follow(struct events *events, struct journal_tail *tail)
{
	struct axl *axl = events->axl;
	int notify = watch_journal(axl);
	struct pollfd fds[] = {
		{.fd = notify, .events = POLLIN},
		{.fd = STDOUT_FILENO}, /* errors only */
		{.fd = axl->store ? store_fd(axl->store) : -1, .events = POLLIN},
	};
	yajl_val event;

	if (notify < 0) {
		return notify;
	}
	for (;;) {
		bool changed = false;

		while ((event = journal_tail_next(tail))) {
			if (is_wanted(events, event)) {
				print_line(events, event);
			}
			yajl_tree_free(event);
		}
		if (fds[2].fd >= 0 && !take_store_events(axl->store, &changed)) {
			fds[2].fd = -1; /* the journal is still there */
		}
		if (changed) {
			look(events, true);
			continue;
		}
		if (fflush(stdout) || (poll(fds, 3, -1) < 0 && errno != EINTR) ||
		    fds[1].revents & (POLLERR | POLLNVAL)) {
			break;
		}
		drain(notify);
	}
	clearerr(stdout);
	close(notify);
	return 0;
}

static int run_follow(struct events *events)
{
	struct axl *axl = events->axl;
	struct journal_tail *tail = calloc(1, sizeof(*tail));
	int ret;

	if (!tail) {
		ctl_error_set(&axl->err, "no-memory", "out of memory");
		return -ENOMEM;
	}
	json_discard(axl->json); /* lines instead */
	events->json = axl->json;
	axl->json = NULL;
	if (!axl_need(axl) && !store_watch(axl->store, "@introduceDomain", "come") &&
	    !store_watch(axl->store, "@releaseDomain", "go")) {
		look(events, false);
	}
	journal_tail_open(tail);
	ret = print_past(events);
	if (!ret) {
		ret = follow(events, tail);
	}
	journal_tail_close(tail);
	free(tail);
	free(events->known);
	return ret;
}

int verb_events(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"follow", no_argument, NULL, 'f'},
		{"number", required_argument, NULL, 'n'},
		{NULL, 0, NULL, 0},
	};
	struct events events = {.axl = axl, .limit = EVENTS_MAX};
	bool limited = false;
	int c, ret = 0;

	options_reset();
	while (!ret && (c = getopt_long(argc, argv, "fn:", longs, NULL)) != -1) {
		switch (c) {
		case 'f':
			events.follow = true;
			break;
		case 'n':
			limited = true;
			ret = option_number(axl, "a number of events", optarg, 0, EVENTS_MAX,
					    &events.limit);
			break;
		default:
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	if (ret) {
		return ret;
	}
	if (argc - optind > 1) {
		return axl_usage(axl, "one domain or none wanted, %d given", argc - optind);
	}
	events.domain = argv[optind];
	events.limit = events.follow && !limited ? FOLLOW_SHOWN : events.limit;
	return events.follow ? run_follow(&events) : print_past(&events);
}
