/* SPDX-License-Identifier: MIT */
/* xenconsoled: options, the store's news of domains, and the loop. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../libdaemon/daemon.h"
#include "../libdaemon/identity.h"
#include "../libdaemon/log.h"
#include "../libdaemon/loop.h"
#include "../libdaemon/options.h"
#include "channel.h"
#include "door.h"
#include "guest.h"
#include "machine.h"

#define DEFAULT_LOG_DIR "/var/log/xen/console"
#define DEFAULT_MAX_SIZE (32UL << 20)

/* What an option that names consoles means. */
#define GUESTS 1
#define HYPERVISOR 2

struct options {
	struct daemon_settings daemon;
	const char *log_dir;
	unsigned int log;        /* GUESTS, HYPERVISOR */
	unsigned int timestamps; /* GUESTS, HYPERVISOR */
	size_t log_size;
	bool keep_overflow;
	bool replace_escape;
	bool verbose;
};

struct consoled {
	struct loop *loop;
	struct loop_source store_source, signal_source, timer;
	struct wires wires; /* of both */
	struct guests guests;
	struct channels channels;
	struct machine *machine;
	struct logfile_options hypervisor_options;
	struct logfile *hypervisor_log;
	bool ticking;
	bool finished;
};

static struct consoled daemon_state; /* sources point into it */

static const char usage[] =
	"Usage: xenconsoled [OPTION]...\n"
	"Keeps the logs of guests' consoles and shows them at terminals.\n"
	"\n"
	"  -l, --log=none|guest|hv|all        which logs to keep (none)\n"
	"      --log-dir=DIR                  where (/var/log/xen/console)\n"
	"      --log-size=MIB                 a longer log becomes FILE.1; 0 = never (32)\n"
	"  -t, --timestamp=none|guest|hv|all  begin each line with the time (none)\n"
	"  -o, --overflow-data=discard|keep   lose what a slow reader misses, or stop the guest\n"
	"      --replace-escape               '.' for ESC in logs\n"
	"      --pid-file=FILE                write the daemon's process id there\n"
	"      --user=NAME|UID                whom to become once all is open (xenconsoled)\n"
	"      --no-sandbox                   go on without a filter of system calls\n"
	"  -i, --interactive                  stay in the foreground\n"
	"  -v, --verbose                      say more\n"
	"  -V, --version                      print the version\n"
	"  -h, --help                         this text\n"
	"SIGHUP opens the logs again after they were moved away.\n";

enum { OPTION_LOG_DIR = 256, OPTION_REPLACE_ESCAPE, OPTION_LOG_SIZE };

static const struct option long_options[] = {
	{"version", no_argument, NULL, 'V'},
	{"verbose", no_argument, NULL, 'v'},
	{"interactive", no_argument, NULL, 'i'},
	{"log", required_argument, NULL, 'l'},
	{"log-dir", required_argument, NULL, OPTION_LOG_DIR},
	{"log-size", required_argument, NULL, OPTION_LOG_SIZE},
	{"timestamp", required_argument, NULL, 't'},
	{"overflow-data", required_argument, NULL, 'o'},
	{"replace-escape", no_argument, NULL, OPTION_REPLACE_ESCAPE},
	DAEMON_OPTIONS,
	{NULL, 0, NULL, 0},
};

static bool take_consoles(const char *text, unsigned int *consoles)
{
	static const char *const names[] = {
		[0] = "none",
		[GUESTS] = "guest",
		[HYPERVISOR] = "hv",
		[GUESTS | HYPERVISOR] = "all",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*consoles = i;
			return true;
		}
	}
	fprintf(stderr, "xenconsoled: '%s' should be none, guest, hv or all\n", text);
	return false;
}

static bool take_overflow(struct options *options, const char *text)
{
	if (strcmp(text, "discard") && strcmp(text, "keep")) {
		fprintf(stderr, "xenconsoled: '%s' should be discard or keep\n", text);
		return false;
	}
	options->keep_overflow = !strcmp(text, "keep");
	return true;
}

static bool take_size(struct options *options, const char *text)
{
	char *end;
	unsigned long mib = strtoul(text, &end, 10);

	if (end == text || *end || mib > 1UL << 20) {
		fprintf(stderr, "xenconsoled: '%s' should be a number of MiB\n", text);
		return false;
	}
	options->log_size = mib << 20;
	return true;
}

static enum option_answer take_option(void *arg, int letter)
{
	struct options *options = arg;

	switch (letter) {
	case 'l':
		return option_taken(take_consoles(optarg, &options->log));
	case 't':
		return option_taken(take_consoles(optarg, &options->timestamps));
	case 'o':
		return option_taken(take_overflow(options, optarg));
	case OPTION_LOG_DIR:
		options->log_dir = optarg;
		return OPTION_TAKEN;
	case OPTION_LOG_SIZE:
		return option_taken(take_size(options, optarg));
	case OPTION_REPLACE_ESCAPE:
		options->replace_escape = true;
		return OPTION_TAKEN;
	case 'i':
		options->daemon.foreground = true;
		return OPTION_TAKEN;
	case 'v':
		options->verbose = true;
		return OPTION_TAKEN;
	default:
		return OPTION_UNKNOWN;
	}
}

static const struct option_table option_table = {
	.usage = usage,
	.letters = "hVvit:o:l:",
	.longs = long_options,
	.take = take_option,
};

static void take_event(struct consoled *consoled, const struct store_event *event)
{
	struct guests *guests = &consoled->guests;
	struct guest *guest;

	if (!strcmp(event->token, "introduce")) {
		guests_look_for_new(guests);
	} else if (!strcmp(event->token, "release")) {
		guests_look_for_dead(guests);
		channels_look_for_dead(&consoled->channels);
	} else if (!channels_event(&consoled->channels, event)) {
		guest = guest_find(guests, (uint16_t)strtoul(event->token, NULL, 10));
		if (guest) {
			guest_update(guest);
		}
	}
}

/* Every call to the store may have queued events, so this comes before every wait. */
static int take_events(struct consoled *consoled)
{
	struct store_event event;
	int ret;

	while ((ret = store_next_event(consoled->guests.store, &event)) == 1) {
		take_event(consoled, &event);
		store_event_free(&event);
	}
	return ret;
}

static void store_ready(struct loop_source *source, uint32_t events)
{
	(void)source; /* the loop takes what has come */
	(void)events;
}

static void signal_ready(struct loop_source *source, uint32_t events)
{
	int number;

	(void)events;
	while ((number = daemon_next_signal(source->fd))) {
		if (number != SIGHUP) {
			daemon_state.finished = true;
			continue;
		}
		guests_reopen_logs(&daemon_state.guests);
		if (daemon_state.hypervisor_log) {
			logfile_reopen(daemon_state.hypervisor_log);
		}
	}
}

static void set_timer(struct consoled *consoled, bool on)
{
	const struct timespec period = {.tv_nsec = WIRE_PERIOD_MS * 1000000L};
	struct itimerspec setting = {0};

	if (on) {
		setting.it_value = setting.it_interval = period;
	}
	timerfd_settime(consoled->timer.fd, 0, &setting, NULL);
	consoled->ticking = on;
}

static void timer_ready(struct loop_source *source, uint32_t events)
{
	uint64_t expirations;

	(void)events;
	if (read(source->fd, &expirations, sizeof(expirations)) == sizeof(expirations)) {
		wires_tick(&daemon_state.wires);
		guests_tick(&daemon_state.guests);
	}
}

static int serve(struct consoled *consoled)
{
	bool more = true;
	int ret;

	while (!consoled->finished) {
		ret = take_events(consoled);
		if (ret < 0) {
			log_error("lost the store: %s", strerror(-ret));
			return 1;
		}
		if (consoled->wires.busy != consoled->ticking) {
			set_timer(consoled, consoled->wires.busy);
		}
		ret = loop_wait(consoled->loop, more ? 0 : -1);
		if (ret) {
			log_error("waiting for events failed: %s", strerror(-ret));
			return 1;
		}
		more = wires_run(&consoled->wires);
	}
	return 0;
}

static int open_store(struct consoled *consoled)
{
	struct store *store = store_open_socket();
	int ret;

	if (!store) {
		log_error("cannot reach the store: %s; start xenstored first", strerror(errno));
		return -1;
	}
	consoled->guests.store = store;
	consoled->channels.store = store;
	ret = store_watch(store, "@introduceDomain", "introduce");
	ret = ret ? ret : store_watch(store, "@releaseDomain", "release");
	ret = ret ? ret : channels_open(&consoled->channels);
	if (ret) {
		log_error("cannot watch for domains: %s", strerror(-ret));
		return -1;
	}
	consoled->store_source = (struct loop_source){store_fd(store), store_ready};
	return loop_add(consoled->loop, &consoled->store_source, EPOLLIN);
}

static int open_hypervisor_log(struct consoled *consoled, const struct options *options)
{
	int ret;

	if (!(options->log & HYPERVISOR)) {
		return 0;
	}
	consoled->hypervisor_options = consoled->guests.log_options;
	consoled->hypervisor_options.timestamps = options->timestamps & HYPERVISOR;
	consoled->hypervisor_log = logfile_open(&consoled->hypervisor_options, "hypervisor");
	if (!consoled->hypervisor_log) {
		return -1;
	}
	ret = machine_log_hypervisor(consoled->machine, consoled->hypervisor_log);
	if (ret) {
		log_error("cannot follow the hypervisor's console: %s", strerror(-ret));
	}
	return ret;
}

/* Opens all that the daemon works with. What was opened is closed by take_down(). */
static int set_up(struct consoled *consoled)
{
	int ret = door_start();

	if (ret) {
		log_error("cannot start the process that makes sockets: %s", strerror(-ret));
		return -1;
	}
	consoled->loop = loop_create();
	consoled->signal_source = (struct loop_source){daemon_signals(), signal_ready};
	consoled->timer = (struct loop_source){
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
		timer_ready,
	};
	if (!consoled->loop || consoled->signal_source.fd < 0 || consoled->timer.fd < 0 ||
	    loop_add(consoled->loop, &consoled->signal_source, EPOLLIN) ||
	    loop_add(consoled->loop, &consoled->timer, EPOLLIN)) {
		log_error("cannot set up the event loop");
		return -1;
	}
	consoled->guests.terminals = terminals_create(consoled->loop);
	if (!consoled->guests.terminals) {
		log_error("cannot watch terminals: %s", strerror(errno));
		return -1;
	}
	consoled->machine = machine_open(consoled->loop, &consoled->wires);
	if (!consoled->machine) {
		return -1;
	}
	consoled->wires.backend = machine_backend(consoled->machine);
	consoled->channels.terminals = consoled->guests.terminals;
	consoled->channels.loop = consoled->loop;
	return open_store(consoled);
}

/* Makes the folder of the logs, gives it to `who` and keeps it open: Debian's /var/log/xen is closed
 * to all but root and adm. */
static int prepare_logs(struct consoled *consoled, const struct options *options,
			const struct identity *who)
{
	bool is_new = !mkdir(options->log_dir, 0750);

	if (!is_new && errno != EEXIST) {
		log_error("cannot make %s: %s%s", options->log_dir, strerror(errno),
			  errno == ENOENT ? "; make what is above it first: mkdir -p" : "");
		return -1;
	}
	identity_give_folder(who, options->log_dir,
			     is_new || !strcmp(options->log_dir, DEFAULT_LOG_DIR));
	consoled->guests.log_options.folder_fd =
		open(options->log_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (consoled->guests.log_options.folder_fd < 0) {
		log_error("cannot open %s: %s", options->log_dir, strerror(errno));
		return -1;
	}
	return 0;
}

/* Becomes the daemon that it will be; 0, or -1 after a line in the log. */
static int settle(struct consoled *consoled, const struct options *options)
{
	struct identity who;

	if (identity_find(&options->daemon, &who) ||
	    (options->log && prepare_logs(consoled, options, &who)) ||
	    daemon_pid_file(options->daemon.pid_file) ||
	    identity_confine(&who, &options->daemon, false) ||
	    open_hypervisor_log(consoled, options)) {
		return -1;
	}
	return daemon_ready() ? -1 : 0;
}

static void take_down(struct consoled *consoled)
{
	channels_close(&consoled->channels);
	guests_close(&consoled->guests);
	if (consoled->machine) {
		machine_close(consoled->machine);
	}
	logfile_close(consoled->hypervisor_log);
	store_close(consoled->guests.store);
	if (consoled->guests.terminals) {
		terminals_destroy(consoled->guests.terminals);
	}
	if (consoled->loop) {
		loop_destroy(consoled->loop);
	}
}

static int run(const struct options *options)
{
	struct consoled *consoled = &daemon_state;
	int status = 1;

	TAILQ_INIT(&consoled->guests.all);
	wires_init(&consoled->wires);
	consoled->guests.wires = &consoled->wires;
	consoled->channels.wires = &consoled->wires;
	consoled->guests.log = options->log & GUESTS;
	consoled->guests.keep_overflow = options->keep_overflow;
	consoled->guests.log_options = (struct logfile_options){
		.folder = options->log_dir,
		.timestamps = options->timestamps & GUESTS,
		.replace_escape = options->replace_escape,
		.max_size = options->log_size,
	};
	if (!set_up(consoled) && !settle(consoled, options)) {
		log_open(options->daemon.name, options->daemon.foreground);
		status = serve(consoled);
		daemon_end(options->daemon.pid_file);
	}
	take_down(consoled);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {
		.daemon = {.name = "xenconsoled"},
		.log_dir = DEFAULT_LOG_DIR,
		.log_size = DEFAULT_MAX_SIZE,
	};
	int ret;

	log_open("xenconsoled", true);
	if (!options_take(&option_table, argc, argv, &options, &options.daemon)) {
		return 2;
	}
	log_set_tracing(options.verbose);
	if (!options.daemon.foreground) {
		ret = daemon_fork();
		if (ret) {
			log_error("cannot leave the terminal: %s", strerror(-ret));
			return 1;
		}
	}
	return run(&options);
}
