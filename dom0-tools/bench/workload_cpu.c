/* SPDX-License-Identifier: MIT */
/* System calls, memory management, signals and processes. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NEW_TABLES_AT ((void *)0x100000000000UL) /* nothing else is in that L4 slot's part */
#define MIB_PAGES 256UL
#define LARGE_PAGES 4096UL

static volatile char *area;
static size_t area_size;

/* A fresh anonymous area of small pages. */
static int area_map(size_t pages)
{
	void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED) {
		return -1;
	}
	area = p;
	area_size = pages * PAGE;
	/* may be a kernel without huge pages */
	madvise(p, area_size, MADV_NOHUGEPAGE);
	return 0;
}

static void area_touch(void)
{
	for (size_t i = 0; i < area_size; i += PAGE) {
		area[i] = 1;
	}
}

static void area_unmap(void)
{
	munmap((void *)area, area_size);
}

static int run_getppid(long units)
{
	while (units-- > 0) {
		syscall(SYS_getppid);
	}
	return 0;
}

static int run_touch(long units)
{
	if (area_map((size_t)units) != 0) {
		return -1;
	}
	area_touch();
	area_unmap();
	return 0;
}

static int map_touch_unmap(void *at, int flags)
{
	volatile char *p =
		mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED) {
		return -1;
	}
	*p = 1;
	return munmap((void *)p, PAGE);
}

static int run_mmap(long units)
{
	while (units-- > 0) {
		if (map_touch_unmap(NULL, 0) != 0) {
			return -1;
		}
	}
	return 0;
}

static int run_mmap_tables(long units)
{
	while (units-- > 0) {
		if (map_touch_unmap(NEW_TABLES_AT, MAP_FIXED) != 0) {
			return -1;
		}
	}
	return 0;
}

static int before_1M(long units)
{
	(void)units;
	if (area_map(MIB_PAGES) != 0) {
		return -1;
	}
	area_touch();
	return 0;
}

static int run_mprotect(long units)
{
	while (units-- > 0) {
		if (mprotect((void *)area, area_size, PROT_READ) != 0 ||
		    mprotect((void *)area, area_size, PROT_READ | PROT_WRITE) != 0) {
			return -1;
		}
	}
	return 0;
}

static void on_segv(int number)
{
	(void)number;
	/* what is measured */
	mprotect((void *)area, PAGE, PROT_READ | PROT_WRITE); /* NOLINT(bugprone-signal-handler) */
}

static int before_segv(long units)
{
	signal(SIGSEGV, on_segv);
	return before_1M(units);
}

static int run_segv(long units)
{
	while (units-- > 0) {
		if (mprotect((void *)area, PAGE, PROT_READ) != 0) {
			return -1;
		}
		area[0] = 2;
	}
	return 0;
}

static void after_segv(void)
{
	signal(SIGSEGV, SIG_DFL);
	area_unmap();
}

static void on_user(int number)
{
	(void)number;
}

static int before_signal(long units)
{
	(void)units;
	return signal(SIGUSR1, on_user) == SIG_ERR ? -1 : 0;
}

static int run_signal(long units)
{
	pid_t me = getpid();

	while (units-- > 0) {
		kill(me, SIGUSR1);
	}
	return 0;
}

static int reap(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child) {
		return -1;
	}
	if (status != 0) {
		errno = ECHILD;
		return -1;
	}
	return 0;
}

static int run_fork(long units)
{
	while (units-- > 0) {
		pid_t child = fork();

		if (child == 0) {
			_exit(0);
		}
		if (reap(child) != 0) {
			return -1;
		}
	}
	return 0;
}

static int run_exec(long units)
{
	while (units-- > 0) {
		pid_t child = fork();

		if (child == 0) {
			execl(workload_path, workload_path, "nothing", (char *)NULL);
			_exit(1);
		}
		if (reap(child) != 0) {
			return -1;
		}
	}
	return 0;
}

static int before_fork_large(long units)
{
	(void)units;
	if (area_map(LARGE_PAGES) != 0) {
		return -1;
	}
	area_touch();
	return 0;
}

static int to_child[2], to_parent[2];
static pid_t echo_child;

static void pipes_close(void)
{
	close(to_child[0]);
	close(to_child[1]);
	close(to_parent[0]);
	close(to_parent[1]);
}

/* The other process sends each byte back until the pipe closes. */
static int before_pipe(long units)
{
	char c;

	(void)units;
	if (pipe(to_child) != 0 || pipe(to_parent) != 0) {
		return -1;
	}
	echo_child = fork();
	if (echo_child == 0) {
		close(to_child[1]);
		while (read(to_child[0], &c, 1) == 1 && write(to_parent[1], &c, 1) == 1) {
		}
		_exit(0);
	}
	return echo_child < 0 ? -1 : 0;
}

static int run_pipe(long units)
{
	char c = 'x';

	while (units-- > 0) {
		if (write(to_child[1], &c, 1) != 1 || read(to_parent[0], &c, 1) != 1) {
			return -1;
		}
	}
	return 0;
}

static void after_pipe(void)
{
	pipes_close();
	reap(echo_child);
}

static const struct operation list[] = {
	{.name = "getppid", .units = 50000, .run = run_getppid},
	{.name = "touch", .units = 16384, .run = run_touch},
	{.name = "mmap_unmap", .units = 4000, .run = run_mmap},
	{.name = "mmap_unmap_tables", .units = 2000, .run = run_mmap_tables},
	{.name = "mprotect_256",
	 .units = 100,
	 .before = before_1M,
	 .run = run_mprotect,
	 .after = area_unmap},
	{.name = "segv_handler",
	 .units = 4000,
	 .before = before_segv,
	 .run = run_segv,
	 .after = after_segv},
	{.name = "signal", .units = 8000, .before = before_signal, .run = run_signal},
	{.name = "fork_exit",
	 .units = 50,
	 .before = before_1M,
	 .run = run_fork,
	 .after = area_unmap},
	{.name = "fork_exec",
	 .units = 50,
	 .before = before_1M,
	 .run = run_exec,
	 .after = area_unmap},
	{.name = "fork_exit_16M",
	 .units = 10,
	 .before = before_fork_large,
	 .run = run_fork,
	 .after = area_unmap},
	{.name = "pipe_round_trip",
	 .units = 4000,
	 .before = before_pipe,
	 .run = run_pipe,
	 .after = after_pipe},
};

int family_cpu(const char *arg)
{
	(void)arg;
	operations_time("cpu", list, COUNT(list));
	return 0;
}
