/* SPDX-License-Identifier: MIT */
/* Control commands, by a table. */
#include "control.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libdaemon/log.h"
#include "domain.h"
#include "node.h"
#include "quota.h"

struct output {
	char *text;
	size_t room;
	size_t len;
};

static void __attribute__((format(printf, 2, 3))) print(struct output *out, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out->text + out->len, out->room - out->len, format, args);
	va_end(args);
	if (n > 0) {
		out->len += (size_t)n;
		out->len = out->len < out->room ? out->len : out->room - 1;
	}
}

static int control_help(struct stored *stored, const char *const *args, unsigned int count,
			struct output *out);

static int show_use(struct stored *stored, const char *domid_text, struct output *out)
{
	unsigned long domid;
	const struct account *account;
	char *end;

	domid = strtoul(domid_text, &end, 10);
	if (end == domid_text || *end || domid >= DOMID_COUNT) {
		return -EINVAL;
	}
	account = account_find(stored, (uint16_t)domid);
	if (!account) {
		return -ENOENT;
	}
	print(out, "Domain %lu:\nnodes: %zu\nwatches: %zu\ntransactions: %zu\nmemory: %zu\n", domid,
	      account->nodes, account->watches, account->transactions, account->memory);
	return 0;
}

static int control_quota(struct stored *stored, const char *const *args, unsigned int count,
			 struct output *out)
{
	if (count == 3 && !strcmp(args[0], "set")) {
		int ret = quota_set(&stored->quota, args[1], args[2]);

		print(out, ret ? "" : "OK\n");
		return ret ? -EINVAL : 0;
	}
	if (count == 1) {
		return show_use(stored, args[0], out);
	}
	if (count) {
		return -EINVAL;
	}
	for (int kind = 0; kind < QUOTA_KINDS; kind++) {
		print(out, "%-18s %zu\n", quota_names[kind], stored->quota.limit[kind]);
	}
	return 0;
}

static int control_domains(struct stored *stored, const char *const *args, unsigned int count,
			   struct output *out)
{
	const struct domain *domain;
	char name[DOMAIN_LABEL];

	(void)args;
	if (count) {
		return -EINVAL;
	}
	TAILQ_FOREACH(domain, &stored->domains, link)
	{
		print(out, "%s port %u%s%s\n", domain_label(stored, domain->domid, name),
		      domain->port, domain->shutdown ? " shut-down" : "",
		      domain->connection->stopped ? " stopped" : "");
	}
	return 0;
}

static int control_log(struct stored *stored, const char *const *args, unsigned int count,
		       struct output *out)
{
	(void)stored;
	if (count != 1 || (strcmp(args[0], "on") && strcmp(args[0], "off"))) {
		return -EINVAL;
	}
	log_set_tracing(!strcmp(args[0], "on"));
	print(out, "OK\n");
	return 0;
}

static int control_memreport(struct stored *stored, const char *const *args, unsigned int count,
			     struct output *out)
{
	const struct account *account;
	size_t nodes = 0, watches = 0, memory = 0, domains = 0;

	(void)args;
	if (count) {
		return -EINVAL;
	}
	for (unsigned int i = 0; i < ACCOUNT_BUCKETS; i++) {
		LIST_FOREACH(account, &stored->accounts[i], link)
		{
			domains++;
			nodes += account->nodes;
			watches += account->watches;
			memory += account->memory;
		}
	}
	print(out, "domains: %zu\nnodes: %zu\nwatches: %zu\nbytes: %zu\n", domains, nodes, watches,
	      memory);
	return 0;
}

/* Sums up what lies below a node and counts what is wrong with it. */
static size_t check_below(const struct node *node, size_t *count)
{
	size_t faults = 0, bytes = 0;
	const char *last = "";

	++*count;
	for (unsigned int i = 0; i < node->children.count; i++) {
		const struct node *child = (struct node *)node->children.items[i];

		faults += strcmp(last, child->named.name) >= 0 || child->parent != node;
		last = child->named.name;
		bytes += strlen(last) + 1;
		faults += check_below(child, count);
	}
	faults += bytes != node->children.bytes || !node->perms.count || !node->owner ||
		  node->owner->domid != node->perms.list[0].domid;
	return faults;
}

static int control_check(struct stored *stored, const char *const *args, unsigned int count,
			 struct output *out)
{
	size_t nodes = 0, charged = 0, faults;
	const struct account *account;

	(void)args;
	if (count) {
		return -EINVAL;
	}
	faults = check_below(stored->root, &nodes);
	for (unsigned int i = 0; i < ACCOUNT_BUCKETS; i++) {
		LIST_FOREACH(account, &stored->accounts[i], link)
		{
			charged += account->nodes;
		}
	}
	faults += charged != nodes;
	print(out, "%zu nodes, %zu faults\n", nodes, faults);
	return 0;
}

static int remember(char **place, const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		return -ENOMEM;
	}
	free(*place);
	*place = copy;
	return 0;
}

/* The steps that xenstore-control takes: -f, perhaps -c, then -s; or -a to forget it. */
static int control_live_update(struct stored *stored, const char *const *args, unsigned int count,
			       struct output *out)
{
	struct update *update = &stored->update;
	int ret = 0;

	if (!count || update->wanted) {
		return count ? -EBUSY : -EINVAL;
	}
	if (!strcmp(args[0], "-a")) {
		free(update->program);
		free(update->arguments);
		*update = (struct update){0};
	} else if (!strcmp(args[0], "-f") && count == 2 && args[1][0] == '/') {
		ret = remember(&update->program, args[1]);
	} else if (!strcmp(args[0], "-c") && count == 2) {
		ret = remember(&update->arguments, args[1]);
	} else if (!strcmp(args[0], "-s")) {
		/* -t and -F are for daemons that have to wait for transactions to end. */
		update->wanted = update->program != NULL;
		print(out, update->wanted ? "" : "no program to update to: -f first\n");
		return update->wanted ? CONTROL_LATER : 0;
	} else {
		return -EINVAL;
	}
	print(out, ret ? "" : "OK\n");
	return ret;
}

static const struct command {
	const char *name;
	int (*run)(struct stored *stored, const char *const *args, unsigned int count,
		   struct output *out);
	const char *usage;
} commands[] = {
	{"check", control_check, "check: look for faults in the tree and its accounts"},
	{"domains", control_domains, "domains: those introduced, and their state"},
	{"help", control_help, "help: this list"},
	{"live-update", control_live_update,
	 "live-update -f PROGRAM | -c ARGUMENTS | -s | -a: go on as another program"},
	{"log", control_log, "log on|off: trace every request"},
	{"memreport", control_memreport, "memreport: what the store holds"},
	{"quota", control_quota, "quota [DOMID | set NAME N]: limits; a domain's use; a new limit"},
};

static int control_help(struct stored *stored, const char *const *args, unsigned int count,
			struct output *out)
{
	(void)stored;
	(void)args;
	(void)count;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		print(out, "%s\n", commands[i].usage);
	}
	return 0;
}

int control_run(struct stored *stored, const char *const *parts, unsigned int count, char *text,
		size_t room)
{
	struct output out = {.text = text, .room = room};

	int ret = -EINVAL;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, parts[0])) {
			ret = commands[i].run(stored, parts + 1, count - 1, &out);
		}
	}
	if (out.len && text[out.len - 1] == '\n') {
		text[out.len - 1] = '\0'; /* clients end the line themselves */
	}
	return ret;
}
