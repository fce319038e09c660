/* SPDX-License-Identifier: MIT */
/*
 * pvprobe's command line: words in any order
 *	disk=write,verify	jobs for the disk (see disk_run); dev=51712 which, mib=N how much
 *	net=10.9.0.9		answer ARP and ping at this address
 *	seed=N			of the disk's pattern
 *	exit=poweroff|reboot|crash|fault	what to do when the jobs are done (fault: one that
 *				nothing handles); default: serve until told
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/sched.h>

#include "gnttab/gnttab.h"
#include "port/port.h"
#include "port/runtime/events.h"
#include "port/runtime/hypercall.h"
#include "port/runtime/pages.h"
#include "port/runtime/runtime.h"
#include "port/runtime/traps.h"
#include "probe.h"
#include "xenbus/xenbus.h"

static bool store_is_up;

void probe_report(const char *format, ...)
{
	char line[XENBUS_VALUE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	printf("PVPROBE %s\n", line);
	if (store_is_up) {
		xenbus_write("data/pvprobe", line);
	}
}

static unsigned long number_argument(const char *key, unsigned long otherwise)
{
	const char *text = runtime_argument(key);

	return text != NULL ? strtoul(text, NULL, 0) : otherwise;
}

/* What the tools ask through control/shutdown; -1: nothing. */
static int shutdown_asked(void)
{
	static const struct {
		const char *word;
		int reason;
	} words[] = {
		{"poweroff", SHUTDOWN_poweroff},
		{"halt", SHUTDOWN_poweroff},
		{"reboot", SHUTDOWN_reboot},
	};
	char value[32];

	if (xenbus_read("control/shutdown", value, sizeof(value)) <= 0) {
		return -1;
	}
	/* taking the word back is the agreed acknowledgement */
	xenbus_write("control/shutdown", "");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i].word) == 0) {
			return words[i].reason;
		}
	}
	probe_report("asked to \"%s\", which this guest does not know", value);
	return -1;
}

static _Noreturn void leave(int reason)
{
	net_stop();
	probe_report("leaving, reason %d", reason);
	runtime_exit((unsigned int)reason);
}

static bool jobs_run(void)
{
	char jobs[128];
	const char *text = runtime_argument("disk");
	bool ok = true;

	if (text != NULL) {
		snprintf(jobs, sizeof(jobs), "%s", text);
		ok = disk_run((unsigned int)number_argument("dev", 51712), jobs,
			      number_argument("mib", 0), number_argument("seed", 1));
	}
	text = runtime_argument("net");
	if (text != NULL) {
		snprintf(jobs, sizeof(jobs), "%s", text);
		ok = net_start(jobs) && ok;
	}
	return ok;
}

static void exit_if_told(void)
{
	const char *how = runtime_argument("exit");

	if (how == NULL) {
		return;
	}
	if (strcmp(how, "fault") == 0) {
		probe_report("about to fault without a trap table");
		hypercall1(__HYPERVISOR_set_trap_table, 0);
		*(volatile char *)0x123456789000UL = 1;
	}
	leave(strcmp(how, "crash") == 0    ? SHUTDOWN_crash
	      : strcmp(how, "reboot") == 0 ? SHUTDOWN_reboot
					   : SHUTDOWN_poweroff);
}

void guest_main(void)
{
	bool ok;

	traps_init();
	events_init();
	if (gnttab_init(1) != 0 || xenbus_init() != 0) {
		probe_report("FAILED: no grant table or no xenstore");
		runtime_exit(SHUTDOWN_crash);
	}
	store_is_up = true;
	probe_report("started, %lu pages, %zu free", start_info->nr_pages, pages_free_count());
	xenbus_write("control/feature-poweroff", "1");
	xenbus_write("control/feature-reboot", "1");
	xenbus_watch("control/shutdown", "shutdown");
	ok = jobs_run();
	probe_report(ok ? "READY" : "FAILED");
	exit_if_told();
	for (;;) {
		int reason = shutdown_asked();

		if (reason >= 0) {
			leave(reason);
		}
		net_serve();
		xenbus_changed();
		port_wait(0);
	}
}
