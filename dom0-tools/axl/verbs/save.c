/* SPDX-License-Identifier: MIT */
/* axl save, restore. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../libctl/domctl.h"
#include "../../stream/stream.h"
#include "../axl.h"
#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../run.h"
#include "../start.h"
#include "../userdata.h"
#include "../verbs.h"
#include "xen/sched.h"

#define SUSPEND_TIMEOUT_MS 60000

/* ------------------------------------------------------------------------- progress -- */

static void show(void *arg, uint64_t done, uint64_t all)
{
	const char *what = arg;

	fprintf(stderr, "\r%s: %3llu %% of %llu MiB%s", what,
		(unsigned long long)(all ? done * 100 / all : 100), (unsigned long long)(all / 256),
		done >= all ? "\n" : "");
}

/* For somebody who looks on only. */
static struct stream_progress progress_for(const struct axl *axl, bool quiet, const char *what)
{
	bool seen = isatty(STDERR_FILENO) && !quiet && !axl->json;

	return (struct stream_progress){seen ? show : NULL, (void *)(uintptr_t)what};
}

static int no_memory(struct axl *axl)
{
	ctl_error_set(&axl->err, "no-memory", "no memory for the saved domain's buffers");
	return -ENOMEM;
}

/* ----------------------------------------------------------------------------- save -- */

struct save_options {
	bool go_on; /* -c */
	bool pause; /* -p */
	bool compress;
	const char *domain;
	const char *file;
	const char *config; /* NULL: the kept one */
};

static int save_parse(struct axl *axl, int argc, char **argv, struct save_options *options)
{
	static const struct option longs[] = {
		{"checkpoint", no_argument, NULL, 'c'},
		{"paused", no_argument, NULL, 'p'},
		{"compress", no_argument, NULL, 'z'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*options = (struct save_options){0};
	options_reset();
	while ((c = getopt_long(argc, argv, "cpD", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->go_on = true;
			break;
		case 'p':
			options->pause = true;
			break;
		case 'z':
			options->compress = true;
			break;
		case 'D': /* xl writes the domain id too; ids are given by the hypervisor */
			break;
		default:
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	if (argc - optind < 2 || argc - optind > 3) {
		return axl_usage(axl, "a domain and a file are needed");
	}
	if (options->go_on && options->pause) {
		return axl_usage(axl, "-c and -p exclude each other");
	}
	options->domain = argv[optind];
	options->file = argv[optind + 1];
	options->config = argv[optind + 2];
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the guest has suspended itself. */
static int wait_suspended(struct axl *axl, xen_domid_t domid)
{
	int64_t end = now_ms() + SUSPEND_TIMEOUT_MS, left;
	struct xen_domctl_getdomaininfo info;
	struct store_event event;
	int ret;

	for (;;) {
		ret = ctl_domain_info(axl->ctl, domid, &info);
		if (ret) {
			ctl_error_set(&axl->err, "domain-ended", "domain %u ended instead", domid);
			return ret;
		}
		if (info.flags & XEN_DOMINF_shutdown) {
			if (domain_shutdown_code(&info) == SHUTDOWN_suspend) {
				return 0;
			}
			ctl_error_set(&axl->err, "domain-ended", "domain %u ended instead: %s",
				      domid, domain_shutdown_name(domain_shutdown_code(&info)));
			return -ESHUTDOWN;
		}
		left = end - now_ms();
		ret = left > 0 ? store_wait_event(axl->store, (int)left, &event) : 0;
		if (ret > 0) {
			store_event_free(&event);
		} else if (ret < 0 || left <= 0) {
			ctl_error_set(&axl->err, "does-not-suspend",
				      "domain %u did not suspend itself", domid);
			ctl_error_cause(&axl->err, "no answer within %d s",
					SUSPEND_TIMEOUT_MS / 1000);
			ctl_error_hint(&axl->err,
				       "its kernel must run and know control/shutdown; "
				       "axl console %u shows what it does",
				       domid);
			return ret < 0 ? ret : -ETIMEDOUT;
		}
	}
}

static int ask_control(struct axl *axl, xen_domid_t domid, const char *word)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
	return store_write(axl->store, STORE_NO_TX, path, word, strlen(word));
}

static int suspend(struct axl *axl, xen_domid_t domid)
{
	int ret = store_watch(axl->store, "@releaseDomain", "suspended");

	if (!ret) {
		ret = ask_control(axl, domid, "suspend");
	}
	if (ret) {
		ctl_error_set(&axl->err, "xenstore-failed", "cannot ask domain %u to suspend",
			      domid);
		ctl_error_errno(&axl->err, ret);
		return ret;
	}
	ret = wait_suspended(axl, domid);
	if (ret == -ETIMEDOUT) {
		ask_control(axl, domid, "");
	}
	store_unwatch(axl->store, "@releaseDomain", "suspended");
	return ret;
}

/* The guest goes on as if its suspend call had been cancelled: it returns 1. */
static int resume(struct axl *axl, xen_domid_t domid)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_resumedomain, .domain = domid};
	struct vcpu_guest_context *context = calloc(1, sizeof(*context));
	int ret = context ? ctl_vcpu_get_context(axl->ctl, domid, 0, context) : -ENOMEM;

	if (!ret) {
		context->user_regs.rax = 1;
		ret = ctl_vcpu_set_context(axl->ctl, domid, 0, context);
	}
	free(context);
	if (!ret) {
		ret = ctl_domctl(axl->ctl, &op);
	}
	if (!ret) {
		ret = store_resume(axl->store, domid);
	}
	if (ret) {
		ctl_error_set(&axl->err, "resume-failed", "cannot resume domain %u", domid);
		ctl_error_errno(&axl->err, ret);
	}
	return ret;
}

static int cannot_write(struct axl *axl, const char *path, int error)
{
	ctl_error_set(&axl->err, "cannot-write-file", "cannot write %s", path);
	ctl_error_errno(&axl->err, error);
	if (error == ENOENT) {
		ctl_error_hint(&axl->err, "its folder is not there: make it by mkdir -p, or name "
					  "another");
	} else if (error == EISDIR) {
		ctl_error_hint(&axl->err, "name a file in it: %s/NAME.sav", path);
	}
	return -error;
}

/* A slip of the fingers must not put a saved domain in the place of a disk. */
static int check_replaced(struct axl *axl, const char *path)
{
	static const char *const saved[] = {"Xen saved domain", "Argon saved domain"};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char start[32] = "";
	ssize_t got = fd < 0 ? 0 : read(fd, start, sizeof(start) - 1);

	if (fd >= 0) {
		close(fd);
	}
	for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
		got = strncmp(start, saved[i], strlen(saved[i])) ? got : 0;
	}
	if (got <= 0 || axl->force) {
		return 0;
	}
	ctl_error_set(&axl->err, "cannot-write-file", "will not replace %s", path);
	ctl_error_cause(&axl->err, "there is a file of that name, and it is no saved domain");
	ctl_error_hint(&axl->err, "name another file, or remove that one; axl -f save replaces it "
				  "all the same");
	return -EEXIST;
}

/* The file gets its name when it is whole; what is no regular file is written as it is. */
static int open_target(struct axl *axl, const char *path, char **fresh)
{
	struct stat st;
	int fd, ret;

	*fresh = NULL;
	ret = !stat(path, &st) && S_ISREG(st.st_mode) ? check_replaced(axl, path) : 0;
	if (ret) {
		return ret;
	}
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
	} else if (asprintf(fresh, "%s.partial", path) < 0) {
		*fresh = NULL;
		fd = -1;
		errno = ENOMEM;
	} else {
		fd = open(*fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	}
	if (fd < 0) {
		ret = cannot_write(axl, path, errno);
		free(*fresh);
		*fresh = NULL;
		return ret;
	}
	return fd;
}

static int close_target(struct axl *axl, const char *path, char *fresh, int fd, int ret)
{
	if (!ret && fresh && (fsync(fd) || rename(fresh, path))) {
		ret = -errno;
		ctl_error_set(&axl->err, "cannot-write-file", "cannot write %s", path);
		ctl_error_errno(&axl->err, ret);
	}
	if (ret && fresh) {
		unlink(fresh);
	}
	close(fd);
	free(fresh);
	return ret;
}

static int write_file(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg,
		      struct stream_file *file)
{
	struct stream_progress progress = progress_for(axl, false, "saved");
	char *json = userdata_json(cfg);
	int ret = json ? stream_write_head(file, json, &axl->err) : -ENOMEM;

	free(json);
	if (!ret) {
		ret = stream_save(axl->ctl, domid, file, &progress, &axl->err);
	}
	if (!ret) {
		ret = stream_write_tail(file, &axl->err);
	}
	if (!ret && axl->json) {
		json_number(axl->json, "bytes", stream_file_bytes(file));
	}
	return ret;
}

static int after_save(struct axl *axl, const struct save_options *options, xen_domid_t domid)
{
	if (!options->go_on && !options->pause) {
		return domain_remove(axl, domid);
	}
	if (options->pause) {
		ctl_domain_pause(axl->ctl, domid);
	}
	return resume(axl, domid);
}

static int save(struct axl *axl, const struct save_options *options, xen_domid_t domid,
		const struct domain_config *cfg)
{
	struct stream_file *file;
	struct ctl_error first;
	char *fresh;
	int fd = open_target(axl, options->file, &fresh);
	int ret = fd < 0 ? fd : suspend(axl, domid);

	if (fd < 0) {
		return fd;
	}
	if (ret) {
		return close_target(axl, options->file, fresh, fd, ret);
	}
	file = stream_file_create(fd, options->compress);
	ret = file ? write_file(axl, domid, cfg, file) : no_memory(axl);
	stream_file_free(file);
	ret = close_target(axl, options->file, fresh, fd, ret);
	if (!ret) {
		return after_save(axl, options, domid);
	}
	first = axl->err;
	if (!resume(axl, domid)) {
		ctl_error_hint(&first, "the domain runs on; nothing was left at %s", options->file);
	}
	axl->err = first;
	return ret;
}

/* nomigrate= */
static int check_allowed(struct axl *axl, const struct domain *domain,
			 const struct domain_config *cfg)
{
	if (!cfg->nomigrate || axl->force) {
		return 0;
	}
	ctl_error_set(&axl->err, "not-to-be-saved", "%s is not to be saved", domain->name);
	ctl_error_cause(&axl->err, "its configuration says nomigrate = 1");
	ctl_error_hint(&axl->err, "axl -f save saves it all the same");
	return -EPERM;
}

int verb_save(struct axl *axl, int argc, char **argv)
{
	struct domain_config *cfg = NULL;
	struct save_options options;
	struct domain domain;
	int ret = save_parse(axl, argc, argv, &options);

	if (!ret) {
		ret = axl_need(axl);
	}
	if (!ret) {
		ret = domain_find(axl, options.domain, &domain);
	}
	if (!ret && !domain.info.domain) {
		ctl_error_set(&axl->err, "not-possible", "the control domain cannot be saved");
		ret = -EINVAL;
	}
	if (!ret) {
		ret = options.config ? config_parse_file(options.config, NULL, 0, &cfg, &axl->diags)
				     : userdata_read(axl, domain.info.domain, &cfg);
	}
	if (!ret) {
		ret = check_allowed(axl, &domain, cfg);
	}
	if (!ret) {
		ret = save(axl, &options, domain.info.domain, cfg);
	}
	if (!ret && axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_string(axl->json, "name", domain.name);
		json_string(axl->json, "file", options.file);
	}
	config_free(cfg);
	return ret;
}

/* -------------------------------------------------------------------------- restore -- */

struct restore_options {
	struct run_options run;
	const char *config; /* NULL: the one in the file */
	const char *file;
};

static int restore_parse(struct axl *axl, int argc, char **argv, struct restore_options *options)
{
	static const struct option longs[] = {
		RUN_LONG_OPTIONS,
		{NULL, 0, NULL, 0},
	};
	int c, ret = 0;

	*options = (struct restore_options){.run.dry_run = axl->dry_run};
	options_reset();
	while (!ret && (c = getopt_long(argc, argv, RUN_LETTERS, longs, NULL)) != -1) {
		ret = run_option(axl, &options->run, c, argv[optind - 1]);
	}
	if (ret) {
		return ret;
	}
	if (argc - optind < 1 || argc - optind > 2) {
		return axl_usage(axl, "the file of a saved domain is needed");
	}
	options->config = argc - optind == 2 ? argv[optind] : NULL;
	options->file = argv[argc - 1];
	return run_options_check(axl, &options->run);
}

static int read_config(struct axl *axl, const struct restore_options *options,
		       struct stream_file *file, struct domain_config **cfg)
{
	char *json;
	int ret = stream_read_head(file, &json, &axl->err);

	if (ret) {
		return ret;
	}
	ret = options->config ? config_parse_file(options->config, NULL, 0, cfg, &axl->diags)
			      : config_parse_libxl(options->file, json, NULL, 0, cfg, &axl->diags);
	free(json);
	if (ret) {
		if (!axl->json) {
			config_diags_print(&axl->diags, stderr);
		}
		ctl_error_set(&axl->err, "bad-config", "cannot use the configuration of %s",
			      options->config ? options->config : options->file);
	}
	return ret;
}

static int restore(struct axl *axl, const struct restore_options *options, struct stream_file *file,
		   struct domain_config *cfg)
{
	struct stream_progress progress = progress_for(axl, options->run.quiet, "restored");
	sigset_t signals;
	xen_domid_t domid;
	int ret = axl_need(axl);

	signals_hold(&signals);
	if (!ret) {
		ret = domain_restore(axl, cfg, file, &progress, &domid);
	}
	return ret ? ret : run_domain(axl, &options->run, cfg, domid, &signals);
}

int verb_restore(struct axl *axl, int argc, char **argv)
{
	struct domain_config *cfg = NULL;
	struct restore_options options;
	struct stream_file *file = NULL;
	int fd = -1;
	int ret = restore_parse(axl, argc, argv, &options);

	if (!ret) {
		fd = open(options.file, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			ret = -errno;
			ctl_error_set(&axl->err, "no-such-file", "cannot open %s", options.file);
			ctl_error_errno(&axl->err, ret);
			ctl_error_hint(&axl->err,
				       "axl restore wants the file that axl save wrote; a "
				       "configuration is for axl create");
		}
	}
	if (!ret) {
		file = stream_file_open(fd);
		ret = file ? read_config(axl, &options, file, &cfg) : no_memory(axl);
	}
	if (!ret && options.run.dry_run) {
		ret = config_print_json(cfg, stdout);
	} else if (!ret) {
		ret = restore(axl, &options, file, cfg);
	}
	stream_file_free(file);
	if (fd >= 0) {
		close(fd);
	}
	config_free(cfg);
	return ret;
}
