/* SPDX-License-Identifier: MIT */
/*
 * The journal: whole lines from many writers, bounded, readable whatever is in it; and what why
 * and events make of it. Other tests write to the same one: events are told by their names.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/journal.h"
#include "../../../dom0-tools/axl/json.h"
#include "fake.h"
#include "fake_run.h"
#include "xen/hypercall.h"

static int setup(void **state)
{
	(void)state;
	unlink(JOURNAL_FILE);
	unlink(JOURNAL_OLD);
	fake_reset();
	fake_domain(3, "j-web");
	fake_domain(12, "db")->flags = XEN_DOMINF_shutdown | 3 << XEN_DOMINF_shutdownshift;
	return 0;
}

static void note(const char *event, const char *name, int domid)
{
	assert_int_equal(journal_end(journal_begin(event, name, domid)), 0);
}

static size_t count_of(const char *name)
{
	struct journal journal;
	size_t count = 0;

	assert_int_equal(journal_read(&journal), 0);
	for (size_t i = 0; i < journal.count; i++) {
		count += !strcmp(journal_text(journal.events[i], "name"), name);
	}
	journal_free(&journal);
	return count;
}

static void raw(const char *text, size_t len)
{
	int fd = open(JOURNAL_FILE, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static void test_round(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(count_of("j-round"), 0);
	note("destroyed", "j-round", 7);
	note("destroyed", "j-round", JOURNAL_NO_DOMID);
	assert_int_equal(count_of("j-round"), 2);
	assert_int_equal(stat(JOURNAL_FILE, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* What is no event is passed over, and a torn line takes no other with it. */
static void test_hostile_file(void **state)
{
	char *long_line = malloc(3 * JOURNAL_LINE_MAX);

	(void)state;
	memset(long_line, 'x', 3 * JOURNAL_LINE_MAX);
	note("destroyed", "j-hostile", 7);
	raw("\n\n{}\n[1]\nnonsense\n{\"time\":1,\"event\":2,\"name\":3}\n\0\xff\n", 52);
	raw(long_line, 3 * JOURNAL_LINE_MAX);
	raw("\n", 1);
	note("destroyed", "j-hostile", 8);
	raw("{\"time\":\"2026-01-01T00:00:00Z\",\"event\":\"destr", 45);
	note("destroyed", "j-hostile", 9);
	assert_int_equal(count_of("j-hostile"), 3);
	/* an event that would not fit into a line is not written */
	long_line[2 * JOURNAL_LINE_MAX] = '\0';
	assert_int_equal(journal_end(journal_begin("destroyed", long_line, 1)), -E2BIG);
	free(long_line);
}

/* A link or folder in the file's place is not followed. */
static void test_not_a_file(void **state)
{
	(void)state;
	unlink(JOURNAL_FILE);
	mkdir(JOURNAL_DIR, 0755);
	assert_int_equal(symlink("elsewhere", JOURNAL_FILE), 0);
	assert_int_equal(journal_end(journal_begin("destroyed", "j-link", 7)), -ELOOP);
	assert_int_equal(access(JOURNAL_DIR "/elsewhere", F_OK), -1);
	unlink(JOURNAL_FILE);
}

#define WRITERS 4
#define WRITES 2500

/* All at once, across several changes of the file: each line whole, the size bounded. */
static void test_many_writers(void **state)
{
	struct journal_tail *tail = calloc(1, sizeof(*tail));
	struct journal journal;
	struct stat now, old;
	size_t followed = 0;
	yajl_val event;
	pid_t pids[WRITERS];
	char name[300];
	int status;

	(void)state;
	memset(name, 'n', sizeof(name));
	memcpy(name, "j-many", 6);
	name[sizeof(name) - 1] = '\0';
	note("destroyed", "j-first", 1);
	journal_tail_open(tail);
	for (int w = 0; w < WRITERS; w++) {
		pids[w] = fork();
		if (!pids[w]) {
			int bad = 0;

			for (int i = 0; i < WRITES; i++) {
				bad |= journal_end(journal_begin("destroyed", name, w));
			}
			_exit(!!bad);
		}
	}
	for (int w = 0; w < WRITERS; w++) {
		while (!waitpid(pids[w], &status, WNOHANG)) {
			while ((event = journal_tail_next(tail))) {
				followed += !strcmp(journal_text(event, "name"), name);
				yajl_tree_free(event);
			}
		}
		assert_int_equal(status, 0);
	}
	while ((event = journal_tail_next(tail))) {
		followed += !strcmp(journal_text(event, "name"), name);
		yajl_tree_free(event);
	}
	journal_tail_close(tail);
	free(tail);
	assert_int_equal(stat(JOURNAL_FILE, &now), 0);
	assert_int_equal(stat(JOURNAL_OLD, &old), 0);
	assert_true(now.st_size <= JOURNAL_BYTES_MAX + JOURNAL_LINE_MAX);
	assert_true(old.st_size <= JOURNAL_BYTES_MAX + JOURNAL_LINE_MAX);
	assert_int_equal(journal_read(&journal), 0);
	/* every line of the two files is an event */
	assert_true(journal.count > JOURNAL_BYTES_MAX / 500);
	journal_free(&journal);
	assert_true(followed > 0 && followed <= WRITERS * WRITES);
}

static void test_verbs_are_noted(void **state)
{
	(void)state;
	run("pause j-web");
	run("unpause j-web");
	run("domid j-web"); /* changes nothing */
	run("pause");       /* wrong arguments */
	run("mem-set j-web 1");
	run("events -n 3 j-web");
	assert_non_null(strstr(printed, "j-web (3)  axl pause\n"));
	assert_non_null(strstr(printed, "j-web (3)  axl unpause\n"));
	assert_non_null(strstr(printed, "j-web (3)  axl mem-set failed: "));
	run_json("events j-web");
	assert_int_equal(get("events")->u.array.len, 3);
	assert_string_equal(YAJL_GET_STRING(get("events/0/verb")), "pause");
	assert_string_equal(YAJL_GET_STRING(get("events/2/error/id")), "out-of-range");
	run("destroy 0 j-web");
	run("events -n 1 j-web");
	assert_non_null(strstr(printed, "axl destroy\n"));
}

static void test_failed_step(void **state)
{
	(void)state;
	run("pause j-web");
	axl.noted = false;
	axl_subject(&axl, "j-step", -1);
	axl.step = "devices";
	ctl_error_set(&axl.err, "no-such-bridge", "no such bridge: %s", "xenbr7\033[2J");
	ctl_error_hint(&axl.err, "make it");
	journal_run(&axl, -ENODEV);
	run("why j-step");
	assert_int_equal(result, 0);
	assert_non_null(strstr(printed, "There is no such domain now.\n"));
	assert_non_null(strstr(printed, "j-step  axl pause failed (step devices): no such bridge: "
					"xenbr7?[2J [no-such-bridge]\n    hint: make it\n"));
	run("why nobody");
	assert_string_equal(axl.err.id, "no-such-domain");
	run("why");
	assert_string_equal(axl.err.id, "usage");
	run("why -n x j-web");
	assert_string_equal(axl.err.id, "out-of-range");
}

/* Frames of the fake hold their number's last byte: 0x11 throughout leads to 0x11 again. */
static void crashed_contexts(struct vcpu_guest_context contexts[4])
{
	memset(contexts, 0, 4 * sizeof(*contexts));
	for (int v = 0; v < 4; v++) {
		contexts[v].flags = VGCF_in_kernel;
		contexts[v].user_regs.rip = 0x1111111111111000 + __HYPERVISOR_sched_op * 32 + 9;
		contexts[v].user_regs.rdi = v == 2 ? 2 : 1; /* the others block */
		contexts[v].user_regs.rsp = 0xffff888000001ff0;
		contexts[v].ctrlreg[3] = 0x11000;
	}
}

static void test_crash(void **state)
{
	struct vcpu_guest_context contexts[4];

	(void)state;
	crashed_contexts(contexts);
	fake.contexts = contexts;
	fake.ring = "(XEN) d12v2 is fine\n(XEN) d1v2 crashed\n(XEN) d12v1 fault \033[2J\n"
		    "(XEN) d120 crashed\n";
	run("why db");
	assert_int_equal(result, 0);
	assert_non_null(strstr(printed, "db is domain 12, state ---sc-: crash\n"));
	assert_non_null(strstr(printed, "at vCPU 2:\n"));
	assert_non_null(
		strstr(printed, "    rip    0x11111111111113a9  rsp    0xffff888000001ff0"));
	assert_non_null(
		strstr(printed, "return addresses:\n    0x1111111111111111 0x1111111111111111"));
	assert_non_null(strstr(printed, "    (XEN) d12v1 fault ?[2J\n"));
	assert_null(strstr(printed, "fine"));
	assert_null(strstr(printed, "d1v2"));
	assert_null(strstr(printed, "d120"));
	run_json("why 12");
	assert_int_equal(YAJL_GET_INTEGER(get("crash/vcpu")), 2);
	assert_string_equal(YAJL_GET_STRING(get("crash/registers/rdi")), "0x2");
	assert_int_equal(get("crash/backtrace")->u.array.len, 24);
	assert_int_equal(get("crash/hypervisor")->u.array.len, 1);
	/* nobody reports: the vCPU that the hypervisor names */
	contexts[2].user_regs.rdi = 1;
	run_json("why db");
	assert_int_equal(YAJL_GET_INTEGER(get("crash/vcpu")), 1);
}

/* Tables that lead nowhere, to themselves, to others, and a stack in the hypervisor's part. */
static void test_crash_hostile(void **state)
{
	static const struct {
		uint64_t rsp, cr3;
	} cases[] = {
		{0, 0},
		{~0UL, ~0UL},
		{0xffff800000000000, 0x11000},
		{0x0000800000000000, 0x11000},
		{0xffff888000001000, 0x10000},
		{0xffff888000001000, 0x91000},
		{0xffff888000001000, (FAKE_FRAME + FAKE_FOREIGN_PFN) << 12},
	};
	struct vcpu_guest_context contexts[4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		crashed_contexts(contexts);
		contexts[2].user_regs.rsp = cases[i].rsp;
		contexts[2].ctrlreg[3] = cases[i].cr3;
		fake.contexts = contexts;
		run_json("why db");
		assert_int_equal(result, 0);
		assert_non_null(get("crash/registers/rip"));
		assert_int_equal(get("crash/stack")->u.array.len, 0);
	}
}

/* Text that a guest or a user has chosen never reaches the terminal as it is. */
static void test_escaping(void **state)
{
	(void)state;
	note("destroyed",
	     "j-\033]0;x\a\xc2\x9b"
	     "2J\r\n",
	     5);
	run("events j-\033]0;x\a\xc2\x9b"
	    "2J\r\n");
	assert_non_null(strstr(printed, "  j-?]0;x??2J?? (5)  was destroyed\n"));
	for (const char *c = printed; *c; c++) {
		assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
	}
	note("unheard-of\033", "j-kind", 5);
	run("events j-kind");
	assert_non_null(strstr(printed, "unheard-of?\n"));
}

static void test_devices(void **state)
{
	(void)state;
	run("why j-web");
	assert_string_equal(strstr(printed, "j-web is"), "j-web is domain 3, state -b----\n");
	fake.frontend_state = 3;
	run("why j-web");
	assert_non_null(strstr(printed, "disk 51712 is not connected: the guest's side is "
					"unknown, dom0's connected\n"));
	run_json("why j-web");
	assert_true(YAJL_IS_FALSE(get("devices/0/connected")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_round, setup),
		cmocka_unit_test_setup(test_hostile_file, setup),
		cmocka_unit_test_setup(test_not_a_file, setup),
		cmocka_unit_test_setup(test_many_writers, setup),
		cmocka_unit_test_setup(test_verbs_are_noted, setup),
		cmocka_unit_test_setup(test_failed_step, setup),
		cmocka_unit_test_setup(test_crash, setup),
		cmocka_unit_test_setup(test_crash_hostile, setup),
		cmocka_unit_test_setup(test_escaping, setup),
		cmocka_unit_test_setup(test_devices, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
