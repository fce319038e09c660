/* SPDX-License-Identifier: MIT */
/* Reading a block device past the page cache, and TCP round trips with a peer. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "workload.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MIB (1UL << 20)
#define NET_PORT 7001
#define CONNECT_TRIES 100

static int device = -1;
static uint64_t device_size;
static char *buffer; /* one MiB, page aligned */
static uint64_t random_state;

/* xorshift: the same sequence in every run */
static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static int before_random(long units)
{
	(void)units;
	random_state = 0x9e3779b97f4a7c15U;
	return 0;
}

static int run_random(long units)
{
	uint64_t pages = device_size / PAGE;

	while (units-- > 0) {
		if (pread(device, buffer, PAGE, (off_t)(random_next() % pages * PAGE)) !=
		    (ssize_t)PAGE) {
			return -1;
		}
	}
	return 0;
}

static int run_sequential(long units)
{
	for (long i = 0; i < units; i++) {
		off_t at = (off_t)((uint64_t)i * MIB % (device_size / MIB * MIB));

		if (pread(device, buffer, MIB, at) != (ssize_t)MIB) {
			return -1;
		}
	}
	return 0;
}

static int run_sequential_write(long units)
{
	for (long i = 0; i < units; i++) {
		off_t at = (off_t)((uint64_t)i * MIB % (device_size / MIB * MIB));

		if (pwrite(device, buffer, MIB, at) != (ssize_t)MIB) {
			return -1;
		}
	}
	return 0;
}

static const struct operation blk_list[] = {
	/* first, so that the others read pages that exist */
	{.name = "write_1M", .units = 32, .run = run_sequential_write},
	{.name = "read_1M", .units = 32, .run = run_sequential},
	{.name = "random_read_4k", .units = 1000, .before = before_random, .run = run_random},
};

/* Destroys what is on the device: meant for a RAM disk of 32 MiB. */
int family_blk(const char *path)
{
	device = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (device < 0 || ioctl(device, BLKGETSIZE64, &device_size) != 0 || device_size < MIB ||
	    posix_memalign((void **)&buffer, PAGE, MIB) != 0) {
		operation_skip("blk", strerror(errno));
		return 1;
	}
	memset(buffer, 0x5a, MIB);
	operations_time("blk", blk_list, COUNT(blk_list));
	return 0;
}

static int nodelay(int fd)
{
	int one = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* Sends each byte back, one connection at a time, for ever. */
int serve_net(const char *arg)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(NET_PORT)};
	int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)arg;
	signal(SIGPIPE, SIG_IGN);
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(s, (struct sockaddr *)&any, sizeof(any)) != 0 || listen(s, 4) != 0) {
		perror("workload: serve");
		return 1;
	}
	for (;;) {
		int c = accept(s, NULL, NULL);
		char byte;

		if (c < 0 || nodelay(c) != 0) {
			perror("workload: serve");
			return 1;
		}
		while (read(c, &byte, 1) == 1 && write(c, &byte, 1) == 1) {
		}
		close(c);
	}
}

static struct sockaddr_in peer = {.sin_family = AF_INET};
static int connection = -1;

static int before_tcp(long units)
{
	(void)units;
	for (int i = 0; i < CONNECT_TRIES; i++) {
		connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connection < 0) {
			return -1;
		}
		if (connect(connection, (struct sockaddr *)&peer, sizeof(peer)) == 0) {
			return nodelay(connection);
		}
		close(connection);
		usleep(100000);
	}
	return -1;
}

static int run_tcp(long units)
{
	char byte = 'x';

	while (units-- > 0) {
		if (write(connection, &byte, 1) != 1 || read(connection, &byte, 1) != 1) {
			return -1;
		}
	}
	return 0;
}

static void after_tcp(void)
{
	close(connection);
}

static const struct operation net_list[] = {
	{.name = "tcp_round_trip",
	 .units = 500,
	 .before = before_tcp,
	 .run = run_tcp,
	 .after = after_tcp},
};

int family_net(const char *address)
{
	peer.sin_port = htons(NET_PORT);
	if (inet_aton(address, &peer.sin_addr) == 0) {
		fprintf(stderr, "workload: %s is no IPv4 address\n", address);
		return 2;
	}
	operations_time("net", net_list, COUNT(net_list));
	return 0;
}
