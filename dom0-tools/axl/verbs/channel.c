/* SPDX-License-Identifier: MIT */
/* axl channel-list: consoles that have a name, as xl lists them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../domains.h"
#include "../json.h"
#include "../verbs.h"

/* A channel as the nodes that both tools write show it. */
struct channel {
	unsigned long id; /* of device/console */
	int backend_domid;
	int state; /* the frontend's */
	int event_channel;
	int ring_ref;
	char *name;
	char *connection; /* "pty", "socket" */
	char *where;      /* the terminal, the socket's path */
};

static int number(struct axl *axl, const char *dir, const char *node)
{
	char *text = store_readf(axl->store, STORE_NO_TX, "%s/%s", dir, node);
	int value = text ? atoi(text) : -1;

	free(text);
	return value;
}

static int backend_of(struct axl *axl, const char *dir)
{
	char *path = store_readf(axl->store, STORE_NO_TX, "%s/backend", dir);
	int domid = -1;

	if (path && sscanf(path, "/local/domain/%d/", &domid) != 1) {
		domid = -1;
	}
	free(path);
	return domid;
}

/* False if the console of that number is no channel. */
static bool read_channel(struct axl *axl, unsigned int domid, const char *id,
			 struct channel *channel)
{
	char libxl[96], front[96];

	snprintf(libxl, sizeof(libxl), "/libxl/%u/device/console/%.16s", domid, id);
	snprintf(front, sizeof(front), "/local/domain/%u/device/console/%.16s", domid, id);
	*channel = (struct channel){
		.id = strtoul(id, NULL, 10),
		.name = store_readf(axl->store, STORE_NO_TX, "%s/name", libxl),
	};
	if (!channel->name) {
		return false;
	}
	channel->connection = store_readf(axl->store, STORE_NO_TX, "%s/connection", libxl);
	channel->where = channel->connection && !strcmp(channel->connection, "pty")
				 ? store_readf(axl->store, STORE_NO_TX, "%s/tty", front)
				 : store_readf(axl->store, STORE_NO_TX, "%s/path", libxl);
	channel->backend_domid = backend_of(axl, libxl);
	channel->state = number(axl, front, "state");
	channel->event_channel = number(axl, front, "port");
	channel->ring_ref = number(axl, front, "ring-ref");
	return true;
}

static const char *shown(const char *text)
{
	return text ? text : "unknown";
}

/* Blanks that xl's column of the place has behind it. */
static int padding(const char *where)
{
	size_t len = strlen(where);

	return len < 30 ? (int)(30 - len) : 0;
}

static void known_number(struct axl *axl, const char *key, int value)
{
	if (value >= 0) {
		json_number(axl->json, key, (uint64_t)value);
	}
}

/* xl counts from 0 what stands in xenstore from 1 on, and tells no socket's path. */
static void show(struct axl *axl, const struct domain *domain, const struct channel *channel)
{
	if (!axl->json) {
		printf("%-3lu %-2d %-5d %-6d %-8d %-10s ", channel->id - 1, channel->backend_domid,
		       channel->state, channel->event_channel, channel->ring_ref,
		       shown(channel->connection));
		if (channel->connection && !strcmp(channel->connection, "pty")) {
			/* xl leaves the node of a terminal's name to the guest */
			ctl_put_clean(stdout, shown(channel->where));
			printf("%*s ", padding(shown(channel->where)), "");
		}
		putchar('\n');
		return;
	}
	json_map(axl->json, NULL);
	json_number(axl->json, "domid", domain->info.domain);
	json_number(axl->json, "devid", channel->id);
	json_string(axl->json, "name", channel->name);
	json_string(axl->json, "connection", shown(channel->connection));
	json_string(axl->json, "path", shown(channel->where));
	known_number(axl, "backend_domid", channel->backend_domid);
	known_number(axl, "frontend_state", channel->state);
	known_number(axl, "event_channel", channel->event_channel);
	known_number(axl, "ring_ref", channel->ring_ref);
	json_map_end(axl->json);
}

static int by_number(const void *a, const void *b)
{
	long x = atol(*(char *const *)a), y = atol(*(char *const *)b);

	return x < y ? -1 : x > y;
}

static void list_domain(struct axl *axl, const struct domain *domain)
{
	char path[64];
	size_t count = 0;
	char **ids;

	snprintf(path, sizeof(path), "/libxl/%u/device/console", domain->info.domain);
	ids = store_directory(axl->store, STORE_NO_TX, path, &count);
	if (ids) {
		qsort(ids, count, sizeof(*ids), by_number);
	}
	for (size_t i = 0; ids && i < count; i++) {
		struct channel channel;

		if (read_channel(axl, domain->info.domain, ids[i], &channel)) {
			show(axl, domain, &channel);
			free(channel.name);
			free(channel.connection);
			free(channel.where);
		}
	}
	free(ids);
}

int verb_channel_list(struct axl *axl, int argc, char **argv)
{
	struct domain *domains;
	int count = domains_listed(axl, argc, argv, &domains);

	if (count < 0) {
		return count;
	}
	if (axl->json) {
		json_array(axl->json, "channels");
	} else {
		printf("%-3s %-2s %-5s %-6s %8s %-10s %-30s\n", "Idx", "BE", "state", "evt-ch",
		       "ring-ref", "connection", "");
	}
	for (int i = 0; i < count; i++) {
		list_domain(axl, &domains[i]);
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	free(domains);
	return 0;
}
