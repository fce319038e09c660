/* SPDX-License-Identifier: MIT */
/* axl devd: in a driver domain, sets up the disks and interfaces that other domains have here. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../devices/serve.h"
#include "../../libdaemon/daemon.h"
#include "../../libdaemon/log.h"
#include "../axl.h"
#include "../json.h"
#include "../options.h"
#include "../verbs.h"

#define RUN_DIR "/run/argon"
#define LOCK_FILE RUN_DIR "/devd.lock"
#define KERNEL_STORE "/dev/xen/xenbus"
#define DOM0_STORE "/dev/xen/xenbus_backend" /* the kernel has it in a control domain only */

static int cannot(struct axl *axl, const char *id, const char *what, int ret)
{
	ctl_error_set(&axl->err, id, "cannot serve devices: %s", what);
	ctl_error_errno(&axl->err, ret);
	return ret;
}

/* Two of them would both set up what they see. The lock is held until the process ends. */
static int lock_only_one(struct axl *axl)
{
	int fd, ret;

	mkdir(RUN_DIR, 0755);
	fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		return cannot(axl, "lock", LOCK_FILE, -errno);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		ret = cannot(axl, "devd-runs", "axl devd runs here already", -errno);
		ctl_error_hint(&axl->err, "end that one first: it holds %s", LOCK_FILE);
		close(fd);
		return ret;
	}
	return 0;
}

static struct store *open_store(struct axl *axl)
{
	struct store *store = store_open_path(KERNEL_STORE);

	if (!store) {
		cannot(axl, "no-xenstore", KERNEL_STORE, -errno);
		ctl_error_hint(&axl->err, "run it in a guest of the hypervisor");
	}
	return store;
}

/* Which domain this is; the control domain has no use for it. */
static int find_self(struct axl *axl, struct devices_ctx *ctx)
{
	uint64_t domid = 0;
	int ret;

	if (access(DOM0_STORE, F_OK) != 0) {
		ctx->store = open_store(axl);
		if (!ctx->store) {
			return -EIO;
		}
		ret = store_read_number(ctx->store, STORE_NO_TX, "domid", UINT16_MAX, &domid);
		if (ret < 0) {
			return cannot(axl, "no-domid",
				      "xenstore does not tell this domain's number", ret);
		}
	}
	ctx->self = (uint32_t)domid;
	if (ctx->self) {
		return 0;
	}
	ctl_error_set(&axl->err, "not-a-driver-domain", "axl devd has nothing to do here");
	ctl_error_cause(&axl->err, "in the control domain each command sets its devices up itself");
	ctl_error_hint(&axl->err, "run it in the driver domain, the guest that backend= names");
	return -ENOTSUP;
}

static void tell(const struct device *dev, const char *what, const struct ctl_error *err)
{
	if (err) {
		log_error("%s %u/%u: %s: %s: %s", device_kind_name(dev->kind), dev->domid,
			  dev->devid, what, err->what, err->cause);
	} else {
		log_info("%s %u/%u: %s", device_kind_name(dev->kind), dev->domid, dev->devid, what);
	}
}

/* Until a signal ends it, or the connection breaks. */
static int serve_events(struct serve *serve, struct store *watching, int signals)
{
	struct pollfd fds[] = {
		{.fd = store_fd(watching), .events = POLLIN},
		{.fd = signals, .events = POLLIN},
	};
	struct store_event event;
	int ret;

	for (;;) {
		/* one look at the signals for each event: a flood of these does not hold us */
		if (daemon_next_signal(signals)) {
			return 0;
		}
		ret = store_next_event(watching, &event);
		if (ret < 0) {
			return ret;
		}
		if (ret > 0) {
			serve_event(serve, event.path);
			store_event_free(&event);
		} else if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			return -errno;
		}
	}
}

static int run(struct axl *axl, struct devices_ctx *ctx, const char *pid_file)
{
	struct serve serve = {.ctx = ctx, .tell = tell};
	struct store *watching = open_store(axl);
	char path[64];
	int ret = watching ? 0 : -EIO;
	int signals = daemon_signals();

	if (ret == 0 && signals < 0) {
		ret = cannot(axl, "no-signals", "signals", signals);
	}
	if (ret == 0) {
		device_backends_here(ctx, path, sizeof(path));
		ret = store_watch(watching, path, "devd");
		ret = ret < 0 ? cannot(axl, "xenstore", path, ret) : 0;
	}
	if (ret == 0) {
		devices_sweep(ctx);
		serve_scan(&serve);
		ret = daemon_pid_file(pid_file) ? -EIO : 0;
		ret = ret ? cannot(axl, "pid-file", pid_file, ret) : 0;
	}
	if (ret == 0) {
		ret = daemon_ready();
		ret = ret < 0 ? cannot(axl, "fork", "telling the parent", ret) : 0;
	}
	if (ret == 0) {
		log_info("serving as domain %u: %zu devices", ctx->self, serve.count);
		ret = serve_events(&serve, watching, signals);
		if (ret < 0) {
			cannot(axl, "xenstore", "the connection to xenstore", ret);
			log_error("ends: xenstore: %s", strerror(-ret));
		}
	}
	if (ret == 0 && axl->json) {
		json_number(axl->json, "domid", ctx->self);
		json_number(axl->json, "devices", serve.count);
	}
	serve_end(&serve);
	if (ret == 0) {
		daemon_end(pid_file);
	}
	store_close(watching);
	if (signals >= 0) {
		close(signals);
	}
	return ret;
}

int verb_devd(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"foreground", no_argument, NULL, 'F'},
		{"pidfile", required_argument, NULL, 'p'},
		{NULL, 0, NULL, 0},
	};
	struct devices_ctx ctx = {.store = NULL};
	const char *pid_file = NULL;
	bool foreground = false;
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "Fp:", longs, NULL)) != -1) {
		switch (c) {
		case 'F':
			foreground = true;
			break;
		case 'p':
			pid_file = optarg;
			break;
		default:
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	if (argc != optind) {
		return axl_usage(axl, "no arguments wanted, %d given", argc - optind);
	}
	ret = find_self(axl, &ctx);
	if (ret == 0 && !foreground) {
		/* the connection stays with the parent's end of the kernel's device */
		store_close(ctx.store);
		ctx.store = NULL;
		ret = daemon_fork();
		ret = ret < 0 ? cannot(axl, "fork", "leaving the terminal", ret)
			      : find_self(axl, &ctx);
	}
	if (ret == 0) {
		ret = lock_only_one(axl);
	}
	if (ret == 0) {
		log_open("axl-devd", foreground);
		ret = run(axl, &ctx, pid_file);
	}
	store_close(ctx.store);
	return ret;
}
