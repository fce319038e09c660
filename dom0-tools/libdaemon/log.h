/* SPDX-License-Identifier: MIT */
/* Log lines of a daemon: to stderr while it has one, else to syslog, and to a file if asked. */
#ifndef DOM0_TOOLS_LIBDAEMON_LOG_H
#define DOM0_TOOLS_LIBDAEMON_LOG_H

#include <stdbool.h>

/* `name` (kept, not copied) begins every line. Before this, lines go to stderr without it. */
void log_open(const char *name, bool to_stderr);

/* Copies every line, and traces, to the end of a file as well, in place of the one before. Its
 * descriptor, which stays the log's, or -errno; then the one before goes on. */
int log_to_file(const char *path);

/* Lets log_trace() through. */
void log_set_tracing(bool on);
bool log_is_tracing(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
