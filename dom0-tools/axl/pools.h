/* SPDX-License-Identifier: MIT */
/* CPU pools and schedulers as users know them: by name. */
#ifndef DOM0_TOOLS_AXL_POOLS_H
#define DOM0_TOOLS_AXL_POOLS_H

#include "../libctl/pool.h"
#include "axl.h"

#define POOL_NAME_MAX 64

struct pool {
	struct ctl_pool info;
	char name[POOL_NAME_MAX]; /* "Pool-N" if xenstore has none */
};

/* All pools in order of id, malloc'ed. Their number, or -errno with axl->err. */
int pools_get(struct axl *axl, struct pool **list);

/* The pool that `text`, a name or an id, means. 0, or -errno with axl->err "no-such-pool". */
int pool_find(struct axl *axl, const char *text, struct pool *pool);

/* The pool with that id; one that nobody knows is called by its number. */
void pool_name(struct axl *axl, uint32_t id, char name[POOL_NAME_MAX]);

/* Writes a pool's name to xenstore, with a UUID if it has none; removes what is there. */
int pool_record(struct axl *axl, uint32_t id, const char *name);
int pool_forget(struct axl *axl, uint32_t id);

/* "credit2" …, "unknown"; and back, -EINVAL. */
const char *scheduler_name(uint32_t id);
int scheduler_id(const char *name, uint32_t *id);

#endif
