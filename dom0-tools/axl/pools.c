/* SPDX-License-Identifier: MIT */
/* Pools with the names that xenstore has for them. */
#include "pools.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../libctl/domctl.h"

#define MAX_POOLS 1024 /* each needs a CPU to be of use */

static const char *const scheduler_names[] = {
	[XEN_SCHEDULER_CREDIT] = "credit",     [XEN_SCHEDULER_CREDIT2] = "credit2",
	[XEN_SCHEDULER_ARINC653] = "arinc653", [XEN_SCHEDULER_RTDS] = "rtds",
	[XEN_SCHEDULER_NULL] = "null",
};

#define SCHEDULER_COUNT (sizeof(scheduler_names) / sizeof(scheduler_names[0]))

const char *scheduler_name(uint32_t id)
{
	return id < SCHEDULER_COUNT && scheduler_names[id] ? scheduler_names[id] : "unknown";
}

int scheduler_id(const char *name, uint32_t *id)
{
	for (uint32_t i = 0; i < SCHEDULER_COUNT; i++) {
		if (scheduler_names[i] && !strcmp(scheduler_names[i], name)) {
			*id = i;
			return 0;
		}
	}
	return -EINVAL;
}

void pool_name(struct axl *axl, uint32_t id, char name[POOL_NAME_MAX])
{
	char *value = axl->store ? store_readf(axl->store, STORE_NO_TX, "/local/pool/%u/name", id)
				 : NULL;

	if (value) {
		snprintf(name, POOL_NAME_MAX, "%s", value);
	} else {
		snprintf(name, POOL_NAME_MAX, "Pool-%u", id);
	}
	free(value);
	for (char *c = name; *c; c++) {
		*c = iscntrl((unsigned char)*c) ? '?' : *c;
	}
}

int pools_get(struct axl *axl, struct pool **out)
{
	struct pool *list = NULL, *bigger, this = {.info = {.id = 0}};
	int count = 0, ret = 0;

	for (uint32_t next = 0; count < MAX_POOLS; next = this.info.id + 1) {
		ret = ctl_pool_next(axl->ctl, next, &this.info);
		if (ret) {
			break;
		}
		bigger = realloc(list, ((size_t)count + 1) * sizeof(*list));
		if (!bigger) {
			ret = -ENOMEM;
			break;
		}
		list = bigger;
		pool_name(axl, this.info.id, this.name);
		list[count++] = this;
	}
	if (ret && ret != -ENOENT) {
		free(list);
		ctl_error_set(&axl->err, "hypercall-failed", "cannot list the CPU pools");
		ctl_error_errno(&axl->err, ret);
		return ret;
	}
	*out = list;
	return count;
}

int pool_find(struct axl *axl, const char *text, struct pool *pool)
{
	struct pool *list = NULL;
	int count = pools_get(axl, &list);
	char *end;
	unsigned long id = strtoul(text, &end, 10);
	bool is_id = isdigit((unsigned char)text[0]) && !*end;

	for (int i = 0; list && i < count; i++) {
		if (is_id ? list[i].info.id == id : !strcmp(list[i].name, text)) {
			*pool = list[i];
			free(list);
			return 0;
		}
	}
	free(list);
	if (count < 0) {
		return count;
	}
	ctl_error_set(&axl->err, "no-such-pool", "no CPU pool \"%s\"", text);
	ctl_error_hint(&axl->err, "axl cpupool-list");
	return -ENOENT;
}

struct record {
	uint32_t id;
	const char *name;
	char uuid[37];
};

static int record_body(struct store *store, uint32_t tx, void *arg)
{
	const struct record *record = arg;
	char path[64];
	char *old = store_readf(store, tx, "/local/pool/%u/uuid", record->id);
	int ret = 0;

	if (!old && record->id) { /* the first pool has none, as under xl */
		snprintf(path, sizeof(path), "/local/pool/%u/uuid", record->id);
		ret = store_write(store, tx, path, record->uuid, strlen(record->uuid));
	}
	free(old);
	snprintf(path, sizeof(path), "/local/pool/%u/name", record->id);
	return ret ? ret : store_write(store, tx, path, record->name, strlen(record->name));
}

static int record_result(struct axl *axl, int ret)
{
	if (ret) {
		ctl_error_set(&axl->err, "xenstore-failed", "cannot record the CPU pool");
		ctl_error_errno(&axl->err, ret);
	}
	return ret;
}

int pool_record(struct axl *axl, uint32_t id, const char *name)
{
	struct record record = {.id = id, .name = name};
	uint8_t uuid[16];

	if (getrandom(uuid, sizeof(uuid), 0) != sizeof(uuid)) {
		return record_result(axl, -EIO);
	}
	uuid[6] = (uuid[6] & 0x0f) | 0x40; /* RFC 4122: version 4, variant 1 */
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	config_uuid_format(uuid, record.uuid);
	return record_result(axl, store_transact(axl->store, record_body, &record));
}

int pool_forget(struct axl *axl, uint32_t id)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/local/pool/%u", id);
	ret = store_rm(axl->store, STORE_NO_TX, path);
	return record_result(axl, ret == -ENOENT ? 0 : ret);
}
