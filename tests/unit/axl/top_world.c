/* SPDX-License-Identifier: MIT */
/*
 * `axl top` of a made-up machine on this terminal, for eyes and for test_top_screen.sh: seven
 * guests, of which each takes 10 % of a CPU more than the one before.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/verbs.h"
#include "fake.h"

#define TICK_US 20000

static void time_passes(int number)
{
	(void)number;
	for (unsigned int i = 1; i < fake.domain_count; i++) {
		fake.domains[i].cpu_time += i * TICK_US * 100;
	}
}

int main(int argc, char **argv)
{
	static const char *const names[] = {
		"web", "db", "mail", "a-name-that-is-long", "build", "test", "last",
	};
	struct itimerval each = {{0, TICK_US}, {0, TICK_US}};
	struct axl axl = {.subject = {.domid = -1}};
	size_t matches;
	int ret;

	fake_reset();
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fake_domain(i + 1, names[i]);
	}
	fake.domains[3].flags |= XEN_DOMINF_paused;
	signal(SIGALRM, time_passes);
	setitimer(ITIMER_REAL, &each, NULL);
	axl.verb = verb_find(verbs, verb_count, "top", &matches);
	ret = axl.verb->run(&axl, argc, argv);
	if (ret) {
		axl_print_error(&axl);
	}
	return ret != 0;
}
