/* SPDX-License-Identifier: MIT */
/* Accounts and limits. */
#include "quota.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../libdaemon/log.h"
#include "domain.h"
#include "stored.h"

#define COMPLAIN_EVERY 10 /* seconds between two lines about one quota of one domain */

const char *const quota_names[QUOTA_KINDS] = {
	[QUOTA_NODES] = "nodes",
	[QUOTA_WATCHES] = "watches",
	[QUOTA_TRANSACTIONS] = "transactions",
	[QUOTA_OUTSTANDING] = "outstanding",
	[QUOTA_TX_NODES] = "transaction-nodes",
	[QUOTA_PERMS] = "node-permissions",
	[QUOTA_NODE_SIZE] = "node-size",
	[QUOTA_PATH] = "path-max",
	[QUOTA_MEMORY] = "memory",
	[QUOTA_MEMORY_SOFT] = "memory-soft",
};

void quota_defaults(struct quota *quota)
{
	static const struct quota defaults = {
		.limit =
			{
				[QUOTA_NODES] = 1000,
				[QUOTA_WATCHES] = 128,
				[QUOTA_TRANSACTIONS] = 10,
				[QUOTA_OUTSTANDING] = 20,
				[QUOTA_TX_NODES] = 1024,
				[QUOTA_PERMS] = 5,
				[QUOTA_NODE_SIZE] = 2048,
				[QUOTA_PATH] = 3072,
				[QUOTA_MEMORY] = 2560 * 1024,
				[QUOTA_MEMORY_SOFT] = 2048 * 1024,
			},
	};

	*quota = defaults;
}

int quota_set(struct quota *quota, const char *name, const char *number)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(number, &end, 10);
	if (errno || end == number || *end || number[0] == '-' || value > 1UL << 30) {
		return -EINVAL;
	}
	for (int kind = 0; kind < QUOTA_KINDS; kind++) {
		if (strcmp(quota_names[kind], name)) {
			continue;
		}
		if (kind == QUOTA_PATH && (value < 32 || value > 3072)) {
			return -EINVAL;
		}
		if (kind == QUOTA_OUTSTANDING && !value) {
			return -EINVAL; /* no request would ever be read */
		}
		quota->limit[kind] = value;
		return 0;
	}
	return -ENOENT;
}

struct account *account_find(const struct stored *stored, uint16_t domid)
{
	struct account *account;

	LIST_FOREACH(account, &stored->accounts[domid % ACCOUNT_BUCKETS], link)
	{
		if (account->domid == domid) {
			return account;
		}
	}
	return NULL;
}

struct account *account_of(struct stored *stored, uint16_t domid)
{
	struct account *account = account_find(stored, domid);

	if (!account) {
		account = calloc(1, sizeof(*account));
		if (!account) {
			return NULL;
		}
		account->domid = domid;
		LIST_INIT(&account->owned);
		for (int kind = 0; kind < QUOTA_KINDS; kind++) {
			account->complained_at[kind] = -COMPLAIN_EVERY;
		}
		account->stopped_at = -COMPLAIN_EVERY;
		LIST_INSERT_HEAD(&stored->accounts[domid % ACCOUNT_BUCKETS], account, link);
	}
	return account;
}

struct account *account_hold(struct stored *stored, uint16_t domid)
{
	struct account *account = account_of(stored, domid);

	if (account) {
		account->users++;
	}
	return account;
}

void account_put(struct stored *stored, struct account *account)
{
	account->users--;
	account_reap(stored, account);
}

void account_reap(struct stored *stored, struct account *account)
{
	(void)stored;
	if (!account->users && !account->nodes && !account->memory) {
		LIST_REMOVE(account, link);
		free(account);
	}
}

bool account_may_complain(int64_t *last)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - *last < COMPLAIN_EVERY) {
		return false;
	}
	*last = now.tv_sec;
	return true;
}

bool quota_allows(const struct stored *stored, struct account *account, enum quota_kind kind,
		  size_t used, size_t more)
{
	size_t limit = stored->quota.limit[kind];
	char name[DOMAIN_LABEL];

	if (!account->domid || stored->loading || (used <= limit && more <= limit - used)) {
		return true;
	}
	if (account_may_complain(&account->complained_at[kind])) {
		log_warn("%s: quota '%s' of %zu is used up (%zu used, %zu more wanted): request "
			 "refused; raise it with --quota %s=N if the guest needs more",
			 domain_label(stored, account->domid, name), quota_names[kind], limit, used,
			 more, quota_names[kind]);
	}
	return false;
}

void quota_charge(const struct stored *stored, struct account *account, size_t bytes)
{
	size_t soft = stored->quota.limit[QUOTA_MEMORY_SOFT];
	bool was_above = account->memory > soft;
	char name[DOMAIN_LABEL];

	account->memory += bytes;
	if (account->domid && !was_above && account->memory > soft &&
	    account_may_complain(&account->complained_at[QUOTA_MEMORY_SOFT])) {
		log_warn("%s: uses %zu bytes of the store, above quota 'memory-soft' of %zu; "
			 "refused above 'memory' of %zu",
			 domain_label(stored, account->domid, name), account->memory, soft,
			 stored->quota.limit[QUOTA_MEMORY]);
	}
}

void quota_uncharge(struct account *account, size_t bytes)
{
	account->memory -= bytes;
}

int quota_take_memory(const struct stored *stored, struct account *account, size_t bytes)
{
	if (!quota_allows(stored, account, QUOTA_MEMORY, account->memory, bytes)) {
		return -ENOMEM;
	}
	quota_charge(stored, account, bytes);
	return 0;
}
