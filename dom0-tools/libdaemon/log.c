/* SPDX-License-Identifier: MIT */
/* Where a daemon's log lines go. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static const char *log_name;
static bool use_stderr = true;
static bool tracing;
static int file = -1;

void log_open(const char *name, bool to_stderr)
{
	log_name = name;
	use_stderr = to_stderr;
	if (!to_stderr) {
		openlog(name, LOG_PID, LOG_DAEMON);
	}
}

int log_to_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0) {
		return -errno;
	}
	if (file >= 0) {
		close(file);
	}
	file = fd;
	return fd;
}

void log_set_tracing(bool on)
{
	tracing = on;
}

bool log_is_tracing(void)
{
	return tracing;
}

/* Control characters in a line could forge another one, or move a terminal; UTF-8 has more of them,
 * from C2 80 to C2 9F. */
static void make_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c == 0x7f) {
			*c = '?';
		} else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) {
			c[0] = c[1] = '?';
		}
	}
}

static void log_line(int level, const char *format, va_list args)
{
	char text[1024];
	struct timespec now;
	struct tm parts;
	char stamp[32];

	vsnprintf(text, sizeof(text), format, args);
	make_printable(text);
	if (use_stderr) {
		fprintf(stderr, "%s%s%s\n", log_name ? log_name : "", log_name ? ": " : "", text);
	} else {
		syslog(level, "%s", text);
	}
	if (file >= 0) {
		clock_gettime(CLOCK_REALTIME, &now);
		localtime_r(&now.tv_sec, &parts);
		strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &parts);
		dprintf(file, "%s.%03ld %s\n", stamp, now.tv_nsec / 1000000, text);
	}
}

#define LOG_FUNCTION(function, level)          \
	void function(const char *format, ...) \
	{                                      \
		va_list args;                  \
		va_start(args, format);        \
		log_line(level, format, args); \
		va_end(args);                  \
	}

LOG_FUNCTION(log_error, LOG_ERR)
LOG_FUNCTION(log_warn, LOG_WARNING)
LOG_FUNCTION(log_info, LOG_INFO)

void log_trace(const char *format, ...)
{
	va_list args;

	if (!tracing) {
		return;
	}
	va_start(args, format);
	log_line(LOG_DEBUG, format, args);
	va_end(args);
}
