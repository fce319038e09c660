/* SPDX-License-Identifier: MIT */
/* Connections and error messages of one run. */
#include "axl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "verbs.h"

int axl_need_ctl(struct axl *axl)
{
	int ret = axl->ctl ? 0 : ctl_open(&axl->ctl);

	if (!ret) {
		return 0;
	}
	ctl_error_set(&axl->err, "no-hypervisor", "cannot talk to the hypervisor");
	ctl_error_cause(&axl->err, "/dev/xen/privcmd: %s", strerror(-ret));
	ctl_error_hint(&axl->err, ret == -EACCES || ret == -EPERM
					  ? "run it as root in the control domain"
					  : "boot this machine with the hypervisor, and modprobe "
					    "xen-privcmd");
	return ret;
}

/*
 * Only where xenstored listens: the kernel's own connection, which store_open() would try next,
 * blocks for ever in a control domain whose xenstored does not run.
 */
static struct store *open_store(void)
{
	const char *places[] = {getenv("XENSTORED_RUNDIR"), "/run/xenstored", "/var/run/xenstored"};
	const char *path = getenv("XENSTORED_PATH");
	struct store *store = NULL;
	char socket_path[256];

	if (path) {
		return store_open_path(path);
	}
	for (size_t i = 0; !store && i < sizeof(places) / sizeof(places[0]); i++) {
		if (places[i]) {
			snprintf(socket_path, sizeof(socket_path), "%s/socket", places[i]);
			store = store_open_path(socket_path);
		}
	}
	return store;
}

int axl_need_store(struct axl *axl)
{
	if (axl->store) {
		return 0;
	}
	axl->store = open_store();
	if (axl->store) {
		return 0;
	}
	ctl_error_set(&axl->err, "no-xenstore", "cannot talk to xenstored");
	ctl_error_errno(&axl->err, errno);
	ctl_error_hint(&axl->err, "start xenstored first: systemctl start xenstored, or "
				  "xenstored --pid-file /run/xenstored.pid");
	return errno ? -errno : -EIO;
}

int axl_need(struct axl *axl)
{
	int ret = axl_need_ctl(axl);

	return ret ? ret : axl_need_store(axl);
}

void axl_disconnect(struct axl *axl)
{
	store_close(axl->store);
	ctl_close(axl->ctl);
	axl->store = NULL;
	axl->ctl = NULL;
}

void axl_subject(struct axl *axl, const char *name, int domid)
{
	snprintf(axl->subject.name, sizeof(axl->subject.name), "%s", name);
	axl->subject.domid = domid;
}

void axl_note(const struct axl *axl, const char *format, ...)
{
	va_list args;

	if (!axl->verbose) {
		return;
	}
	va_start(args, format);
	fprintf(stderr, "axl: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void axl_step(struct axl *axl, const char *step)
{
	struct timespec time;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &time);
	now = (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
	if (axl->step) {
		axl_note(axl, "%s: %.3f ms", axl->step, (double)(now - axl->step_ns) / 1e6);
	}
	axl->step = step;
	axl->step_ns = now;
}

void axl_usage_error(struct axl *axl, const char *format, ...)
{
	va_list args;

	ctl_error_set(&axl->err, "usage", "axl %s: wrong arguments", axl->verb->name);
	va_start(args, format);
	vsnprintf(axl->err.cause, sizeof(axl->err.cause), format, args);
	va_end(args);
	ctl_error_hint(&axl->err, "axl help %s", axl->verb->name);
}

static void error_json(const struct axl *axl)
{
	struct yajl_gen_t *json = json_begin(axl->verb ? axl->verb->name : NULL);
	const struct ctl_error *err = &axl->err;

	json_map(json, "error");
	json_string(json, "id", err->id);
	json_error(json, err);
	json_map_end(json);
	json_diags(json, &axl->diags);
	json_finish(json, stdout);
}

void axl_print_error(struct axl *axl)
{
	const struct ctl_error *err = &axl->err;

	if (axl->json) {
		error_json(axl);
		return;
	}
	/* Kernels and guests have their word in causes: a frontend's, in what a backend says. */
	fputs("axl: ", stderr);
	ctl_put_clean(stderr, err->what);
	if (err->cause[0]) {
		fputs(": ", stderr);
		ctl_put_clean(stderr, err->cause);
	}
	fputc('\n', stderr);
	if (err->hint[0]) {
		fputs("axl: hint: ", stderr);
		ctl_put_clean(stderr, err->hint);
		fputc('\n', stderr);
	}
}
