/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program of dom0 (LD_PRELOAD): what it prints on standard error goes to
 * $STAMP_FILE, each piece behind the TSC at which it was printed.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

static ssize_t stamp_write(void *cookie, const char *text, size_t len)
{
	int fd = (int)(intptr_t)cookie;
	char line[1024];
	int n = snprintf(line, sizeof(line), "%llu %.*s", (unsigned long long)__rdtsc(),
			 (int)(len < 900 ? len : 900), text);

	return n > 0 && write(fd, line, (size_t)n) == n ? (ssize_t)len : -1;
}

/* The first and the last line are ours: when the program began and when it ended. */
static int stamp_fd = -1;
static pid_t stamped;

__attribute__((constructor)) static void stamp_begin(void)
{
	const cookie_io_functions_t io = {.write = stamp_write};
	const char *path = getenv("STAMP_FILE");
	FILE *stream;

	if (path == NULL) {
		return;
	}
	stamp_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	stream = stamp_fd < 0 ? NULL : fopencookie((void *)(intptr_t)stamp_fd, "w", io);
	if (stream == NULL) {
		return;
	}
	setvbuf(stream, NULL, _IOLBF, 1024);
	stderr = stream;
	stamped = getpid();
	unsetenv("LD_PRELOAD"); /* not into what it starts */
	fputs("stamp: begin\n", stream);
}

__attribute__((destructor)) static void stamp_end(void)
{
	if (stamp_fd >= 0 && getpid() == stamped) {
		fputs("stamp: end\n", stderr);
	}
}
