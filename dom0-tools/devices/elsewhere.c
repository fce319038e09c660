/* SPDX-License-Identifier: MIT */
/* Finding driver domains, and waiting for what they do. */
#include "elsewhere.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libstore/store.h"

#define TOKEN "devices-elsewhere"
#define SET_UP_FACTOR 3 /* a hotplug script there may take longer than a kernel */

static bool domain_exists(struct devices_ctx *ctx, uint32_t domid)
{
	char *node = store_readf(ctx->store, STORE_NO_TX, "/local/domain/%" PRIu32, domid);

	free(node);
	return node != NULL;
}

/* The domain of that name; -ENOENT. */
static int find_name(struct devices_ctx *ctx, const char *name, uint32_t *domid)
{
	size_t count = 0;
	char **ids = store_directory(ctx->store, STORE_NO_TX, "/local/domain", &count);
	int ret = ids || errno == ENOENT ? -ENOENT : -errno;

	for (size_t i = 0; ids && ret == -ENOENT && i < count; i++) {
		char *theirs =
			store_readf(ctx->store, STORE_NO_TX, "/local/domain/%.10s/name", ids[i]);

		if (theirs && strcmp(theirs, name) == 0) {
			*domid = (uint32_t)strtoul(ids[i], NULL, 10);
			ret = 0;
		}
		free(theirs);
	}
	free(ids);
	return ret;
}

static int find(struct devices_ctx *ctx, const char *backend, uint32_t *domid,
		struct ctl_error *err)
{
	bool is_number = strspn(backend, "0123456789") == strlen(backend) && strlen(backend) < 6;
	int ret;

	if (is_number) {
		*domid = (uint32_t)strtoul(backend, NULL, 10);
		ret = domain_exists(ctx, *domid) ? 0 : -ENOENT;
	} else {
		ret = find_name(ctx, backend, domid);
	}
	if (ret < 0) {
		ctl_error_set(err, "no-backend-domain", "cannot find the driver domain \"%.80s\"",
			      backend);
		if (ret == -ENOENT) {
			ctl_error_cause(err, "no domain has that %s",
					is_number ? "number" : "name");
		} else {
			ctl_error_errno(err, ret);
		}
		ctl_error_hint(err, "start it before its guests, or correct backend=; axl list "
				    "shows who is there");
	}
	return ret;
}

int elsewhere_check(struct devices_ctx *ctx, const char *backend, struct ctl_error *err)
{
	uint32_t domid;

	return find(ctx, backend, &domid, err);
}

int elsewhere_move(struct devices_ctx *ctx, struct device *dev, const char *backend,
		   struct ctl_error *err)
{
	uint32_t domid = 0;
	char what[256];
	int ret = find(ctx, backend, &domid, err);

	if (ret < 0) {
		return ret;
	}
	if (domid == dev->domid) {
		device_describe(ctx, dev, what, sizeof(what));
		ctl_error_set(err, "backend-is-guest", "cannot attach %s", what);
		ctl_error_cause(err, "backend= names this very domain");
		return -EINVAL;
	}
	device_move(ctx, dev, domid);
	return 0;
}

/* What the other domain wrote, fit to be shown. */
static void copy_words(struct devices_ctx *ctx, const struct device *dev, const char *key,
		       char *text, size_t size)
{
	char *value = device_read(ctx, dev, key);

	snprintf(text, size, "%s", value ? value : "");
	free(value);
	for (; *text; text++) {
		if (*text < ' ' || *text > '~') {
			*text = '?';
		}
	}
}

static void ask_for_devd(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	char domain[192];

	domain_describe(ctx, dev->backend_domid, domain, sizeof(domain));
	ctl_error_hint(err, "is `axl devd` running in %s? See its console and syslog there",
		       domain);
}

void elsewhere_explain(struct devices_ctx *ctx, const struct device *dev, const char *message,
		       struct ctl_error *err)
{
	enum bus_state state = device_backend_state(ctx, dev);
	char what[256], domain[192], words[200];

	device_describe(ctx, dev, what, sizeof(what));
	domain_describe(ctx, dev->backend_domid, domain, sizeof(domain));
	ctl_error_set(err, "backend-failed", "cannot connect %s", what);
	if (!domain_exists(ctx, dev->backend_domid)) {
		ctl_error_cause(err, "its driver %s is gone", domain);
		ctl_error_hint(err, "start the driver domain again, and name it in backend=");
		return;
	}
	snprintf(words, sizeof(words), "%s", message ? message : "");
	for (char *c = words; *c; c++) {
		*c = *c < ' ' || *c > '~' ? '?' : *c;
	}
	if (state != BUS_INITIALISING) {
		ctl_error_cause(err, "the backend in %s is %s%s%s", domain,
				devices_state_name(state), words[0] ? ": " : "", words);
		ctl_error_hint(err, "see the kernel log of %s", domain);
		return;
	}
	ctl_error_set(err, "no-backend-driver", "cannot connect %s", what);
	ctl_error_cause(err, "no driver in %s took the backend within %u ms", domain,
			devices_timeout(ctx));
	ctl_error_hint(err, "load it there: modprobe %s",
		       dev->kind == DEVICE_VBD ? "xen-blkback" : "xen-netback");
}

int elsewhere_refuse(struct devices_ctx *ctx, const struct device *dev, const char *verb,
		     struct ctl_error *err)
{
	char what[256], domain[192];

	device_describe(ctx, dev, what, sizeof(what));
	domain_describe(ctx, dev->backend_domid, domain, sizeof(domain));
	ctl_error_set(err, "device-elsewhere", "cannot %s %s", verb, what);
	ctl_error_cause(err, "its backend is in %s, whose devices only that domain changes",
			domain);
	ctl_error_hint(err, "do it there, or detach the device and attach it changed");
	return -ENOTSUP;
}

/* 1 if it is as wanted, 0 if not yet, -errno if it never will be. */
typedef int look_fn(struct devices_ctx *ctx, const struct device *dev);

/* Looks again at each event below the backend, for a limited time. */
static int await(struct devices_ctx *ctx, const struct device *dev, unsigned int timeout_ms,
		 look_fn *look)
{
	int64_t deadline = clock_ms() + timeout_ms;
	int ret = store_watch(ctx->store, dev->backend, TOKEN);

	if (ret < 0) {
		return ret;
	}
	while (ret == 0) {
		struct store_event event;
		int left = clock_left(deadline);

		ret = look(ctx, dev);
		if (ret == 0) {
			/* it may write without end: the clock counts, not the events */
			ret = left ? store_wait_event(ctx->store, left, &event) : 0;
			if (ret > 0) {
				store_event_free(&event);
				ret = 0;
			} else if (ret == 0) {
				ret = -ETIMEDOUT;
			}
		}
	}
	store_unwatch(ctx->store, dev->backend, TOKEN);
	return ret > 0 ? 0 : ret;
}

static int is_set_up(struct devices_ctx *ctx, const struct device *dev)
{
	enum bus_state state = device_backend_state(ctx, dev);
	char status[16], error[8];

	if (state == BUS_UNKNOWN || state == BUS_CLOSING || state == BUS_CLOSED) {
		return -EIO;
	}
	copy_words(ctx, dev, "hotplug-status", status, sizeof(status));
	copy_words(ctx, dev, "hotplug-error", error, sizeof(error));
	if (strcmp(status, "error") == 0 || error[0]) {
		return -EREMOTEIO;
	}
	/* netback may take the word away once it has read it */
	return strcmp(status, "connected") == 0 || state == BUS_CONNECTED;
}

int elsewhere_wait_set_up(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	unsigned int limit = devices_timeout(ctx) * SET_UP_FACTOR;
	int ret = await(ctx, dev, limit, is_set_up);
	char what[256], domain[192], words[200];

	if (ret == 0) {
		return 0;
	}
	device_describe(ctx, dev, what, sizeof(what));
	domain_describe(ctx, dev->backend_domid, domain, sizeof(domain));
	if (ret == -EIO) {
		elsewhere_explain(ctx, dev, NULL, err);
	} else if (ret == -EREMOTEIO) {
		copy_words(ctx, dev, "hotplug-error", words, sizeof(words));
		ctl_error_set(err, "hotplug-failed", "%s could not set up %s", domain, what);
		ctl_error_cause(err, "it says: %s", words[0] ? words : "nothing");
		ctl_error_hint(err, "paths and bridges are those of the driver domain");
	} else if (ret == -ETIMEDOUT) {
		ctl_error_set(err, "hotplug-timeout", "cannot connect %s", what);
		ctl_error_cause(err, "the driver %s did not set it up within %u ms", domain, limit);
		ask_for_devd(ctx, dev, err);
	} else {
		ctl_error_set(err, "xenstore", "cannot wait for %s", what);
		ctl_error_errno(err, ret);
	}
	return ret;
}

static int is_gone(struct devices_ctx *ctx, const struct device *dev)
{
	return device_backend_state(ctx, dev) == BUS_UNKNOWN;
}

int elsewhere_wait_gone(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	int ret = await(ctx, dev, devices_timeout(ctx), is_gone);
	char what[256], domain[192];

	if (ret == 0) {
		return 0;
	}
	device_describe(ctx, dev, what, sizeof(what));
	domain_describe(ctx, dev->backend_domid, domain, sizeof(domain));
	ctl_error_set(err, "backend-stuck", "cannot detach %s properly", what);
	ctl_error_cause(err, "the driver %s did not take its side away within %u ms (it is %s)",
			domain, devices_timeout(ctx),
			devices_state_name(device_backend_state(ctx, dev)));
	ask_for_devd(ctx, dev, err);
	return ret;
}
