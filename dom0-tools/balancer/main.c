/* SPDX-License-Identifier: MIT */
/* argon-balancer: options and the loop. It runs only where somebody starts it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../libdaemon/daemon.h"
#include "../libdaemon/identity.h"
#include "../libdaemon/log.h"
#include "../libdaemon/loop.h"
#include "../libdaemon/options.h"
#include "guests.h"

#define MAX_INTERVAL 3600
#define MAX_RESERVE_MIB (1UL << 24)

struct options {
	struct settings settings;
	struct daemon_settings daemon;
};

static struct balancer {
	struct loop *loop;
	struct loop_source signal_source, timer;
	struct guests guests;
	struct settings settings;
	bool due;
	bool finished;
} balancer; /* sources point into it */

static const char usage[] =
	"Usage: argon-balancer [OPTION]...\n"
	"Moves memory between running guests, by what they report to use.\n"
	"\n"
	"      --interval=SECONDS  between two rounds (10)\n"
	"      --reserve=MIB       memory of the machine that stays free (256)\n"
	"      --share-silent      guests that report nothing take part, up to their maximum\n"
	"  -n, --dry-run           decide and show, ask no guest\n"
	"      --pid-file=FILE     write the daemon's process id there\n"
	"      --user=NAME|UID     whom to become once all is open (argon-balancer)\n"
	"      --no-sandbox        go on without a filter of system calls\n"
	"  -i, --interactive       stay in the foreground\n"
	"  -V, --version           print the version\n"
	"  -h, --help              this text\n"
	"`axl balancer' shows the last decisions.\n";

enum { OPTION_INTERVAL = 256, OPTION_RESERVE, OPTION_SHARE_SILENT };

static const struct option long_options[] = {
	{"interval", required_argument, NULL, OPTION_INTERVAL},
	{"reserve", required_argument, NULL, OPTION_RESERVE},
	{"share-silent", no_argument, NULL, OPTION_SHARE_SILENT},
	{"dry-run", no_argument, NULL, 'n'},
	{"interactive", no_argument, NULL, 'i'},
	{"version", no_argument, NULL, 'V'},
	DAEMON_OPTIONS,
	{NULL, 0, NULL, 0},
};

static bool take_number(const char *what, unsigned long min, unsigned long max,
			unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(optarg, &end, 10);
	if (errno || end == optarg || *end || *optarg == '-' || *number < min || *number > max) {
		fprintf(stderr, "argon-balancer: %s '%s' should be %lu to %lu\n", what, optarg, min,
			max);
		return false;
	}
	return true;
}

static bool take_interval(struct options *options)
{
	unsigned long number;

	if (!take_number("--interval", 1, MAX_INTERVAL, &number)) {
		return false;
	}
	options->settings.interval = (unsigned int)number;
	return true;
}

static bool take_reserve(struct options *options)
{
	unsigned long number;

	if (!take_number("--reserve", 0, MAX_RESERVE_MIB, &number)) {
		return false;
	}
	options->settings.reserve_kib = number * 1024;
	return true;
}

static enum option_answer take_option(void *arg, int letter)
{
	struct options *options = arg;

	switch (letter) {
	case OPTION_INTERVAL:
		return option_taken(take_interval(options));
	case OPTION_RESERVE:
		return option_taken(take_reserve(options));
	case OPTION_SHARE_SILENT:
		options->settings.share_silent = true;
		return OPTION_TAKEN;
	case 'n':
		options->settings.dry_run = true;
		return OPTION_TAKEN;
	case 'i':
		options->daemon.foreground = true;
		return OPTION_TAKEN;
	default:
		return OPTION_UNKNOWN;
	}
}

static const struct option_table option_table = {
	.usage = usage,
	.letters = "nihV",
	.longs = long_options,
	.take = take_option,
};

static void signal_ready(struct loop_source *source, uint32_t events)
{
	int number;

	(void)events;
	while ((number = daemon_next_signal(source->fd))) {
		/* SIGHUP: a round now */
		balancer.due = true;
		balancer.finished = balancer.finished || number != SIGHUP;
	}
}

static void timer_ready(struct loop_source *source, uint32_t events)
{
	uint64_t expirations;

	(void)events;
	if (read(source->fd, &expirations, sizeof(expirations)) == sizeof(expirations)) {
		balancer.due = true;
	}
}

static int set_up(void)
{
	const struct timespec interval = {.tv_sec = balancer.settings.interval};
	const struct itimerspec setting = {.it_value = interval, .it_interval = interval};
	int ret;

	balancer.loop = loop_create();
	balancer.signal_source = (struct loop_source){daemon_signals(), signal_ready};
	balancer.timer = (struct loop_source){
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
		timer_ready,
	};
	if (!balancer.loop || balancer.signal_source.fd < 0 || balancer.timer.fd < 0 ||
	    timerfd_settime(balancer.timer.fd, 0, &setting, NULL) ||
	    loop_add(balancer.loop, &balancer.signal_source, EPOLLIN) ||
	    loop_add(balancer.loop, &balancer.timer, EPOLLIN)) {
		log_error("cannot set up the event loop");
		return -1;
	}
	ret = ctl_open(&balancer.guests.ctl);
	if (ret) {
		log_error("cannot reach the hypervisor: %s; is this domain 0, and root?",
			  strerror(-ret));
		return -1;
	}
	balancer.guests.store = store_open_socket();
	if (!balancer.guests.store) {
		log_error("cannot reach the store: %s; start xenstored first", strerror(errno));
		return -1;
	}
	return 0;
}

static int serve(void)
{
	int ret;

	for (balancer.due = true; !balancer.finished;) {
		if (balancer.due) {
			balancer.due = false;
			ret = guests_balance(&balancer.guests, &balancer.settings);
			if (ret) {
				log_error("a round failed: %s", strerror(-ret));
				return 1;
			}
		}
		ret = loop_wait(balancer.loop, -1);
		if (ret) {
			log_error("waiting for events failed: %s", strerror(-ret));
			return 1;
		}
	}
	return 0;
}

/* Becomes the daemon that it will be; 0, or -1 after a line in the log. */
static int settle(const struct daemon_settings *settings)
{
	struct identity who;

	if (identity_find(settings, &who) || daemon_pid_file(settings->pid_file) ||
	    identity_confine(&who, settings, false)) {
		return -1;
	}
	return daemon_ready() ? -1 : 0;
}

static int run(const struct options *options)
{
	int status = 1;

	balancer.settings = options->settings;
	if (!set_up() && !settle(&options->daemon)) {
		log_open(options->daemon.name, options->daemon.foreground);
		status = serve();
		daemon_end(options->daemon.pid_file);
	}
	guests_end(&balancer.guests);
	store_close(balancer.guests.store);
	ctl_close(balancer.guests.ctl);
	if (balancer.loop) {
		loop_destroy(balancer.loop);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {
		.settings = {.interval = 10, .reserve_kib = 256 * 1024},
		.daemon = {.name = "argon-balancer"},
	};
	int ret;

	log_open("argon-balancer", true);
	if (!options_take(&option_table, argc, argv, &options, &options.daemon)) {
		return 2;
	}
	if (!options.daemon.foreground) {
		ret = daemon_fork();
		if (ret) {
			log_error("cannot leave the terminal: %s", strerror(-ret));
			return 1;
		}
	}
	return run(&options);
}
