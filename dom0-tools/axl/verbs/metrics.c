/* SPDX-License-Identifier: MIT */
/* axl metrics: for Prometheus, through the node exporter's textfile collector. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../json.h"
#include "../metrics.h"
#include "../options.h"
#include "../verbs.h"

static int cannot_write(struct axl *axl, const char *path, int error)
{
	ctl_error_set(&axl->err, "cannot-write", "cannot write %s", path);
	ctl_error_errno(&axl->err, error);
	ctl_error_hint(&axl->err, "its folder must exist, e.g. /var/lib/prometheus/node-exporter");
	return -error;
}

/* Readers see the old file or the whole new one. */
static int write_file(struct axl *axl, const char *path, const struct stats *stats)
{
	char *beside;
	FILE *out = NULL;
	int fd, error = 0;

	if (asprintf(&beside, "%s.XXXXXX", path) < 0) {
		return cannot_write(axl, path, ENOMEM);
	}
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		error = errno;
		free(beside);
		return cannot_write(axl, path, error);
	}
	fchmod(fd, 0644);
	out = fdopen(fd, "w");
	if (!out) {
		error = errno;
		close(fd);
	} else {
		metrics_print(out, stats);
		error = ferror(out) ? EIO : 0;
		error = fclose(out) ? errno : error;
	}
	if (!error && rename(beside, path) < 0) {
		error = errno;
	}
	if (error) {
		unlink(beside);
	}
	free(beside);
	return error ? cannot_write(axl, path, error) : 0;
}

static int as_json(struct axl *axl, const struct stats *stats)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		ctl_error_set(&axl->err, "no-memory", "out of memory");
		return -ENOMEM;
	}
	metrics_print(out, stats);
	fclose(out);
	json_string(axl->json, "openmetrics", text);
	free(text);
	return 0;
}

int verb_metrics(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'},
		{NULL, 0, NULL, 0},
	};
	const char *path = NULL;
	struct stats stats;
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "o:", longs, NULL)) != -1) {
		if (c != 'o') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		path = optarg;
	}
	if (optind < argc) {
		return axl_usage(axl, "unknown argument %s", argv[optind]);
	}
	ret = axl_need_ctl(axl);
	if (ret) {
		return ret;
	}
	axl_need_store(axl); /* only for names */
	ret = stats_take(axl, &stats);
	if (ret) {
		return ret;
	}
	if (path) {
		ret = write_file(axl, path, &stats);
	} else if (axl->json) {
		ret = as_json(axl, &stats);
	} else {
		metrics_print(stdout, &stats);
	}
	stats_free(&stats);
	return ret;
}
