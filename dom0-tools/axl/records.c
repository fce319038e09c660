/* SPDX-License-Identifier: MIT */
/* Domain records in xenstore, in the places where Xen's own tools look for them. */
#include "records.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../libctl/domctl.h"
#include "domains.h"

#define CONSOLE_LIMIT 1048576 /* bytes the console daemon buffers for nobody */

static int store_error(struct axl *axl, int ret, const char *what)
{
	if (ret) {
		ctl_error_set(&axl->err, "xenstore-failed", "cannot %s in xenstore", what);
		ctl_error_errno(&axl->err, ret);
	}
	return ret;
}

/* One batch of writes below a path; the first error sticks. */
struct writer {
	struct store *store;
	uint32_t tx;
	char base[64];
	int err;
};

static void put(struct writer *w, const char *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct writer *w, const char *node, const char *format, ...)
{
	char path[256], value[4096];
	va_list args;
	int len;

	if (w->err) {
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", w->base, node);
	va_start(args, format);
	len = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	len = len < (int)sizeof(value) ? len : (int)sizeof(value) - 1;
	w->err = store_write(w->store, w->tx, path, value, (size_t)len);
}

/* Takes away what an earlier domain has left below the base. */
static void clear_base(struct writer *w)
{
	if (!w->err) {
		w->err = store_rm(w->store, w->tx, w->base);
		w->err = w->err == -ENOENT ? 0 : w->err;
	}
}

/* Makes a directory: the control domain's, readable by the guest. */
static void make_base(struct writer *w, xen_domid_t domid)
{
	const struct store_perm perms[] = {
		{.domid = 0, .bits = STORE_PERM_NONE},
		{.domid = domid, .bits = STORE_PERM_READ},
	};

	if (!w->err) {
		w->err = store_mkdir(w->store, w->tx, w->base);
	}
	if (!w->err) {
		w->err = store_set_perms(w->store, w->tx, w->base, perms, 2);
	}
}

/* An empty node of the guest's own. */
static void put_guests(struct writer *w, xen_domid_t domid, const char *node)
{
	const struct store_perm owner = {.domid = domid, .bits = STORE_PERM_NONE};
	char path[256];

	put(w, node, "%s", "");
	if (!w->err) {
		snprintf(path, sizeof(path), "%s/%s", w->base, node);
		w->err = store_set_perms(w->store, w->tx, path, &owner, 1);
	}
}

/* What guests, libxl and the daemons expect to find of the control domain, below /local. */
static const struct {
	const char *node;
	const char *value; /* NULL: its memory in KiB */
} dom0_nodes[] = {
	{"domain/0/domid", "0"},
	{"domain/0/name", "Domain-0"},
	{"pool/0/name", "Pool-0"},
	{"domain/0/memory/target", NULL},
	{"domain/0/memory/static-max", NULL},
};

#define DOM0_NODES (sizeof(dom0_nodes) / sizeof(dom0_nodes[0]))

/* One message asks for all of them; nearly always they are there. */
static bool dom0_complete(struct store *store)
{
	char *names[DOM0_NODES], **values;
	bool complete;

	for (size_t i = 0; i < DOM0_NODES; i++) {
		names[i] = (char *)(uintptr_t)dom0_nodes[i].node;
	}
	values = store_read_each(store, STORE_NO_TX, "/local", names, DOM0_NODES, NULL);
	complete = values != NULL;
	for (size_t i = 0; complete && i < DOM0_NODES; i++) {
		complete = values[i] != NULL;
	}
	store_free_each(values, DOM0_NODES);
	return complete;
}

static int dom0_missing(struct store *store, const char *node, const char *value)
{
	char path[256];
	char *old;

	snprintf(path, sizeof(path), "/local/%s", node);
	old = store_read(store, STORE_NO_TX, path, NULL);
	if (old) {
		free(old);
		return 0;
	}
	if (errno != ENOENT) {
		return -errno;
	}
	return store_write(store, STORE_NO_TX, path, value, strlen(value));
}

int records_init_dom0(struct axl *axl)
{
	struct xen_domctl_getdomaininfo info;
	char kib[24] = "";
	int ret = 0;

	if (dom0_complete(axl->store)) {
		return 0;
	}
	if (!ctl_domain_info(axl->ctl, 0, &info)) {
		snprintf(kib, sizeof(kib), "%llu", (unsigned long long)info.tot_pages * 4);
	}
	for (size_t i = 0; !ret && i < DOM0_NODES; i++) {
		const char *value = dom0_nodes[i].value ? dom0_nodes[i].value : kib;

		if (value[0]) {
			ret = dom0_missing(axl->store, dom0_nodes[i].node, value);
		}
	}
	return store_error(axl, ret, "write the control domain's entries");
}

/* A name that a domain is to have. */
struct claim {
	struct axl *axl;
	xen_domid_t domid;
	const char *name;
	xen_domid_t other; /* who has it already */
};

/*
 * Whether another domain has the name, seen inside the transaction: should anybody, xl too, give
 * it to one meanwhile, then the transaction fails and the names are read again.
 */
static int claim_check(struct claim *claim, uint32_t tx)
{
	int ret = domain_by_name_in(claim->axl, tx, claim->name, claim->domid, &claim->other);

	return ret == -ESRCH ? 0 : ret ? ret : -EEXIST;
}

static int claim_error(const struct claim *claim, int ret, const char *what)
{
	return ret == -EEXIST ? domains_name_error(claim->axl, claim->name, claim->other)
			      : store_error(claim->axl, ret, what);
}

struct new_domain {
	struct claim claim;
	xen_domid_t domid;
	const struct domain_config *cfg;
	char uuid[37];
};

static void put_vm(struct writer *w, const struct new_domain *new)
{
	const struct domain_config *cfg = new->cfg;
	struct timespec now;

	snprintf(w->base, sizeof(w->base), "/vm/%s", new->uuid);
	make_base(w, new->domid);
	put(w, "name", "%s", cfg->name);
	put(w, "uuid", "%s", new->uuid);
	put(w, "image/ostype", "linux");
	if (cfg->kernel) {
		put(w, "image/kernel", "%s", cfg->kernel);
	}
	if (cfg->ramdisk) {
		put(w, "image/ramdisk", "%s", cfg->ramdisk);
	}
	put(w, "image/cmdline", "%s", cfg->cmdline);
	clock_gettime(CLOCK_REALTIME, &now);
	put(w, "start_time", "%lld.%02ld", (long long)now.tv_sec, now.tv_nsec / 10000000);
}

static void put_guest(struct writer *w, const struct new_domain *new)
{
	static const char *const guests[] = {
		"device/suspend/event-channel",
		"control/shutdown",
		"control/feature-poweroff",
		"control/feature-reboot",
		"control/feature-suspend",
		"control/sysrq",
		"data",
		"drivers",
		"feature",
		"attr",
		"error",
	};
	const struct domain_config *cfg = new->cfg;
	char node[48];

	snprintf(w->base, sizeof(w->base), "/local/domain/%u", new->domid);
	make_base(w, new->domid);
	put(w, "vm", "/vm/%s", new->uuid);
	put(w, "name", "%s", cfg->name);
	put(w, "domid", "%u", new->domid);
	for (uint32_t i = 0; i < cfg->maxvcpus; i++) {
		snprintf(node, sizeof(node), "cpu/%u/availability", i);
		put(w, node, "%s", i < cfg->vcpus ? "online" : "offline");
	}
	put(w, "memory/static-max", "%llu", (unsigned long long)cfg->maxmem_kib);
	put(w, "memory/target", "%llu", (unsigned long long)cfg->memory_kib);
	put(w, "memory/videoram", "0");
	put(w, "device", "%s", "");
	put(w, "control", "%s", "");
	for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
		put_guests(w, new->domid, guests[i]);
	}
	if (cfg->driver_domain) {
		/* where Xen's own tools in it keep what dom0's have below /libxl and the like */
		put_guests(w, new->domid, "libxl");
		put_guests(w, new->domid, "device-model");
	}
	put(w, "control/platform-feature-multiprocessor-suspend", "1");
	put(w, "control/platform-feature-xs_reset_watches", "1");
}

static int write_body(struct store *store, uint32_t tx, void *arg)
{
	struct new_domain *new = arg;
	struct writer w = {.store = store, .tx = tx};

	int ret;

	w.err = claim_check(&new->claim, tx);
	snprintf(w.base, sizeof(w.base), "/vm/%s", new->uuid);
	clear_base(&w);
	snprintf(w.base, sizeof(w.base), "/local/domain/%u", new->domid);
	clear_base(&w);
	store_batch_begin(store);
	put_vm(&w, new);
	put_guest(&w, new);
	snprintf(w.base, sizeof(w.base), "/libxl/%u", new->domid);
	put(&w, "type", "pv");
	ret = store_batch_end(store);
	return w.err ? w.err : ret;
}

int records_write(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg)
{
	struct new_domain new = {
		.claim = {.axl = axl, .domid = domid, .name = cfg->name},
		.domid = domid,
		.cfg = cfg,
	};

	config_uuid_format(cfg->uuid, new.uuid);
	return claim_error(&new.claim, store_transact(axl->store, write_body, &new),
			   "record the new domain");
}

struct rings {
	xen_domid_t domid;
	evtchn_port_t store_port;
	uint64_t store_mfn;
	evtchn_port_t console_port;
	uint64_t console_mfn;
};

static int rings_body(struct store *store, uint32_t tx, void *arg)
{
	const struct rings *rings = arg;
	struct writer w = {.store = store, .tx = tx};

	int ret;

	store_batch_begin(store);
	snprintf(w.base, sizeof(w.base), "/local/domain/%u", rings->domid);
	put(&w, "store/port", "%u", rings->store_port);
	put(&w, "store/ring-ref", "%llu", (unsigned long long)rings->store_mfn);
	put(&w, "console/backend-id", "0");
	put(&w, "console/limit", "%d", CONSOLE_LIMIT);
	put(&w, "console/type", "xenconsoled");
	put(&w, "console/output", "pty");
	put(&w, "console/tty", "%s", "");
	put(&w, "console/port", "%u", rings->console_port);
	put(&w, "console/ring-ref", "%llu", (unsigned long long)rings->console_mfn);
	ret = store_batch_end(store);
	return w.err ? w.err : ret;
}

int records_write_rings(struct axl *axl, xen_domid_t domid, evtchn_port_t store_port,
			uint64_t store_mfn, evtchn_port_t console_port, uint64_t console_mfn)
{
	struct rings rings = {
		.domid = domid,
		.store_port = store_port,
		.store_mfn = store_mfn,
		.console_port = console_port,
		.console_mfn = console_mfn,
	};

	return store_error(axl, store_transact(axl->store, rings_body, &rings),
			   "record the domain's rings");
}

static int remove_body(struct store *store, uint32_t tx, void *arg)
{
	const xen_domid_t *domid = arg;
	char path[64];
	char *vm = store_readf(store, tx, "/local/domain/%u/vm", *domid);
	int ret = 0;

	/* The guest cannot write this node, but a leftover might be anything. */
	if (vm && !strncmp(vm, "/vm/", 4) && !strchr(vm + 4, '/') && vm[4]) {
		ret = store_rm(store, tx, vm);
		ret = ret == -ENOENT ? 0 : ret;
	}
	free(vm);
	for (int i = 0; !ret && i < 2; i++) {
		snprintf(path, sizeof(path), i ? "/libxl/%u" : "/local/domain/%u", *domid);
		ret = store_rm(store, tx, path);
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret;
}

int records_remove(struct axl *axl, xen_domid_t domid)
{
	return store_error(axl, store_transact(axl->store, remove_body, &domid),
			   "remove the domain's nodes");
}

static int rename_body(struct store *store, uint32_t tx, void *arg)
{
	struct claim *rename = arg;
	struct writer w = {.store = store, .tx = tx};
	char *vm = store_readf(store, tx, "/local/domain/%u/vm", rename->domid);

	w.err = claim_check(rename, tx);
	snprintf(w.base, sizeof(w.base), "/local/domain/%u", rename->domid);
	put(&w, "name", "%s", rename->name);
	if (vm && !strncmp(vm, "/vm/", 4) && strlen(vm) < sizeof(w.base)) {
		snprintf(w.base, sizeof(w.base), "%s", vm);
		put(&w, "name", "%s", rename->name);
	}
	free(vm);
	return w.err;
}

int records_rename(struct axl *axl, xen_domid_t domid, const char *name)
{
	struct claim rename = {.axl = axl, .domid = domid, .name = name};

	return claim_error(&rename, store_transact(axl->store, rename_body, &rename),
			   "rename the domain");
}
