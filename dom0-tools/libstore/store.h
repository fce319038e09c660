/* SPDX-License-Identifier: MIT */
/*
 * Xenstore client. One connection, one thread: a call sends its request and waits for the
 * answer; watch events that arrive meanwhile are kept for store_next_event().
 */
#ifndef DOM0_TOOLS_LIBSTORE_STORE_H
#define DOM0_TOOLS_LIBSTORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Functions returning int give 0 or -errno; those returning a pointer give NULL and set errno.
 * errno is the store's own (ENOENT, EACCES, EAGAIN, ENOSPC ...) or EIO, EPIPE, EPROTO when the
 * connection is broken, after which every call fails. Results are malloc'ed, the caller frees. */

struct store;

#define STORE_NO_TX 0U /* the `tx` argument outside a transaction */

/*
 * Opens a connection: $XENSTORED_PATH, else the socket in $XENSTORED_RUNDIR (default
 * /run/xenstored), else /dev/xen/xenbus, which talks through the kernel's own connection.
 */
struct store *store_open(void);

/* The same without the last: on the kernel's connection requests wait for a daemon that has
 * gone. */
struct store *store_open_socket(void);

/* Opens a given socket or device. */
struct store *store_open_path(const char *path);

/* Takes over a connected descriptor. */
struct store *store_open_fd(int fd);

void store_close(struct store *store); /* NULL is fine */

/* -- Nodes. A relative path is under /local/domain/<our id>. -- */

/* Reads a value; it is followed by a NUL that *len (may be NULL) does not count. */
char *store_read(struct store *store, uint32_t tx, const char *path, size_t *len);

/* As store_read(), of a path built printf-like. */
char *store_readf(struct store *store, uint32_t tx, const char *path_format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reads a decimal or 0x-number; -EINVAL if the value is anything else, or above `max`. */
int store_read_number(struct store *store, uint32_t tx, const char *path, uint64_t max,
		      uint64_t *number);

/* Writes a value, making the node and its missing parents. */
int store_write(struct store *store, uint32_t tx, const char *path, const void *value, size_t len);

/* Writes a value built printf-like. */
int store_writef(struct store *store, uint32_t tx, const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

int store_mkdir(struct store *store, uint32_t tx, const char *path);

/* Removes a node and all below it; success too if only the last component is missing. */
int store_rm(struct store *store, uint32_t tx, const char *path);

/* Names of the children, any number of them, in one malloc'ed block. */
char **store_directory(struct store *store, uint32_t tx, const char *path, size_t *count);

/*
 * Reads DIR/<name>/LEAF (LEAF NULL: DIR/<name>) of `count` names, many at a time: as many values,
 * NULL where there is nothing to read. Freed with store_free_each(). NULL: the connection fails.
 */
char **store_read_each(struct store *store, uint32_t tx, const char *dir, char *const *names,
		       size_t count, const char *leaf);
void store_free_each(char **values, size_t count); /* NULL is fine */

/*
 * Between these two, changes (write, mkdir, rm, permissions) are gathered and sent together: they
 * succeed at once, and the end gives the first of their errors. What gives an answer, reads and
 * the end of a transaction too, sends them first; a transaction that had an error must be
 * aborted by who began it. Batches do not nest.
 */
void store_batch_begin(struct store *store);
int store_batch_end(struct store *store);

/* -- Permissions -- */

#define STORE_PERM_NONE 0U
#define STORE_PERM_READ 1U
#define STORE_PERM_WRITE 2U

/* The first entry names the owner and what everybody else may do; the others name exceptions. */
struct store_perm {
	uint32_t domid;
	unsigned int bits; /* STORE_PERM_* */
};

struct store_perm *store_get_perms(struct store *store, uint32_t tx, const char *path,
				   size_t *count);
int store_set_perms(struct store *store, uint32_t tx, const char *path,
		    const struct store_perm *perms, size_t count);

/* -- Transactions -- */

int store_tx_begin(struct store *store, uint32_t *tx);

/* Ends a transaction. -EAGAIN: something it read was changed by somebody else, nothing of it
 * happened, do it again. The id is gone in every case. */
int store_tx_end(struct store *store, uint32_t tx, bool commit);

/* Runs `body` in a transaction, again as long as it conflicts. A body that returns an error ends
 * the transaction without effect, and that error is returned. */
int store_transact(struct store *store, int (*body)(struct store *store, uint32_t tx, void *arg),
		   void *arg);

/* -- Watches -- */

struct store_event {
	char *path;  /* what changed, relative if the watch was */
	char *token; /* points into the same block as path */
};

/* Asks for an event whenever `path` or anything below it changes; the first comes at once.
 * "@introduceDomain" and "@releaseDomain" report domains coming and going. */
int store_watch(struct store *store, const char *path, const char *token);

/* As store_watch(), for changes at most `depth` levels below; a depth of 1 on the special paths
 * adds "/<domid>" to their events. -EINVAL from daemons that do not know of depths (Xen 4.17's). */
int store_watch_depth(struct store *store, const char *path, const char *token, unsigned int depth);

/* Ends a watch; its events still queued are dropped. */
int store_unwatch(struct store *store, const char *path, const char *token);

/* Takes the next event without blocking: 1 and *event filled, 0 if none, or -errno. Events may be
 * queued already when the descriptor is silent: call until 0 before sleeping on store_fd(). */
int store_next_event(struct store *store, struct store_event *event);

/* As store_next_event(), waiting up to timeout_ms (-1 = for ever); 0 when the time is over. */
int store_wait_event(struct store *store, int timeout_ms, struct store_event *event);

void store_event_free(struct store_event *event);

/* Polls readable when an answer or event arrives. */
int store_fd(const struct store *store);

/* -- Domains (privileged callers) -- */

int store_introduce(struct store *store, uint32_t domid, uint64_t mfn, uint32_t port);
int store_release(struct store *store, uint32_t domid);
int store_resume(struct store *store, uint32_t domid);
int store_set_target(struct store *store, uint32_t domid, uint32_t target);

/* 1 if the daemon talks to that domain, 0 if not, or -errno. */
int store_is_introduced(struct store *store, uint32_t domid);

char *store_domain_path(struct store *store, uint32_t domid);

/* Daemon's control command with its arguments (argv[0] is the command); its answer. */
char *store_control(struct store *store, const char *const *argv, size_t argc);

#endif
