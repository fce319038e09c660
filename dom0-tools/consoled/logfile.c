/* SPDX-License-Identifier: MIT */
/* Writing a console's log. */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../libdaemon/log.h"

struct logfile {
	const struct logfile_options *options;
	int fd;
	bool failed;  /* and said so */
	bool in_line; /* the last line has begun: no timestamp before the next byte */
	size_t size;
	char path[];
};

static void logfile_complain(struct logfile *logfile, const char *what)
{
	if (!logfile->failed) {
		log_error("cannot %s %s: %s; the console goes on without its log", what,
			  logfile->path, strerror(errno));
		logfile->failed = true;
	}
}

/* Where names are to be looked for, and the file's there. */
static int at(const struct logfile *logfile, const char **name)
{
	const int folder = logfile->options->folder_fd;

	*name = folder > 0 ? strrchr(logfile->path, '/') + 1 : logfile->path;
	return folder > 0 ? folder : AT_FDCWD;
}

static void open_file(struct logfile *logfile)
{
	struct stat about;
	const char *name;
	int folder = at(logfile, &name);

	logfile->fd = openat(folder, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	logfile->size = 0;
	if (logfile->fd < 0) {
		logfile_complain(logfile, "open");
	} else if (!fstat(logfile->fd, &about)) {
		logfile->failed = false;
		logfile->size = (size_t)about.st_size;
	}
}

struct logfile *logfile_open(const struct logfile_options *options, const char *name)
{
	size_t room = strlen(options->folder) + strlen(name) + sizeof("/.log");
	struct logfile *logfile = calloc(1, sizeof(*logfile) + room);

	if (!logfile) {
		log_error("out of memory: no log for %s", name);
		return NULL;
	}
	logfile->options = options;
	snprintf(logfile->path, room, "%s/%s.log", options->folder, name);
	for (char *c = logfile->path + strlen(options->folder) + 1; *c; c++) {
		*c = *c == '/' ? '_' : *c;
	}
	open_file(logfile);
	return logfile;
}

void logfile_close(struct logfile *logfile)
{
	if (!logfile) {
		return;
	}
	if (logfile->fd >= 0) {
		close(logfile->fd);
	}
	free(logfile);
}

void logfile_reopen(struct logfile *logfile)
{
	if (logfile->fd >= 0) {
		close(logfile->fd);
	}
	open_file(logfile);
}

/* Keeps one older file, so that a chatty guest cannot fill the disk. */
static void rotate(struct logfile *logfile)
{
	const char *name;
	int folder = at(logfile, &name);
	size_t room = strlen(name) + sizeof(".1");
	char *older = malloc(room);

	if (older) {
		snprintf(older, room, "%s.1", name);
		if (renameat(folder, name, folder, older) < 0) {
			logfile_complain(logfile, "rename");
		}
		free(older);
	}
	logfile_reopen(logfile);
}

static void put(struct logfile *logfile, const char *bytes, size_t len)
{
	ssize_t done;

	while (len && logfile->fd >= 0) {
		done = write(logfile->fd, bytes, len);
		if (done < 0 && errno == EINTR) {
			continue;
		}
		if (done <= 0) {
			logfile_complain(logfile, "write");
			return;
		}
		logfile->failed = false;
		logfile->size += (size_t)done;
		bytes += done;
		len -= (size_t)done;
	}
}

static void put_timestamp(struct logfile *logfile)
{
	struct timespec now;
	struct tm parts;
	char stamp[32];
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &parts);
	len = strftime(stamp, sizeof(stamp), "[%Y-%m-%d %H:%M:%S] ", &parts);
	put(logfile, stamp, len);
}

/* One line, or the part of it that has come. */
static void put_line(struct logfile *logfile, char *bytes, size_t len)
{
	if (logfile->options->timestamps && !logfile->in_line) {
		put_timestamp(logfile);
	}
	for (size_t i = 0; logfile->options->replace_escape && i < len; i++) {
		bytes[i] = bytes[i] == '\033' ? '.' : bytes[i];
	}
	put(logfile, bytes, len);
	logfile->in_line = bytes[len - 1] != '\n';
}

void logfile_write(struct logfile *logfile, const char *bytes, size_t len)
{
	char part[512];
	size_t n, i;

	if (logfile->options->max_size && logfile->size >= logfile->options->max_size) {
		rotate(logfile);
	}
	if (!logfile->options->timestamps && !logfile->options->replace_escape) {
		put(logfile, bytes, len);
		return;
	}
	while (len) {
		n = len < sizeof(part) ? len : sizeof(part);
		for (i = 0; i < n && bytes[i] != '\n'; i++) {
		}
		n = i < n ? i + 1 : n;
		memcpy(part, bytes, n);
		put_line(logfile, part, n);
		bytes += n;
		len -= n;
	}
}
