/* SPDX-License-Identifier: MIT */
/* Live updates: the state goes through memory, descriptors and event channels stay open. */
#include "update.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../libdaemon/daemon.h"
#include "../libdaemon/log.h"
#include "connection.h"
#include "state.h"

#define CHECK_SECONDS 30 /* for the new program's check of the state */
#define MAX_ARGUMENTS 64
#define BOOT_ID 36 /* letters; before the state in a file, with a line's end */

static void takeover_clear(struct takeover *takeover)
{
	for (unsigned int i = 0; i < TAKE_COUNT; i++) {
		takeover->of[i] = -1;
	}
}

bool takeover_parse(const char *text, struct takeover *takeover)
{
	unsigned int count = 0;
	char *end;

	takeover_clear(takeover);
	while (count < TAKE_COUNT) {
		takeover->of[count] = (int)strtol(text, &end, 10);
		if (end == text) {
			return false;
		}
		count++;
		if (*end != ',') {
			return !*end && count >= TAKE_OLD_COUNT;
		}
		text = end + 1;
	}
	return false;
}

static int write_all(int fd, const void *data, size_t len)
{
	const char *at = data;
	ssize_t put;

	while (len) {
		put = write(fd, at, len);
		if (put < 0 && errno != EINTR) {
			return -errno;
		}
		at += put > 0 ? put : 0;
		len -= put > 0 ? (size_t)put : 0;
	}
	return 0;
}

/* A whole file in memory, malloc'ed; NULL if it cannot be read. */
static void *read_all(int fd, size_t *len)
{
	struct stat info;
	size_t at = 0;
	ssize_t got = 1;
	char *data;

	if (fstat(fd, &info) < 0) {
		return NULL;
	}
	*len = (size_t)info.st_size;
	data = malloc(*len + 1);
	while (data && at < *len && got > 0) {
		got = pread(fd, data + at, *len - at, (off_t)at);
		at += got > 0 ? (size_t)got : 0;
	}
	if (at < *len) {
		free(data);
		return NULL;
	}
	return data;
}

/* ------------------------------------------------------------- the old daemon */

/* A descriptor that holds the state, or -errno. */
static int state_in_memory(const struct stored *stored)
{
	struct bytes state = {0};
	int ret = state_dump(stored, true, &state);
	int fd = ret ? -1 : memfd_create("xenstored", MFD_CLOEXEC);

	if (!ret) {
		ret = fd < 0 ? -errno : write_all(fd, state.data, state.len);
	}
	bytes_free(&state);
	if (ret && fd >= 0) {
		close(fd);
	}
	return ret ? ret : fd;
}

static void set_inherited(int fd, bool inherited)
{
	if (fd >= 0) {
		fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC);
	}
}

static void set_all_inherited(const struct takeover *takeover, bool inherited)
{
	for (unsigned int i = 0; i < TAKE_COUNT; i++) {
		set_inherited(i == TAKE_DOM_EXC ? -1 : takeover->of[i], inherited);
	}
}

static void inherit(const struct stored *stored, const struct takeover *takeover, bool on)
{
	const struct connection *connection;

	set_all_inherited(takeover, on);
	TAILQ_FOREACH(connection, &stored->connections, link)
	{
		const struct transport_ops *ops = connection->transport->ops;

		if (!ops->is_ring) {
			set_inherited((int)ops->port(connection->transport), on);
		}
	}
}

/* Waits for a child, which is killed if it takes too long. True if it would take over. */
static bool child_agrees(pid_t child)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
	int status = -1;

	if (end.fd < 0 || poll(&end, 1, CHECK_SECONDS * 1000) != 1) {
		kill(child, SIGKILL);
	}
	waitpid(child, &status, 0);
	if (end.fd >= 0) {
		close(end.fd);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == UPDATE_AGREED;
}

/* Lets the new program look at the state. */
static bool check_by(const char *program, int state)
{
	char option[40];
	pid_t child = fork();

	if (!child) {
		fcntl(state, F_SETFD, 0);
		snprintf(option, sizeof(option), "--check-state=%d", state);
		execl(program, program, option, (char *)NULL);
		_exit(127);
	}
	return child > 0 && child_agrees(child);
}

/* Becomes the new program. Returns -errno. */
static int become(const struct stored *stored, const struct takeover *takeover, char **argv)
{
	char option[160],
		*words = stored->update.arguments ? strdup(stored->update.arguments) : NULL;
	char *new_argv[MAX_ARGUMENTS + 1] = {stored->update.program};
	unsigned int count = 1;
	int len, ret;

	for (unsigned int i = 1; argv[i] && count < MAX_ARGUMENTS - 1; i++) {
		if (strncmp(argv[i], "--take-over=", strlen("--take-over="))) {
			new_argv[count++] = argv[i];
		}
	}
	len = snprintf(option, sizeof(option), "--take-over=%d", takeover->of[0]);
	for (unsigned int i = 1; i < TAKE_COUNT; i++) {
		len += snprintf(option + len, sizeof(option) - (size_t)len, ",%d", takeover->of[i]);
	}
	new_argv[count++] = option;
	for (char *word = words ? strtok(words, " ") : NULL; word && count < MAX_ARGUMENTS;
	     word = strtok(NULL, " ")) {
		new_argv[count++] = word;
	}
	inherit(stored, takeover, true);
	execv(stored->update.program, new_argv);
	ret = -errno;
	inherit(stored, takeover, false);
	free(words);
	return ret;
}

static const char *try_update(struct stored *stored, const struct listener *listener,
			      const struct machine *machine, char **argv)
{
	struct takeover takeover;
	const char *fault = "the new program does not take the state over";

	takeover_clear(&takeover);
	takeover.of[TAKE_LISTENER] = listen_fd(listener);
	takeover.of[TAKE_PID_FILE] = daemon_pid_fd();
	if (machine) {
		machine_hand_over(machine, &takeover);
	}
	takeover.of[TAKE_STATE] = state_in_memory(stored);
	if (takeover.of[TAKE_STATE] < 0) {
		return "cannot write the state";
	}
	if (check_by(stored->update.program, takeover.of[TAKE_STATE])) {
		log_info("going on as %s", stored->update.program);
		become(stored, &takeover, argv);
		fault = "the new program cannot be run";
	}
	close(takeover.of[TAKE_STATE]);
	return fault;
}

void update_run(struct stored *stored, const struct listener *listener,
		const struct machine *machine, char **argv)
{
	struct update *update = &stored->update;
	struct xsd_sockmsg header = {.type = XS_CONTROL,
				     .req_id = update->req_id,
				     .tx_id = update->tx_id,
				     .len = 3};
	struct connection *asker = update->asker;
	const char *fault = "out of memory";

	update->wanted = false;
	update->asker = NULL;
	/* The new daemon finds its success among the answers that wait. */
	if (!asker || connection_requeue(asker, false, &header, "OK", 0)) {
		fault = try_update(stored, listener, machine, argv);
		if (asker) {
			connection_take_back(asker);
		}
	}
	log_error("live update to %s failed: %s; going on as before", update->program, fault);
	header.len = (uint32_t)strlen(fault) + 1;
	if (asker) {
		connection_requeue(asker, false, &header, fault, 0);
	}
}

int update_save(const struct stored *stored, const char *path)
{
	char boot[BOOT_ID + 2] = "", other[256];
	struct bytes state = {0};
	FILE *id = fopen("/proc/sys/kernel/random/boot_id", "re");
	int ret, fd;

	if (id) {
		fgets(boot, sizeof(boot), id) ? (void)0 : (void)(boot[0] = '\0');
		fclose(id);
	}
	bytes_put(&state, boot, BOOT_ID + 1);
	ret = state_dump(stored, false, &state);
	snprintf(other, sizeof(other), "%s.new", path);
	fd = ret ? -1 : open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!ret) {
		ret = fd < 0 ? -errno : write_all(fd, state.data, state.len);
	}
	if (fd >= 0) {
		ret = close(fd) < 0 && !ret ? -errno : ret;
		ret = ret ? ret : rename(other, path) < 0 ? -errno : 0;
	}
	bytes_free(&state);
	return ret;
}

/* ------------------------------------------------------------- the new daemon */

/* Ends of connections that are only looked at. */
static void nothing_close(struct transport *transport)
{
	free(transport);
}

static const struct transport_ops nothing_ops = {.close = nothing_close};

static int nothing(struct transport **transport)
{
	*transport = calloc(1, sizeof(**transport));
	if (!*transport) {
		return -ENOMEM;
	}
	(*transport)->ops = &nothing_ops;
	return 0;
}

static int nothing_socket(void *arg, uint32_t fd, struct transport **transport)
{
	(void)arg;
	(void)fd;
	return nothing(transport);
}

static int nothing_ring(void *arg, uint16_t domid, uint32_t port, uint32_t ours,
			struct transport **transport)
{
	(void)arg;
	(void)domid;
	(void)port;
	(void)ours;
	return nothing(transport);
}

struct heir {
	struct loop *loop;
	struct machine *machine;
};

static int take_socket(void *arg, uint32_t fd, struct transport **transport)
{
	struct heir *heir = arg;

	set_inherited((int)fd, false);
	return listen_client(heir->loop, (int)fd, transport);
}

static int take_ring(void *arg, uint16_t domid, uint32_t port, uint32_t ours,
		     struct transport **transport)
{
	struct heir *heir = arg;

	return heir->machine ? machine_ring_resume(heir->machine, domid, port, ours, transport)
			     : -ENODEV;
}

static struct stored *load_from(int fd, size_t skip, const struct stored_backend *backend,
				const struct state_source *source)
{
	const char *fault = "it cannot be read";
	struct stored *stored = NULL;
	size_t len = 0;
	char *data = read_all(fd, &len);

	if (data) {
		skip = skip < len ? skip : len;
		stored = state_load(backend, source, data + skip, len - skip, &fault);
		free(data);
	}
	if (!stored) {
		log_error("the old daemon's state is refused: %s", fault);
	}
	return stored;
}

bool update_check(const struct stored_backend *backend, int state)
{
	static const struct state_source source = {.socket = nothing_socket, .ring = nothing_ring};
	struct stored *stored = load_from(state, 0, backend, &source);

	if (stored) {
		stored_destroy(stored);
	}
	return stored;
}

struct stored *update_take_over(const struct takeover *takeover, struct loop *loop,
				struct machine *machine, const struct stored_backend *backend)
{
	struct heir heir = {loop, machine};
	const struct state_source source = {take_socket, take_ring, &heir};
	struct stored *stored;

	set_all_inherited(takeover, false);
	stored = load_from(takeover->of[TAKE_STATE], 0, backend, &source);
	close(takeover->of[TAKE_STATE]);
	return stored;
}

/* Whether a file was written since the machine's last start. */
static bool same_boot(int fd)
{
	char then[BOOT_ID], now[BOOT_ID];
	int id = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	bool same = id >= 0 && read(id, now, BOOT_ID) == BOOT_ID &&
		    pread(fd, then, BOOT_ID, 0) == BOOT_ID && !memcmp(then, now, BOOT_ID);

	if (id >= 0) {
		close(id);
	}
	return same;
}

int update_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

struct stored *update_resume(int fd, const char *path, struct loop *loop, struct machine *machine,
			     const struct stored_backend *backend)
{
	struct heir heir = {loop, machine};
	const struct state_source source = {take_socket, take_ring, &heir};
	struct stored *stored = NULL;
	char aside[256];

	if (same_boot(fd)) {
		stored = load_from(fd, BOOT_ID + 1, backend, &source);
	} else {
		log_warn("%s is of an earlier start of the machine", path);
	}
	close(fd);
	if (stored) {
		unlink(path);
	} else {
		snprintf(aside, sizeof(aside), "%s.refused", path);
		rename(path, aside);
		log_warn("begins with an empty store; what was refused is %s", aside);
	}
	return stored;
}
