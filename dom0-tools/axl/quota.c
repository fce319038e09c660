/* SPDX-License-Identifier: MIT */
/* What domains use of xenstore as xenstored tells it: the words are those of Debian's and ours. */
#include "quota.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const quota_words[QUOTA_KINDS] = {
	[QUOTA_NODES] = "nodes",
	[QUOTA_WATCHES] = "watches",
	[QUOTA_TRANSACTIONS] = "transactions",
	[QUOTA_MEMORY] = "memory",
};

static void take_line(const char *line, struct quota *quota)
{
	char word[32];
	int64_t value;
	int end = 0;

	if (sscanf(line, " %31[a-z-]%n", word, &end) != 1) {
		return;
	}
	line += end + strspn(line + end, " :");
	if (sscanf(line, "%" SCNd64, &value) != 1) {
		return;
	}
	for (unsigned int kind = 0; kind < QUOTA_KINDS; kind++) {
		if (!strcmp(word, quota_words[kind])) {
			quota->value[kind] = value;
		}
	}
}

void quota_parse(const char *text, struct quota *quota)
{
	for (unsigned int kind = 0; kind < QUOTA_KINDS; kind++) {
		quota->value[kind] = -1;
	}
	while (text && *text) {
		take_line(text, quota);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

static void ask(struct axl *axl, const char *const *words, size_t count, struct quota *quota)
{
	char *answer = axl->store ? store_control(axl->store, words, count) : NULL;

	quota_parse(answer, quota);
	free(answer);
}

void quota_use(struct axl *axl, xen_domid_t domid, struct quota *use)
{
	char id[8];
	const char *words[] = {"quota", id};

	snprintf(id, sizeof(id), "%u", domid);
	ask(axl, words, 2, use);
}

void quota_limits(struct axl *axl, struct quota *limits)
{
	const char *words[] = {"quota"};

	ask(axl, words, 1, limits);
}
