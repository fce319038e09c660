/* SPDX-License-Identifier: MIT */
/*
 * What happened to domains, kept across their ends: one line of JSON per event, in one file and
 * the one before it, neither longer than JOURNAL_BYTES_MAX and a line.
 */
#ifndef DOM0_TOOLS_AXL_JOURNAL_H
#define DOM0_TOOLS_AXL_JOURNAL_H

#include <stddef.h>
#include <yajl/yajl_tree.h>

#include "axl.h"

#ifndef JOURNAL_DIR
#define JOURNAL_DIR "/var/lib/argon"
#endif
#define JOURNAL_NAME "events.jsonl"
#define JOURNAL_FILE JOURNAL_DIR "/" JOURNAL_NAME
#define JOURNAL_OLD JOURNAL_FILE ".1"
#define JOURNAL_BYTES_MAX (1L << 20)
#define JOURNAL_LINE_MAX 16384 /* longer events are not written */

#define JOURNAL_NO_DOMID (-1)

/*
 * Starts an event about the domain `name`, `domid` or JOURNAL_NO_DOMID; members are added with
 * json.h. Its kinds and their members are in axl(1).
 */
struct yajl_gen_t *journal_begin(const char *event, const char *name, int domid);

/* Writes it, whole or not at all, however many write. A failure is nobody's: -errno. */
int journal_end(struct yajl_gen_t *event);

/* The member "error". */
void journal_put_error(struct yajl_gen_t *event, const struct ctl_error *err);

/* Notes that a verb did its work on a domain (ret 0) or failed with axl->err. Verbs that change
 * nothing, wrong arguments and dry runs leave no note. */
void journal_verb(struct axl *axl, const char *name, int domid, int ret);

/* The same for axl->subject, unless noted already. */
void journal_run(struct axl *axl, int ret);

/* Notes that a domain came to be, by "create", "restore" or "restart". */
void journal_created(const struct domain_config *cfg, xen_domid_t domid, const char *by);

/* -- Reading -- */

/* Events, oldest first. */
struct journal {
	yajl_val *events;
	size_t count;
};

/* Reads all there is. What is no event is left out. 0 or -ENOMEM. */
int journal_read(struct journal *journal);
void journal_free(struct journal *journal);

/* Following what is written from now on. */
struct journal_tail {
	int fd; /* -1: no file yet */
	char line[JOURNAL_LINE_MAX];
	size_t used;
	bool skip; /* the rest of a line that is too long */
};

/* At the end of the file, if there is one. */
void journal_tail_open(struct journal_tail *tail);

/* The next event, for yajl_tree_free(); NULL: none yet. */
yajl_val journal_tail_next(struct journal_tail *tail);
void journal_tail_close(struct journal_tail *tail);

/* A member by name, as text; NULL if there is none. */
const char *journal_text(yajl_val event, const char *key);
/* As a number; `missing` if there is none. */
long long journal_number(yajl_val event, const char *key, long long missing);
yajl_val journal_member(yajl_val event, const char *key);

/* One line on stdout: time, domain, what happened. Control characters show as '?'. */
void journal_print(yajl_val event);

/* The hint of a failure. */
void journal_print_hint(const char *hint);

/* What a crash's event has: registers, words of the stack, the hypervisor's lines. */
void journal_print_crash(yajl_val event);

#endif
