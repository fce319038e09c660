/* SPDX-License-Identifier: MIT */
/* Events for people. Names and messages in them are others' words: no control character passes. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "journal.h"

static void put_clean(const char *text)
{
	ctl_put_clean(stdout, text);
}

static void put_member(const char *before, yajl_val event, const char *key, const char *after)
{
	const char *text = journal_text(event, key);

	if (text && text[0]) {
		printf("%s", before);
		put_clean(text);
		printf("%s", after);
	}
}

static void print_created(yajl_val event)
{
	printf("created");
	put_member(" by axl ", event, "by", "");
	printf(", %lld MiB", journal_number(event, "memory_kib", 0) / 1024);
}

static void print_failed(yajl_val event)
{
	yajl_val error = journal_member(event, "error");

	put_member("axl ", event, "verb", " failed");
	put_member(" (step ", event, "step", ")");
	if (error) {
		put_member(": ", error, "what", "");
		put_member(": ", error, "cause", "");
		put_member(" [", error, "id", "]");
	}
}

static void print_command(yajl_val event)
{
	put_member("axl ", event, "verb", "");
}

static void print_shutdown(yajl_val event)
{
	put_member("shut down: ", event, "reason", "");
	put_member(", action ", event, "action", "");
}

static void print_crashed(yajl_val event)
{
	yajl_val registers = journal_member(event, "registers");

	printf("crashed");
	put_member(", action ", event, "action", "");
	if (registers) {
		printf("; vCPU %lld", journal_number(event, "vcpu", 0));
		put_member(" at ", registers, "rip", "");
	}
}

static void print_kept(yajl_val event)
{
	printf("kept for inspection");
	put_member(" as ", event, "as", "");
}

static void print_reconnected(yajl_val event)
{
	printf("xenstored was away for %lld s; watched over again",
	       journal_number(event, "seconds", 0));
}

static void print_dumped(yajl_val event)
{
	put_member("its memory is in ", event, "file", "");
}

static void print_destroyed(yajl_val event)
{
	(void)event;
	printf("was destroyed");
}

static void print_appeared(yajl_val event)
{
	(void)event;
	printf("is there");
}

static void print_gone(yajl_val event)
{
	(void)event;
	printf("is gone");
}

static void print_ended(yajl_val event)
{
	put_member("has shut down: ", event, "reason", "");
}

static void print_unconnected(yajl_val event)
{
	put_member("", event, "device", "");
	printf(" has not connected after %lld s", journal_number(event, "waited_seconds", 0));
	put_member(": the guest's side is ", event, "frontend_state", "");
	put_member(", dom0's ", event, "backend_state", "");
}

static const struct {
	const char *event;
	void (*print)(yajl_val event);
} kinds[] = {
	{"created", print_created},
	{"failed", print_failed},
	{"command", print_command},
	{"shutdown", print_shutdown},
	{"crashed", print_crashed},
	{"kept", print_kept},
	{"dumped", print_dumped},
	{"destroyed", print_destroyed},
	{"appeared", print_appeared},
	{"gone", print_gone},
	{"ended", print_ended},
	{"unconnected", print_unconnected},
	{"reconnected", print_reconnected},
};

/* UTC in the file, the reader's time here. */
static void print_time(yajl_val event)
{
	const char *stamp = journal_text(event, "time");
	char text[32];
	struct tm tm = {.tm_isdst = 0};
	time_t when;

	if (!strptime(stamp, "%FT%T", &tm)) {
		put_clean(stamp);
		return;
	}
	when = timegm(&tm);
	strftime(text, sizeof(text), "%F %T", localtime_r(&when, &tm));
	printf("%s", text);
}

void journal_print(yajl_val event)
{
	const char *kind = journal_text(event, "event");
	long long domid = journal_number(event, "domid", -1);
	size_t i;

	print_time(event);
	printf("  ");
	put_clean(journal_text(event, "name"));
	if (domid >= 0) {
		printf(" (%lld)", domid);
	}
	printf("  ");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].event, kind)) {
			kinds[i].print(event);
			break;
		}
	}
	if (i == sizeof(kinds) / sizeof(kinds[0])) {
		put_clean(kind);
	}
	putchar('\n');
}

void journal_print_hint(const char *hint)
{
	printf("    hint: ");
	put_clean(hint);
	putchar('\n');
}

/* Texts of an array, some a line. */
static void print_list(const char *title, yajl_val event, const char *key, unsigned int columns)
{
	yajl_val list = journal_member(event, key);

	if (!YAJL_IS_ARRAY(list) || !list->u.array.len) {
		return;
	}
	printf("  %s:\n", title);
	for (size_t i = 0; i < list->u.array.len; i++) {
		printf("%s", i % columns ? " " : "    ");
		if (YAJL_IS_STRING(list->u.array.values[i])) {
			put_clean(YAJL_GET_STRING(list->u.array.values[i]));
		}
		if ((i + 1) % columns == 0 || i + 1 == list->u.array.len) {
			putchar('\n');
		}
	}
}

void journal_print_crash(yajl_val event)
{
	yajl_val registers = journal_member(event, "registers");
	size_t count = YAJL_IS_OBJECT(registers) ? registers->u.object.len : 0;

	for (size_t i = 0; i < count; i++) {
		yajl_val value = registers->u.object.values[i];

		char text[32];

		snprintf(text, sizeof(text), "%-6.6s %-18.18s", registers->u.object.keys[i],
			 YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : "");
		printf("%s", i % 3 ? "  " : "    ");
		put_clean(text);
		if (i % 3 == 2 || i + 1 == count) {
			putchar('\n');
		}
	}
	print_list("words of its stack that may be return addresses", event, "backtrace", 4);
	print_list("top of its stack", event, "stack", 4);
	print_list("the hypervisor's lines about it", event, "hypervisor", 1);
}
