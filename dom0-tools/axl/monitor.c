/* SPDX-License-Identifier: MIT */
/* One process per domain: waits for its end, then destroys, restarts or preserves it. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../libctl/domctl.h"
#include "connecting.h"
#include "core.h"
#include "crash.h"
#include "domains.h"
#include "journal.h"
#include "json.h"
#include "kept.h"
#include "records.h"
#include "start.h"
#include "userdata.h"
#include "xen/sched.h"

/* A guest that ends this soon after it began is started again only after as long a pause. */
#define QUICK_END_SECONDS 5

/* So long the monitor waits for a xenstored that was stopped. */
#define RECONNECT_SECONDS 600
#define RECONNECT_PAUSE_NS 200000000L

struct monitor {
	struct axl *axl;
	struct domain_config *cfg;
	xen_domid_t domid;
	time_t started;                /* monotonic */
	int ready;                     /* pipe to who waits for us, or -1 */
	struct domain_config *updated; /* ours, if cfg was replaced */
	struct connecting connecting;
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	char stamp[32];
	va_list args;
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%F %T", gmtime_r(&now, &tm));
	fprintf(stderr, "%s ", stamp);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static time_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Whether the records still are those of our domain, not of a later one with the same id. */
static bool records_are_ours(struct monitor *m)
{
	char uuid[37], ours[48];
	char *vm = store_readf(m->axl->store, STORE_NO_TX, "/local/domain/%u/vm", m->domid);
	bool same;

	config_uuid_format(m->cfg->uuid, uuid);
	snprintf(ours, sizeof(ours), "/vm/%s", uuid);
	same = vm && !strcmp(vm, ours);
	free(vm);
	return same;
}

/* How long it took is for who asks later why nothing happened meanwhile. */
static void note_reconnected(struct monitor *m, time_t since)
{
	struct yajl_gen_t *event = journal_begin("reconnected", m->cfg->name, m->domid);

	json_number(event, "seconds", (uint64_t)(monotonic() - since));
	journal_end(event);
	say("xenstored is back after %ld s", (long)(monotonic() - since));
}

/* xenstored has cut the connection: a new one, with the watch, from the daemon that comes after it.
 * 0, or -errno when none has come in time. */
static int reconnect(struct monitor *m)
{
	const struct timespec pause = {.tv_nsec = RECONNECT_PAUSE_NS};
	time_t since = monotonic();
	int ret;

	say("xenstored has gone; waiting for the next");
	do {
		store_close(m->axl->store);
		m->axl->store = store_open_socket();
		ret = m->axl->store ? store_watch(m->axl->store, "@releaseDomain", "end") : -errno;
		if (!ret) {
			note_reconnected(m, since);
			return 0;
		}
		nanosleep(&pause, NULL);
	} while (monotonic() - since < RECONNECT_SECONDS);
	return ret;
}

/* Waits for the end. 0: it shut down, *code says how. -ESRCH: it is gone or going. */
static int wait_for_end(struct monitor *m, unsigned int *code)
{
	struct xen_domctl_getdomaininfo info;
	struct store_event event;
	int ret;

	for (;;) {
		ret = ctl_domain_info(m->axl->ctl, m->domid, &info);
		if (ret || info.flags & XEN_DOMINF_dying) {
			return ret && ret != -ESRCH ? ret : -ESRCH;
		}
		*code = domain_shutdown_code(&info);
		/* A suspended domain belongs to whoever asked for it. */
		if (info.flags & XEN_DOMINF_shutdown && *code != SHUTDOWN_suspend) {
			return 0;
		}
		connecting_look(&m->connecting, m->axl, &info, m->cfg->name);
		ret = store_wait_event(m->axl->store, connecting_timeout(&m->connecting), &event);
		if (ret > 0) {
			connecting_event(&m->connecting, &event);
			store_event_free(&event);
		} else if (ret < 0) {
			/* what happened meanwhile is seen in the next round */
			ret = reconnect(m);
			if (ret) {
				return ret == -ESRCH ? -EIO : ret;
			}
			connecting_start(&m->connecting, m->axl, m->domid);
		}
	}
}

static enum config_action action_for(const struct domain_config *cfg, unsigned int code)
{
	switch (code) {
	case SHUTDOWN_poweroff:
		return cfg->on_poweroff;
	case SHUTDOWN_reboot:
		return cfg->on_reboot;
	case SHUTDOWN_watchdog:
		return cfg->on_watchdog;
	default:
		return cfg->on_crash;
	}
}

/* Gives the old domain another name, so that the new one can have it. */
static int rename_old(struct monitor *m)
{
	char name[DOMAIN_NAME_MAX];
	int ret = -EEXIST;

	for (int i = 1; ret == -EEXIST && i < 1000; i++) {
		snprintf(name, sizeof(name), "%.200s-%d", m->cfg->name, i);
		ret = records_rename(m->axl, m->domid, name);
	}
	if (!ret) {
		struct yajl_gen_t *event = journal_begin("kept", m->cfg->name, m->domid);

		json_string(event, "as", name);
		journal_end(event);
		say("domain %u is kept as %s", m->domid, name);
		/* Its successor needs a UUID of its own, and MACs made from it. */
		m->cfg->uuid_set = false;
	}
	return ret;
}

static int restart(struct monitor *m)
{
	time_t lived = monotonic() - m->started;
	sigset_t signals;
	int ret;

	if (lived < QUICK_END_SECONDS) {
		say("it lived %ld s only: waiting %d s before starting it again", (long)lived,
		    QUICK_END_SECONDS);
		sleep(QUICK_END_SECONDS);
	}
	signals_hold(&signals);
	ret = domain_start(m->axl, m->cfg, &m->domid);
	if (!ret) {
		m->started = monotonic();
		ret = ctl_domain_unpause(m->axl->ctl, m->domid);
		journal_created(m->cfg, m->domid, "restart");
		say("started again as domain %u", m->domid);
		signals_release(&signals);
	}
	return ret;
}

/* Keeps its memory for crash(8), in a file named after it and the time. */
static void dump(struct monitor *m)
{
	char path[300], stamp[32];
	time_t now = time(NULL);
	uint64_t pages;
	struct tm tm;
	size_t folder;

	strftime(stamp, sizeof(stamp), "%Y-%m%d-%H%M.%S", localtime_r(&now, &tm));
	mkdir(CORE_DIR, 0700);
	folder = (size_t)snprintf(path, sizeof(path), CORE_DIR "/");
	snprintf(path + folder, sizeof(path) - folder, "%s-%.200s.core", stamp, m->cfg->name);
	for (char *c = path + folder; *c; c++) {
		*c = *c == '/' ? '_' : *c;
	}
	if (core_dump(m->axl, m->domid, path, &pages)) {
		say("no memory dump: %s: %s", m->axl->err.what, m->axl->err.cause);
	} else {
		struct yajl_gen_t *event = journal_begin("dumped", m->cfg->name, m->domid);

		json_string(event, "file", path);
		journal_end(event);
		say("its memory is in %s", path);
	}
}

/* What axl config-update has put in place of the configuration it was started with; without it
 * the devices that were attached and detached since. */
static void take_update(struct monitor *m)
{
	struct domain_config *cfg;
	char *word = store_readf(m->axl->store, STORE_NO_TX, USERDATA_UPDATED, m->domid);

	if (!word) {
		kept_take_devices(m->axl, m->domid, m->cfg);
	} else if (!userdata_read_next(m->axl, m->domid, &cfg)) {
		config_free(m->updated);
		m->updated = cfg;
		m->cfg = cfg;
		say("with the configuration of axl config-update");
	}
	free(word);
}

/* It may have been renamed: its end is noted, and its successor starts, under the present name. */
static void take_name(struct monitor *m)
{
	char name[DOMAIN_NAME_MAX];
	char *copy;

	domain_name(m->axl, m->domid, name);
	copy = strcmp(name, "(null)") != 0 && strcmp(name, m->cfg->name) != 0 ? strdup(name) : NULL;
	if (copy) {
		say("domain %u is called %s now", m->domid, name);
		free(m->cfg->name);
		m->cfg->name = copy;
	}
}

/* 1: watch on; 0: done. */
static int act(struct monitor *m, enum config_action action)
{
	int ret;

	switch (action) {
	case CONFIG_ACTION_PRESERVE:
		journal_end(journal_begin("kept", m->cfg->name, m->domid));
		say("kept for inspection; axl destroy %u ends it", m->domid);
		return 0;
	case CONFIG_ACTION_RENAME_RESTART:
		ret = rename_old(m);
		break;
	case CONFIG_ACTION_COREDUMP_DESTROY:
	case CONFIG_ACTION_COREDUMP_RESTART:
		dump(m);
		/* fall through */
	default:
		ret = domain_remove(m->axl, m->domid);
	}
	if (ret) {
		return ret;
	}
	if (action == CONFIG_ACTION_DESTROY || action == CONFIG_ACTION_COREDUMP_DESTROY) {
		return 0;
	}
	ret = restart(m);
	return ret ? ret : 1;
}

/* The end, and of a crash what will be gone in a moment. */
static void note_end(struct monitor *m, unsigned int code, enum config_action action)
{
	bool crashed = code == SHUTDOWN_crash || code == SHUTDOWN_watchdog;
	struct yajl_gen_t *event =
		journal_begin(crashed ? "crashed" : "shutdown", m->cfg->name, m->domid);

	json_string(event, "reason", domain_shutdown_name(code));
	json_string(event, "action", config_action_name(action));
	if (crashed) {
		crash_json(m->axl, m->domid, event);
	}
	journal_end(event);
}

/* Nobody is there to be told but who asks later. */
static void note_failure(struct monitor *m)
{
	struct yajl_gen_t *event = journal_begin("failed", m->cfg->name, m->domid);

	json_string(event, "verb", "monitor");
	if (m->axl->step) {
		json_string(event, "step", m->axl->step);
	}
	journal_put_error(event, &m->axl->err);
	journal_end(event);
}

static void tell_ready(struct monitor *m)
{
	if (m->ready >= 0) {
		if (write(m->ready, "", 1) != 1) {
			say("whoever started this is gone");
		}
		close(m->ready);
		m->ready = -1;
	}
}

static int watch_over(struct monitor *m)
{
	enum config_action action;
	unsigned int code;
	int ret = store_watch(m->axl->store, "@releaseDomain", "end");

	if (ret) {
		ctl_error_set(&m->axl->err, "xenstore-failed", "cannot watch for the domain's end");
		ctl_error_errno(&m->axl->err, ret);
		return ret;
	}
	tell_ready(m);
	do {
		connecting_start(&m->connecting, m->axl, m->domid);
		ret = wait_for_end(m, &code);
		if (ret == -ESRCH) {
			journal_end(journal_begin("destroyed", m->cfg->name, m->domid));
			say("domain %u was destroyed", m->domid);
			return records_are_ours(m) ? domain_remove(m->axl, m->domid) : 0;
		}
		if (ret) {
			ctl_error_set(&m->axl->err, "xenstore-failed", "lost sight of domain %u",
				      m->domid);
			ctl_error_errno(&m->axl->err, ret);
			return ret;
		}
		take_update(m);
		take_name(m);
		action = action_for(m->cfg, code);
		say("domain %u (%s): %s, action %s", m->domid, m->cfg->name,
		    domain_shutdown_name(code), config_action_name(action));
		note_end(m, code, action);
		ret = act(m, action);
	} while (ret > 0);
	return ret;
}

int monitor_run(struct axl *axl, struct domain_config *cfg, xen_domid_t domid)
{
	struct monitor m = {
		.axl = axl,
		.cfg = cfg,
		.domid = domid,
		.started = monotonic(),
		.ready = -1,
	};

	int ret = watch_over(&m);

	config_free(m.updated);
	return ret;
}

/* Standard streams of the process that stays: nothing in, the log out. */
static void redirect(const char *name)
{
	char path[512];
	int in = open("/dev/null", O_RDWR | O_CLOEXEC);
	int out;

	mkdir(AXL_LOG_DIR, 0755);
	snprintf(path, sizeof(path), AXL_LOG_DIR "/%.200s.log", name);
	for (char *c = path + strlen(AXL_LOG_DIR) + 1; *c; c++) {
		*c = *c == '/' ? '_' : *c;
	}
	out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	out = out >= 0 ? out : in;
	if (in >= 0) {
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
	}
}

static void monitor_process(struct axl *axl, struct domain_config *cfg, xen_domid_t domid,
			    int ready)
{
	struct monitor m = {
		.axl = axl,
		.cfg = cfg,
		.domid = domid,
		.started = monotonic(),
		.ready = ready,
	};
	sigset_t none;
	int ret;

	sigemptyset(&none);
	signals_release(&none);
	setsid();
	if (chdir("/") < 0) {
		_exit(EXIT_FAILURE);
	}
	/* Results are the parent's to print; its connections stay with it. */
	axl->json = NULL;
	axl->step = NULL;
	axl_disconnect(axl);
	redirect(cfg->name);
	say("watching over domain %u (%s)", domid, cfg->name);
	ret = axl_need(axl);
	if (!ret) {
		ret = watch_over(&m);
	}
	if (ret) {
		axl_print_error(axl);
		note_failure(&m);
	}
	_exit(ret ? EXIT_FAILURE : EXIT_SUCCESS);
}

int monitor_spawn(struct axl *axl, struct domain_config *cfg, xen_domid_t domid)
{
	int ready[2];
	char byte;
	pid_t pid;
	ssize_t got;

	if (pipe2(ready, O_CLOEXEC) < 0) {
		ctl_error_set(&axl->err, "no-monitor", "cannot watch over the domain");
		ctl_error_errno(&axl->err, errno);
		return -errno;
	}
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(ready[0]);
		monitor_process(axl, cfg, domid, ready[1]);
	}
	close(ready[1]);
	do {
		got = pid > 0 ? read(ready[0], &byte, 1) : -1;
	} while (got < 0 && pid > 0 && errno == EINTR);
	close(ready[0]);
	if (got == 1) {
		return 0;
	}
	if (pid > 0) {
		waitpid(pid, NULL, 0);
	}
	ctl_error_set(&axl->err, "no-monitor", "cannot watch over the domain");
	ctl_error_cause(&axl->err, "see %s/%s.log", AXL_LOG_DIR, cfg->name);
	return -ECHILD;
}
