/* SPDX-License-Identifier: MIT */
/* The xenstore nodes of a split device: written, read and removed. */
#include "device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libstore/store.h"

const char *device_kind_name(enum device_kind kind)
{
	static const char *const names[] = {
		[DEVICE_VBD] = "vbd",
		[DEVICE_VIF] = "vif",
		[DEVICE_CONSOLE] = "console",
	};

	return names[kind];
}

void device_backends_here(const struct devices_ctx *ctx, char *path, size_t size)
{
	snprintf(path, size, "/local/domain/%" PRIu32 "/backend", ctx->self);
}

void device_move(const struct devices_ctx *ctx, struct device *dev, uint32_t backend_domid)
{
	dev->backend_domid = backend_domid;
	dev->elsewhere = backend_domid != ctx->self;
	snprintf(dev->backend, sizeof(dev->backend),
		 "/local/domain/%" PRIu32 "/backend/%s/%" PRIu32 "/%" PRIu32, backend_domid,
		 device_kind_name(dev->kind), dev->domid, dev->devid);
}

void device_init(const struct devices_ctx *ctx, struct device *dev, enum device_kind kind,
		 uint32_t domid, uint32_t devid)
{
	const char *name = device_kind_name(kind);

	*dev = (struct device){.kind = kind, .domid = domid, .devid = devid};
	device_move(ctx, dev, ctx->self);
	snprintf(dev->frontend, sizeof(dev->frontend),
		 "/local/domain/%" PRIu32 "/device/%s/%" PRIu32, domid, name, devid);
	snprintf(dev->libxl, sizeof(dev->libxl), "/libxl/%" PRIu32 "/device/%s/%" PRIu32, domid,
		 name, devid);
}

void device_open(struct devices_ctx *ctx, struct device *dev, enum device_kind kind, uint32_t domid,
		 uint32_t devid)
{
	uint32_t backend;
	char *path;

	device_init(ctx, dev, kind, domid, devid);
	if (ctx->self) {
		return;
	}
	path = store_readf(ctx->store, STORE_NO_TX, "%s/backend", dev->libxl);
	if (path && sscanf(path, "/local/domain/%" SCNu32 "/", &backend) == 1) {
		device_move(ctx, dev, backend);
		if (strcmp(path, dev->backend) != 0) {
			device_move(ctx, dev, ctx->self); /* not of the form we know */
		}
	}
	free(path);
}

void domain_describe(struct devices_ctx *ctx, uint32_t domid, char *buf, size_t size)
{
	char *name = store_readf(ctx->store, STORE_NO_TX, "/local/domain/%" PRIu32 "/name", domid);

	if (name && name[0]) {
		snprintf(buf, size, "domain %" PRIu32 " (%s)", domid, name);
	} else {
		snprintf(buf, size, "domain %" PRIu32, domid);
	}
	free(name);
}

void device_describe(struct devices_ctx *ctx, const struct device *dev, char *buf, size_t size)
{
	char domain[192];
	char vdev[16];

	domain_describe(ctx, dev->domid, domain, sizeof(domain));
	if (dev->kind == DEVICE_VBD) {
		config_vdev_name(dev->devid, vdev);
		snprintf(buf, size, "disk %s of %s", vdev, domain);
	} else if (dev->kind == DEVICE_CONSOLE) {
		snprintf(buf, size, "channel %" PRIu32 " of %s", dev->devid, domain);
	} else {
		snprintf(buf, size, "network interface %" PRIu32 " of %s", dev->devid, domain);
	}
}

void nodes_add(struct nodes *nodes, const char *key, const char *format, ...)
{
	va_list args;
	char *value;

	va_start(args, format);
	if (nodes->count >= DEVICE_MAX_NODES || vasprintf(&value, format, args) < 0) {
		abort();
	}
	va_end(args);
	nodes->list[nodes->count].key = key;
	nodes->list[nodes->count].value = value;
	nodes->list[nodes->count].fixed = false;
	nodes->count++;
}

void nodes_fix(struct nodes *nodes)
{
	nodes->list[nodes->count - 1].fixed = true;
}

void nodes_free(struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		free(nodes->list[i].value);
	}
	nodes->count = 0;
}

/* -- publishing -- */

struct publish {
	const struct device *dev;
	const struct nodes *back;
	const struct nodes *front;
	bool exists;
	bool no_domain;
	bool no_backend; /* the domain that was to have it is gone */
};

static int write_below(struct store *store, uint32_t tx, const char *dir, const char *key,
		       const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return store_write(store, tx, path, value, strlen(value));
}

/* Gives a node of the guest's directory to the control domain. */
static int fix_node(struct store *store, uint32_t tx, const char *dir, const char *key,
		    uint32_t domid)
{
	const struct store_perm perms[] = {
		{0, STORE_PERM_NONE},
		{domid, STORE_PERM_READ},
	};
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return store_set_perms(store, tx, path, perms, 2);
}

/* A fresh directory that `owner` owns and `reader` may read; the nodes below inherit that. */
static int make_dir(struct store *store, uint32_t tx, const char *dir, uint32_t owner,
		    uint32_t reader, const struct nodes *nodes)
{
	const struct store_perm perms[] = {
		{owner, STORE_PERM_NONE},
		{reader, STORE_PERM_READ},
	};
	int ret = store_rm(store, tx, dir);

	if (ret < 0 && ret != -ENOENT) {
		return ret;
	}
	ret = store_mkdir(store, tx, dir);
	if (ret == 0) {
		ret = store_set_perms(store, tx, dir, perms, 2);
	}
	for (size_t i = 0; ret == 0 && i < nodes->count; i++) {
		ret = write_below(store, tx, dir, nodes->list[i].key, nodes->list[i].value);
		if (ret == 0 && nodes->list[i].fixed) {
			ret = fix_node(store, tx, dir, nodes->list[i].key, owner);
		}
	}
	return ret;
}

/* What comes of attaching, which libxl's record of the wish has not. */
static bool is_outcome(const char *key)
{
	static const char *const keys[] = {"node", "loop-file", "physical-device", "hotplug-status",
					   "hotplug-error"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* libxl knows a domain's devices by this directory, which is its own; it does not look for
 * devices in the guest's or the backend's. */
static int write_libxl(struct store *store, uint32_t tx, const struct device *dev,
		       const struct nodes *back)
{
	int ret = store_rm(store, tx, dev->libxl);

	ret = ret == -ENOENT ? 0 : ret;
	if (ret == 0) {
		ret = write_below(store, tx, dev->libxl, "backend", dev->backend);
	}
	for (size_t i = 0; ret == 0 && i < back->count; i++) {
		if (!is_outcome(back->list[i].key)) {
			ret = write_below(store, tx, dev->libxl, back->list[i].key,
					  back->list[i].value);
		}
	}
	return ret;
}

static bool exists(struct store *store, uint32_t tx, const char *path)
{
	char *value = store_read(store, tx, path, NULL);

	free(value);
	return value != NULL;
}

static int publish_body(struct store *store, uint32_t tx, void *arg)
{
	struct publish *publish = arg;
	const struct device *dev = publish->dev;
	char domain[48];
	int ret;

	snprintf(domain, sizeof(domain), "/local/domain/%" PRIu32, dev->domid);
	publish->no_domain = !exists(store, tx, domain);
	snprintf(domain, sizeof(domain), "/local/domain/%" PRIu32, dev->backend_domid);
	publish->no_backend = dev->elsewhere && !exists(store, tx, domain);
	/* with its backend anywhere: one here, or the tools' record */
	publish->exists = exists(store, tx, dev->backend) || exists(store, tx, dev->libxl);
	if (publish->no_domain || publish->no_backend) {
		return -ENOENT;
	}
	if (publish->exists) {
		return -EEXIST;
	}
	ret = make_dir(store, tx, dev->frontend, dev->domid, dev->backend_domid, publish->front);
	if (ret == 0) {
		ret = make_dir(store, tx, dev->backend, dev->backend_domid, dev->domid,
			       publish->back);
	}
	if (ret == 0) {
		ret = write_libxl(store, tx, dev, publish->back);
	}
	return ret;
}

static void publish_error(struct devices_ctx *ctx, const struct publish *publish, int ret,
			  struct ctl_error *err)
{
	char what[256];

	device_describe(ctx, publish->dev, what, sizeof(what));
	if (publish->no_domain) {
		ctl_error_set(err, "no-such-domain", "cannot attach %s", what);
		ctl_error_cause(err, "there is no domain %" PRIu32, publish->dev->domid);
	} else if (publish->no_backend) {
		ctl_error_set(err, "no-such-domain", "cannot attach %s", what);
		ctl_error_cause(err, "its driver domain %" PRIu32 " is gone",
				publish->dev->backend_domid);
		ctl_error_hint(err, "start the driver domain again, and name it in backend=");
	} else if (publish->exists) {
		ctl_error_set(err, "device-exists", "cannot attach %s", what);
		ctl_error_cause(err, "it is attached already");
		ctl_error_hint(err, "choose another name, or detach that one first");
	} else {
		ctl_error_set(err, "xenstore", "cannot attach %s", what);
		ctl_error_cause(err, "writing its xenstore nodes failed: %s", strerror(-ret));
	}
}

int device_publish(struct devices_ctx *ctx, const struct device *dev, const struct nodes *back,
		   const struct nodes *front, struct ctl_error *err)
{
	struct nodes all_back = *back, all_front = *front;
	size_t own_back = all_back.count, own_front = all_front.count;
	struct publish publish = {.dev = dev, .back = &all_back, .front = &all_front};
	int ret;

	nodes_add(&all_back, "frontend", "%s", dev->frontend);
	nodes_add(&all_back, "frontend-id", "%" PRIu32, dev->domid);
	nodes_add(&all_back, "online", "1");
	nodes_add(&all_back, "state", "%d", BUS_INITIALISING);
	nodes_add(&all_front, "backend", "%s", dev->backend);
	nodes_add(&all_front, "backend-id", "%" PRIu32, dev->backend_domid);
	nodes_add(&all_front, "state", "%d", BUS_INITIALISING);
	ret = store_transact(ctx->store, publish_body, &publish);
	if (ret < 0) {
		publish_error(ctx, &publish, ret, err);
	}
	while (all_back.count > own_back) {
		free(all_back.list[--all_back.count].value);
	}
	while (all_front.count > own_front) {
		free(all_front.list[--all_front.count].value);
	}
	return ret;
}

/* -- removing -- */

/* Removes `path`, then each parent that is empty now, up to but without `stop`. */
static int remove_upwards(struct store *store, uint32_t tx, const char *path, const char *stop)
{
	char dir[128];
	int ret = store_rm(store, tx, path);

	if (ret < 0 && ret != -ENOENT) {
		return ret;
	}
	snprintf(dir, sizeof(dir), "%s", path);
	for (;;) {
		char **names;
		size_t count;

		*strrchr(dir, '/') = '\0';
		if (strlen(dir) <= strlen(stop)) {
			return 0;
		}
		names = store_directory(store, tx, dir, &count);
		if (!names) {
			if (errno != ENOENT) {
				return -errno;
			}
			continue;
		}
		free(names);
		if (count > 0) {
			return 0;
		}
		ret = store_rm(store, tx, dir);
		if (ret < 0 && ret != -ENOENT) {
			return ret;
		}
	}
}

static int erase_body(struct store *store, uint32_t tx, void *arg)
{
	const struct device *dev = arg;
	char path[128], stop[64], home[48];
	int ret;

	snprintf(stop, sizeof(stop), "/local/domain/%" PRIu32 "/device", dev->domid);
	ret = remove_upwards(store, tx, dev->frontend, stop);
	if (ret == 0) {
		snprintf(home, sizeof(home), "/local/domain/%" PRIu32, dev->backend_domid);
		ret = remove_upwards(store, tx, dev->backend, home);
	}
	if (ret == 0) {
		snprintf(stop, sizeof(stop), "/libxl/%" PRIu32, dev->domid);
		ret = remove_upwards(store, tx, dev->libxl, stop);
	}
	if (ret == 0) {
		/* where the kernel's backend puts its last words */
		snprintf(path, sizeof(path), "%s/error/backend/%s/%" PRIu32 "/%" PRIu32, home,
			 device_kind_name(dev->kind), dev->domid, dev->devid);
		snprintf(stop, sizeof(stop), "%s%s", home, dev->elsewhere ? "/error" : "");
		ret = remove_upwards(store, tx, path, stop);
	}
	return ret;
}

int device_erase(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	struct device copy = *dev;
	int ret = store_transact(ctx->store, erase_body, &copy);
	char what[256];

	if (ret < 0) {
		device_describe(ctx, dev, what, sizeof(what));
		ctl_error_set(err, "xenstore", "cannot remove %s", what);
		ctl_error_cause(err, "removing its xenstore nodes failed: %s", strerror(-ret));
	}
	return ret;
}

struct close_request {
	const struct device *dev;
	bool force;
};

static int close_body(struct store *store, uint32_t tx, void *arg)
{
	const struct close_request *request = arg;
	const struct device *dev = request->dev;
	char *state = store_readf(store, tx, "%s/state", dev->backend);
	int ret = 0;

	/* Writing would bring back nodes that somebody has removed meanwhile. */
	if (state) {
		ret = write_below(store, tx, dev->backend, "online", "0");
	}
	if (ret == 0 && state && atoi(state) != BUS_CLOSED) {
		ret = write_below(store, tx, dev->backend, "state", "5");
	}
	free(state);
	if (ret == 0 && request->force) {
		ret = store_rm(store, tx, dev->frontend);
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret;
}

int device_request_close(struct devices_ctx *ctx, const struct device *dev, bool force,
			 struct ctl_error *err)
{
	struct close_request request = {.dev = dev, .force = force};
	int ret = store_transact(ctx->store, close_body, &request);
	char what[256];

	if (ret < 0) {
		device_describe(ctx, dev, what, sizeof(what));
		ctl_error_set(err, "xenstore", "cannot detach %s", what);
		ctl_error_cause(err, "writing to xenstore failed: %s", strerror(-ret));
	}
	return ret;
}

/* -- reading -- */

static enum bus_state read_state(struct devices_ctx *ctx, const char *dir)
{
	char *text = store_readf(ctx->store, STORE_NO_TX, "%s/state", dir);
	enum bus_state state = BUS_UNKNOWN;

	/* The frontend's is whatever a guest wrote. */
	if (text && text[0] >= '1' && text[0] <= '8' && text[1] == '\0') {
		state = (enum bus_state)(text[0] - '0');
	}
	free(text);
	return state;
}

enum bus_state device_backend_state(struct devices_ctx *ctx, const struct device *dev)
{
	return read_state(ctx, dev->backend);
}

enum bus_state device_frontend_state(struct devices_ctx *ctx, const struct device *dev)
{
	return read_state(ctx, dev->frontend);
}

char *device_read(struct devices_ctx *ctx, const struct device *dev, const char *key)
{
	return store_readf(ctx->store, STORE_NO_TX, "%s/%s",
			   dev->elsewhere && !is_outcome(key) ? dev->libxl : dev->backend, key);
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Adds the ids that a directory has to a list. */
static int add_ids(struct devices_ctx *ctx, const char *path, uint32_t **ids, size_t *count)
{
	size_t name_count;
	char **names = store_directory(ctx->store, STORE_NO_TX, path, &name_count);
	uint32_t *longer;

	if (!names) {
		return errno == ENOENT ? 0 : -errno;
	}
	longer = realloc(*ids, (*count + name_count + 1) * sizeof(**ids));
	if (!longer) {
		free(names);
		return -ENOMEM;
	}
	*ids = longer;
	for (size_t i = 0; i < name_count; i++) {
		char *end;
		unsigned long id = strtoul(names[i], &end, 10);

		if (*names[i] >= '0' && *names[i] <= '9' && *end == '\0' && id <= UINT32_MAX) {
			longer[(*count)++] = (uint32_t)id;
		}
	}
	free(names);
	return 0;
}

/* Sorts them, each once. */
static void order_ids(uint32_t *ids, size_t *count)
{
	size_t kept = 0;

	if (*count == 0) {
		return;
	}
	qsort(ids, *count, sizeof(*ids), compare_ids);
	for (size_t i = 1; i < *count; i++) {
		if (ids[i] != ids[kept]) {
			ids[++kept] = ids[i];
		}
	}
	*count = kept + 1;
}

static int list_ids(struct devices_ctx *ctx, enum device_kind kind, uint32_t domid, bool all,
		    uint32_t **ids, size_t *count)
{
	const char *name = device_kind_name(kind);
	char path[96];
	int ret;

	*ids = NULL;
	*count = 0;
	snprintf(path, sizeof(path), "/local/domain/%" PRIu32 "/backend/%s/%" PRIu32, ctx->self,
		 name, domid);
	ret = add_ids(ctx, path, ids, count);
	if (ret == 0 && all) {
		snprintf(path, sizeof(path), "/libxl/%" PRIu32 "/device/%s", domid, name);
		ret = add_ids(ctx, path, ids, count);
	}
	if (ret < 0) {
		free(*ids);
		*ids = NULL;
		*count = 0;
	}
	order_ids(*ids, count);
	return ret;
}

int device_ids_here(struct devices_ctx *ctx, enum device_kind kind, uint32_t domid, uint32_t **ids,
		    size_t *count)
{
	return list_ids(ctx, kind, domid, false, ids, count);
}

int device_ids(struct devices_ctx *ctx, enum device_kind kind, uint32_t domid, uint32_t **ids,
	       size_t *count)
{
	return list_ids(ctx, kind, domid, ctx->self == 0, ids, count);
}

const char *devices_state_name(int state)
{
	static const char *const names[] = {
		"unknown", "initialising", "initwait",      "initialised",  "connected",
		"closing", "closed",       "reconfiguring", "reconfigured",
	};

	if (state < 0 || (size_t)state >= sizeof(names) / sizeof(names[0])) {
		state = 0;
	}
	return names[state];
}
