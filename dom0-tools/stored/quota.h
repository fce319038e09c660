/* SPDX-License-Identifier: MIT */
/*
 * What each domain uses of the store, and the limits. Domain 0 is counted but never refused.
 */
#ifndef DOM0_TOOLS_STORED_QUOTA_H
#define DOM0_TOOLS_STORED_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct stored;
struct node;

enum quota_kind {
	QUOTA_NODES,        /* nodes owned */
	QUOTA_WATCHES,      /* watches set */
	QUOTA_TRANSACTIONS, /* open at once */
	QUOTA_OUTSTANDING,  /* answers that wait to be read */
	QUOTA_TX_NODES,     /* nodes touched in one transaction */
	QUOTA_PERMS,        /* permission entries of a node */
	QUOTA_NODE_SIZE,    /* bytes of value, permissions and children's names */
	QUOTA_PATH,         /* characters of an absolute path */
	QUOTA_MEMORY,       /* bytes of nodes, watches, transactions and queued messages */
	QUOTA_MEMORY_SOFT,  /* above it: one line in the log */
	QUOTA_KINDS,
};

struct quota {
	size_t limit[QUOTA_KINDS];
};

/* One domain's use; exists as long as anything is counted or the domain is introduced. */
struct account {
	LIST_ENTRY(account) link;
	uint16_t domid;
	unsigned int users; /* introduced domain and connections that hold it */
	size_t nodes;
	size_t watches;
	size_t transactions;
	size_t memory;
	LIST_HEAD(node_chain, node) owned;
	/* Seconds of the last line about a quota, and about a breach of the protocol: a guest must
	 * not flood the log. */
	int64_t complained_at[QUOTA_KINDS];
	int64_t stopped_at;
};

extern const char *const quota_names[QUOTA_KINDS];

void quota_defaults(struct quota *quota);

/* Sets a limit by name; -ENOENT for an unknown one, -EINVAL for one that makes no sense. */
int quota_set(struct quota *quota, const char *name, const char *number);

/* The account of a domain, made if need be; NULL if out of memory. Not held: account_put() or
 * the next account_reap() frees it if nothing is counted. */
struct account *account_of(struct stored *stored, uint16_t domid);

/* As account_of(), NULL if there is none. */
struct account *account_find(const struct stored *stored, uint16_t domid);

/* Keeps the account until account_put(). */
struct account *account_hold(struct stored *stored, uint16_t domid);
void account_put(struct stored *stored, struct account *account);

/* Frees the account if nothing is counted on it any more. */
void account_reap(struct stored *stored, struct account *account);

/* Whether `more` on top of `used` stays within the limit; if not, a line in the log names domain,
 * quota, number and the way out. Domain 0 always may. */
bool quota_allows(const struct stored *stored, struct account *account, enum quota_kind kind,
		  size_t used, size_t more);

/* True, and *last is now, unless *last was a moment ago: one line in some seconds is enough. */
bool account_may_complain(int64_t *last);

/* Counts memory without refusing it; logs when the soft limit is passed. */
void quota_charge(const struct stored *stored, struct account *account, size_t bytes);
void quota_uncharge(struct account *account, size_t bytes);

/* Counts memory unless the hard limit forbids it: 0 or -ENOMEM. */
int quota_take_memory(const struct stored *stored, struct account *account, size_t bytes);

#endif
