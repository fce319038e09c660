/* SPDX-License-Identifier: MIT */
/* Dropping capabilities, and a seccomp filter: a list of what is allowed. */
#include "sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

/* glibc and musl reach some functions by different calls; both are here. */
static const int allowed[] = {
	/* bytes */
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(lseek),
	/* descriptors */
	SCMP_SYS(accept4),
	SCMP_SYS(close),
	SCMP_SYS(fcntl),
	SCMP_SYS(ioctl),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(listen),
	/* files: logs, terminals, devices, the state */
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fchmod),
	SCMP_SYS(memfd_create),
	/* waiting */
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(signalfd4),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(inotify_init1),
	SCMP_SYS(inotify_add_watch),
	SCMP_SYS(inotify_rm_watch),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall),
	/* memory */
	SCMP_SYS(brk),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* time, signals, itself */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(futex),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(tgkill),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(uname),
};

/* A program's begin and end, until it enters its own sandbox. */
static const int allowed_for_exec[] = {
	SCMP_SYS(fork),        SCMP_SYS(vfork),           SCMP_SYS(clone),
	SCMP_SYS(clone3),      SCMP_SYS(execve),          SCMP_SYS(wait4),
	SCMP_SYS(waitid),      SCMP_SYS(pidfd_open),      SCMP_SYS(kill),
	SCMP_SYS(arch_prctl),  SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),        SCMP_SYS(prlimit64),       SCMP_SYS(access),
	SCMP_SYS(getgid),      SCMP_SYS(getegid),         SCMP_SYS(getppid),
	SCMP_SYS(prctl),       SCMP_SYS(seccomp),         SCMP_SYS(capset),
	SCMP_SYS(sigaltstack), SCMP_SYS(setsid),          SCMP_SYS(chdir),
};

static void forbidden(int number, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);

	(void)number;
	(void)context;
	log_error("ended: it tried the system call %s (%d), which is not on its list",
		  name ? name : "?", info->si_syscall);
	/* Not _exit(): the sanitizers ask for the signal stack before what does not return, and
	 * another call that is not on the list, while SIGSYS is blocked, kills without a status. */
	syscall(SYS_exit_group, 128 + SIGSYS);
}

int sandbox_drop(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &header, none) < 0) {
		return -errno;
	}
	return 0;
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int ret = 0;

	for (size_t i = 0; i < count && !ret; i++) {
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	}
	return ret;
}

int sandbox_enter(bool may_exec)
{
	struct sigaction action = {.sa_sigaction = forbidden, .sa_flags = SA_SIGINFO};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int ret = filter ? 0 : -ENOMEM;

	if (!ret && sigaction(SIGSYS, &action, NULL) < 0) {
		ret = -errno;
	}
	ret = ret ? ret : allow(filter, allowed, sizeof(allowed) / sizeof(allowed[0]));
	/* Only sockets of this machine: the log's. */
	ret = ret ? ret
		  : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	if (may_exec && !ret) {
		ret = allow(filter, allowed_for_exec,
			    sizeof(allowed_for_exec) / sizeof(allowed_for_exec[0]));
	}
	ret = ret ? ret : seccomp_load(filter);
	seccomp_release(filter);
	return ret;
}
