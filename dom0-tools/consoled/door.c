/* SPDX-License-Identifier: MIT */
/*
 * Making and removing sockets. The process for it has no capabilities either, and the daemon's
 * filter; what it can do more than the daemon is to write in root's folders.
 */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../libdaemon/sandbox.h"

/* What the daemon asks for, and the answer. */
struct request {
	bool remove;
	struct door door; /* to be removed; its descriptor is not meant */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct answer {
	int ret;
	struct door door; /* its descriptor comes beside it */
};

static int keeper = -1; /* to the process */

/* Whether what is at the address is nothing, or a socket that nobody listens at: that goes. */
static int make_room(const struct sockaddr_un *address)
{
	struct stat there;
	int ret, fd;

	if (lstat(address->sun_path, &there) < 0) {
		return errno == ENOENT ? 0 : -errno;
	}
	if (!S_ISSOCK(there.st_mode)) {
		return -EEXIST;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return -errno;
	}
	ret = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	close(fd);
	if (ret != -ECONNREFUSED) {
		return -EADDRINUSE;
	}
	return unlink(address->sun_path) < 0 ? -errno : 0;
}

/* Binds and listens. 0, or -errno and nothing is left. */
static int make_socket(const char *path, struct door *door)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat made;
	int fd, ret;

	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	ret = make_room(&address);
	if (ret) {
		return ret;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return -errno;
	}
	/* The file that bind() makes takes this mode. */
	if (fchmod(fd, 0600) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		ret = -errno;
	} else if (listen(fd, 4) < 0 || lstat(path, &made) < 0) {
		ret = -errno;
		unlink(path);
	}
	if (ret) {
		close(fd);
		return ret;
	}
	*door = (struct door){fd, made.st_dev, made.st_ino};
	return 0;
}

static int remove_socket(const char *path, const struct door *door)
{
	struct stat there;

	if (lstat(path, &there) < 0 || !S_ISSOCK(there.st_mode) || there.st_dev != door->device ||
	    there.st_ino != door->inode) {
		return -ENOENT;
	}
	return unlink(path) < 0 ? -errno : 0;
}

/* Sends or receives an answer, with the descriptor beside it if there is one. */
static ssize_t move_answer(struct answer *answer, bool send_it)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = {.room = ""};
	struct iovec part = {answer, sizeof(*answer)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *beside;
	ssize_t moved;

	message.msg_control = control.room;
	message.msg_controllen = sizeof(control.room);
	if (!send_it) {
		moved = recvmsg(keeper, &message, MSG_CMSG_CLOEXEC);
		beside = CMSG_FIRSTHDR(&message);
		answer->door.fd = -1;
		if (moved > 0 && beside && beside->cmsg_type == SCM_RIGHTS) {
			memcpy(&answer->door.fd, CMSG_DATA(beside), sizeof(int));
		}
		return moved;
	}
	if (answer->door.fd < 0) {
		message.msg_control = NULL;
		message.msg_controllen = 0;
	} else {
		beside = CMSG_FIRSTHDR(&message);
		beside->cmsg_level = SOL_SOCKET;
		beside->cmsg_type = SCM_RIGHTS;
		beside->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(beside), &answer->door.fd, sizeof(int));
	}
	return sendmsg(keeper, &message, MSG_NOSIGNAL);
}

/* The process: until the daemon has gone. */
static void serve(void)
{
	struct request request;
	struct answer answer;

	while (recv(keeper, &request, sizeof(request), 0) == sizeof(request)) {
		request.path[sizeof(request.path) - 1] = '\0';
		memset(&answer, 0, sizeof(answer));
		answer.door.fd = -1;
		answer.ret = request.remove ? remove_socket(request.path, &request.door)
					    : make_socket(request.path, &answer.door);
		move_answer(&answer, true);
		if (answer.door.fd >= 0) {
			close(answer.door.fd);
		}
	}
}

int door_start(void)
{
	static const int ignored[] = {SIGTERM, SIGINT, SIGHUP};
	int ends[2], null;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		return -errno;
	}
	pid = fork();
	if (pid) {
		keeper = ends[0];
		close(ends[1]);
		return pid < 0 ? -errno : 0;
	}
	keeper = ends[1];
	close(ends[0]);
	prctl(PR_SET_NAME, "xenconsoled-door");
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		signal(ignored[i], SIG_IGN);
	}
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++) {
		dup2(null, fd);
	}
	if (!sandbox_drop() && !sandbox_enter(false)) {
		serve();
	}
	_exit(0);
}

static int ask(const char *path, bool remove, struct door *door)
{
	struct request request = {.remove = remove};
	struct answer answer = {0};

	strcpy(request.path, path);
	if (remove) {
		request.door = *door;
	}
	if (send(keeper, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request) ||
	    move_answer(&answer, false) != sizeof(answer)) {
		return -EIO;
	}
	*door = answer.door;
	return answer.ret;
}

int door_open(const char *path, struct door *door)
{
	if (strlen(path) >= sizeof(((struct request *)0)->path)) {
		return -ENAMETOOLONG;
	}
	return keeper < 0 ? make_socket(path, door) : ask(path, false, door);
}

void door_close(const char *path, const struct door *door)
{
	struct door copy = *door;

	close(door->fd);
	if (keeper < 0) {
		remove_socket(path, door);
	} else {
		ask(path, true, &copy);
	}
}
