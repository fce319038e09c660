/* SPDX-License-Identifier: MIT */
/* xenstored: options, and the loop that gives every client its turn. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libdaemon/daemon.h"
#include "../libdaemon/identity.h"
#include "../libdaemon/log.h"
#include "../libdaemon/loop.h"
#include "../libdaemon/options.h"
#include "connection.h"
#include "listen.h"
#include "machine.h"
#include "quota.h"
#include "stored.h"
#include "update.h"

struct options {
	struct daemon_settings daemon;
	const char *socket_path; /* NULL: the default */
	const char *log_file;
	bool no_machine;
	bool verbose;
	bool print_pid;
	bool afresh;     /* an old daemon's state is not looked at */
	int check_state; /* a descriptor, or -1 */
	bool is_heir;    /* `takeover` is filled in */
	struct takeover takeover;
	bool quota_given[QUOTA_KINDS]; /* for this daemon, not for one whose heir it is */
	struct quota quota;
};

static const char usage[] =
	"Usage: xenstored [OPTION]...\n"
	"The store through which domain 0 and its guests find each other.\n"
	"\n"
	"  -D, --no-domain-init     serve sockets only, without a hypervisor\n"
	"  -F, --pid-file FILE      write the daemon's process id there\n"
	"  -N, --no-fork            stay in the foreground\n"
	"  -P, --output-pid         print the process id\n"
	"  -S, --entry-size N       quota: bytes of a node (node-size)\n"
	"  -E, --entry-nb N         quota: nodes of a domain (nodes)\n"
	"  -W, --watch-nb N         quota: watches of a domain (watches)\n"
	"  -t, --transaction N      quota: open transactions of a domain (transactions)\n"
	"  -A, --perm-nb N          quota: permissions of a node (node-permissions)\n"
	"  -M, --path-max N         quota: letters of a path (path-max)\n"
	"  -Q, --quota NAME=N       any quota by its name (`xenstore-control quota' lists them)\n"
	"  -q, --quota-soft memory=N  bytes of a domain that are worth a warning\n"
	"  -s, --socket PATH        listen there instead of /run/xenstored/socket\n"
	"  -T, --trace-file FILE    copy the log, and with -v every request, to a file\n"
	"  -v, -V, --verbose        trace every request\n"
	"  -R, --no-recovery        begin empty, even if a daemon left its state when it ended\n"
	"      --user=NAME|UID     whom to become once all is open (xenstored)\n"
	"      --no-sandbox         go on without a filter of system calls\n"
	"  -H, -h, --help           this text\n"
	"  -I, -K, -w ARG       accepted for compatibility, without effect\n";

enum {
	OPTION_TAKE_OVER = 256, /* these two are for the daemon's own use: update.c */
	OPTION_CHECK_STATE,
};

static const struct option long_options[] = {
	{"take-over", required_argument, NULL, OPTION_TAKE_OVER},
	{"check-state", required_argument, NULL, OPTION_CHECK_STATE},
	{"no-domain-init", no_argument, NULL, 'D'},
	{"entry-nb", required_argument, NULL, 'E'},
	{"internal-db", optional_argument, NULL, 'I'},
	{"keep-orphans", no_argument, NULL, 'K'},
	{"path-max", required_argument, NULL, 'M'},
	{"no-fork", no_argument, NULL, 'N'},
	{"output-pid", no_argument, NULL, 'P'},
	{"perm-nb", required_argument, NULL, 'A'},
	{"quota", required_argument, NULL, 'Q'},
	{"quota-soft", required_argument, NULL, 'q'},
	{"no-recovery", no_argument, NULL, 'R'},
	{"entry-size", required_argument, NULL, 'S'},
	{"socket", required_argument, NULL, 's'},
	{"trace-file", required_argument, NULL, 'T'},
	{"transaction", required_argument, NULL, 't'},
	{"verbose", no_argument, NULL, 'V'},
	{"watch-nb", required_argument, NULL, 'W'},
	{"timeout", required_argument, NULL, 'w'},
	DAEMON_OPTIONS,
	{NULL, 0, NULL, 0},
};

static bool set_quota(struct options *options, const char *name, const char *number)
{
	if (!quota_set(&options->quota, name, number)) {
		for (int kind = 0; kind < QUOTA_KINDS; kind++) {
			options->quota_given[kind] |= !strcmp(quota_names[kind], name);
		}
		return true;
	}
	fprintf(stderr,
		"xenstored: no quota '%s', or '%s' is not a number it takes; quotas are:", name,
		number);
	for (int kind = 0; kind < QUOTA_KINDS; kind++) {
		fprintf(stderr, " %s", quota_names[kind]);
	}
	fprintf(stderr, "\n");
	return false;
}

/* "name=number", with a suffix for the name. */
static bool set_named_quota(struct options *options, char *text, const char *suffix)
{
	char *equals = strchr(text, '=');
	char name[64];

	if (!equals) {
		fprintf(stderr, "xenstored: '%s' should be NAME=NUMBER\n", text);
		return false;
	}
	*equals = '\0';
	snprintf(name, sizeof(name), "%s%s", text, suffix);
	return set_quota(options, name, equals + 1);
}

/* The quota that has a letter of its own; NULL for other options. */
static const char *lettered_quota(int letter)
{
	static const char *const names['z'] = {
		['S'] = "node-size",        ['E'] = "nodes",
		['W'] = "watches",          ['t'] = "transactions",
		['A'] = "node-permissions", ['M'] = "path-max",
	};

	return letter > 0 && letter < 'z' ? names[letter] : NULL;
}

static enum option_answer take_option(void *arg, int letter)
{
	struct options *options = arg;

	if (lettered_quota(letter)) {
		return option_taken(set_quota(options, lettered_quota(letter), optarg));
	}
	switch (letter) {
	case 'D':
		options->no_machine = true;
		return OPTION_TAKEN;
	case 'N':
		options->daemon.foreground = true;
		return OPTION_TAKEN;
	case 'P':
		options->print_pid = true;
		return OPTION_TAKEN;
	case 'Q':
		return option_taken(set_named_quota(options, optarg, ""));
	case 'q':
		return option_taken(set_named_quota(options, optarg, "-soft"));
	case 's':
		options->socket_path = optarg;
		return OPTION_TAKEN;
	case 'T':
		options->log_file = optarg;
		return OPTION_TAKEN;
	case 'v':
	case 'V':
		options->verbose = true;
		return OPTION_TAKEN;
	case 'R':
		options->afresh = true;
		return OPTION_TAKEN;
	case OPTION_TAKE_OVER:
		/* The old daemon's options come before; its quotas are in the state. */
		memset(options->quota_given, 0, sizeof(options->quota_given));
		options->is_heir = takeover_parse(optarg, &options->takeover);
		return option_taken(options->is_heir);
	case OPTION_CHECK_STATE:
		options->check_state = atoi(optarg);
		return OPTION_TAKEN;
	case 'I':
	case 'K':
	case 'w':
		return OPTION_TAKEN;
	case 'H':
		fputs(usage, stdout);
		exit(0);
	default:
		return OPTION_UNKNOWN;
	}
}

static const struct option_table option_table = {
	.usage = usage,
	.letters = "A:DE:F:hHI::KM:NPQ:q:RS:s:T:t:vVW:w:",
	.longs = long_options,
	.take = take_option,
};

/* Where Debian's clients look, by the same variables. */
static const char *default_socket(char *path, size_t room)
{
	const char *whole = getenv("XENSTORED_PATH");
	const char *folder = getenv("XENSTORED_RUNDIR");

	if (whole) {
		return whole;
	}
	snprintf(path, room, "%s/socket", folder ? folder : "/run/xenstored");
	return path;
}

static int no_ring(void *arg, uint16_t domid, uint32_t port, struct transport **transport)
{
	(void)arg;
	(void)domid;
	(void)port;
	(void)transport;
	return -ENOSYS;
}

static int no_rebind(void *arg, struct transport *transport, uint32_t port)
{
	(void)arg;
	(void)transport;
	(void)port;
	return -ENOSYS;
}

static const struct stored_backend no_machine = {.ring_open = no_ring, .ring_rebind = no_rebind};

static bool finished;
static const char *log_file;

static void signal_ready(struct loop_source *source, uint32_t events)
{
	int number;

	(void)events;
	while ((number = daemon_next_signal(source->fd))) {
		if (number != SIGHUP) {
			finished = true;
		} else if (log_file && log_to_file(log_file) < 0) { /* it may have been rotated */
			log_warn("cannot open %s again: %s; the old one goes on (whoever rotates "
				 "it should make a new one that this user may write)",
				 log_file, strerror(errno));
		}
	}
}

struct daemon {
	const struct options *options;
	char **argv;
	struct loop *loop;
	struct machine *machine; /* NULL: sockets only */
	struct stored *stored;
	struct listener *listener;
	const char *socket_path;
	char folder[128];     /* of the socket */
	char state_path[160]; /* next to it */
	int socket;           /* until the listener has it, or -1 */
	int old_state;        /* of a daemon that ended before, or -1 */
	int log;              /* the log file, or -1 */
};

static int serve(struct daemon *daemon)
{
	bool more = true;

	while (!finished) {
		int ret = loop_wait(daemon->loop, more ? 0 : -1);

		if (ret) {
			log_error("waiting for clients failed: %s", strerror(-ret));
			return 1;
		}
		more = connections_run(daemon->stored);
		if (daemon->stored->update.wanted) {
			update_run(daemon->stored, daemon->listener, daemon->machine, daemon->argv);
			more = true;
		}
	}
	return 0;
}

/* The store: an old daemon's, or an empty one. */
static struct stored *find_store(struct daemon *daemon)
{
	const struct options *options = daemon->options;
	const struct stored_backend *backend = daemon->machine ? machine_backend(daemon->machine)
							       : &no_machine;
	struct stored *stored = NULL;

	if (options->is_heir) {
		stored = update_take_over(&options->takeover, daemon->loop, daemon->machine,
					  backend);
	} else if (daemon->old_state >= 0) {
		stored = update_resume(daemon->old_state, daemon->state_path, daemon->loop,
				       daemon->machine, backend);
	}
	if (!stored && !options->is_heir) {
		stored = stored_create(backend);
		if (!stored) {
			log_error("out of memory");
			return NULL;
		}
		stored->quota = options->quota;
	}
	for (int kind = 0; stored && kind < QUOTA_KINDS; kind++) {
		if (options->quota_given[kind]) {
			stored->quota.limit[kind] = options->quota.limit[kind];
		}
	}
	return stored;
}

/* Opens what only root may open, and becomes who will use it. */
static int settle(struct daemon *daemon)
{
	const struct options *options = daemon->options;
	struct identity who;

	if (!options->no_machine) {
		daemon->machine = machine_open(daemon->loop, NULL);
		if (!daemon->machine) {
			return -1;
		}
	}
	daemon->socket = listen_make(daemon->socket_path);
	if (daemon->socket < 0 || identity_find(&options->daemon, &who)) {
		return -1;
	}
	daemon->old_state = options->afresh ? -1 : update_open(daemon->state_path);
	identity_give_folder(&who, daemon->folder, !options->socket_path);
	if (daemon->log >= 0) {
		identity_give_file(&who, daemon->log);
	}
	if (daemon_pid_file(options->daemon.pid_file)) {
		return -1;
	}
	return identity_confine(&who, &options->daemon, true);
}

/* All of that has come along, and this is the user already. */
static int inherit(struct daemon *daemon)
{
	const struct options *options = daemon->options;
	const struct identity who = {.stays = true};

	daemon->socket = options->takeover.of[TAKE_LISTENER];
	daemon_take_pid_file(options->takeover.of[TAKE_PID_FILE]);
	if (!options->no_machine) {
		daemon->machine = machine_open(daemon->loop, &options->takeover);
		if (!daemon->machine) {
			return -1;
		}
	}
	return identity_confine(&who, &options->daemon, true);
}

static int set_up(struct daemon *daemon)
{
	if (daemon->options->is_heir ? inherit(daemon) : settle(daemon)) {
		return -1;
	}
	daemon->stored = find_store(daemon);
	if (!daemon->stored) {
		return -1;
	}
	daemon->listener =
		listen_open(daemon->loop, daemon->stored, daemon->socket_path, daemon->socket);
	if (!daemon->listener ||
	    (daemon->machine && machine_start(daemon->machine, daemon->stored))) {
		return -1;
	}
	return daemon_ready() ? -1 : 0;
}

static void take_down(struct daemon *daemon)
{
	if (daemon->listener) {
		listen_close(daemon->listener);
	} else if (daemon->socket >= 0) {
		close(daemon->socket);
		unlink(daemon->socket_path);
	}
	if (daemon->stored) {
		stored_destroy(daemon->stored);
	}
	if (daemon->machine) {
		machine_close(daemon->machine);
	}
}

static void name_paths(struct daemon *daemon, char *path, size_t room)
{
	const struct options *options = daemon->options;
	char *slash;

	daemon->socket_path = options->socket_path ? options->socket_path
						   : default_socket(path, room);
	snprintf(daemon->folder, sizeof(daemon->folder), "%s", daemon->socket_path);
	slash = strrchr(daemon->folder, '/');
	strcpy(slash ? slash : daemon->folder, slash ? "" : ".");
	snprintf(daemon->state_path, sizeof(daemon->state_path), "%s/state", daemon->folder);
}

/* Opens everything, serves, and takes it down again. */
static int run(const struct options *options, char **argv, int log)
{
	struct loop_source signals = {.ready = signal_ready};
	struct daemon daemon = {
		.options = options,
		.argv = argv,
		.loop = loop_create(),
		.socket = -1,
		.old_state = -1,
		.log = log,
	};
	char path[128];
	int status = 1;
	int ret;

	signals.fd = daemon_signals();
	if (!daemon.loop || signals.fd < 0 || loop_add(daemon.loop, &signals, EPOLLIN)) {
		log_error("cannot set up the event loop");
		return 1;
	}
	name_paths(&daemon, path, sizeof(path));
	if (!set_up(&daemon)) {
		log_open(options->daemon.name, options->daemon.foreground);
		status = serve(&daemon);
		ret = update_save(daemon.stored, daemon.state_path);
		if (ret) {
			log_error("cannot keep the store in %s: %s: the next daemon begins empty",
				  daemon.state_path, strerror(-ret));
		}
		daemon_end(options->daemon.pid_file);
	}
	take_down(&daemon);
	loop_remove(daemon.loop, &signals);
	close(signals.fd);
	loop_destroy(daemon.loop);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.daemon = {.name = "xenstored"}, .check_state = -1};
	int log = -1;
	int ret;

	log_open("xenstored", true);
	quota_defaults(&options.quota);
	if (!options_take(&option_table, argc, argv, &options, &options.daemon)) {
		return 2;
	}
	if (options.check_state >= 0) {
		return update_check(&no_machine, options.check_state) ? UPDATE_AGREED : 1;
	}
	log_set_tracing(options.verbose);
	log_file = options.log_file;
	if (log_file) {
		log = log_to_file(log_file);
		if (log < 0) {
			log_error("cannot write %s: %s", log_file, strerror(-log));
			return 1;
		}
	}
	if (options.is_heir) { /* the same process still */
		log_open("xenstored", options.daemon.foreground);
	} else if (!options.daemon.foreground) {
		ret = daemon_fork();
		if (ret) {
			log_error("cannot leave the terminal: %s", strerror(-ret));
			return 1;
		}
	}
	if (options.print_pid && !options.is_heir) {
		printf("%d\n", getpid());
		fflush(stdout);
	}
	return run(&options, argv, log);
}
