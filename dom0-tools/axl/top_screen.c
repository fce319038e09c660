/* SPDX-License-Identifier: MIT */
/* axl top on a terminal, by ncurses. */
#include <ctype.h>
#include <curses.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void summary(FILE *out, const struct stats *now)
{
	const struct xen_sysctl_physinfo *machine = &now->machine;
	unsigned int running = 0, blocked = 0, paused = 0, down = 0;
	time_t clock = time(NULL);
	char stamp[16];
	struct tm tm;

	for (int i = 0; i < now->count; i++) {
		uint32_t flags = now->domains[i].domain.info.flags;

		running += !!(flags & XEN_DOMINF_running);
		blocked += !!(flags & XEN_DOMINF_blocked);
		paused += !!(flags & XEN_DOMINF_paused);
		down += !!(flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying));
	}
	strftime(stamp, sizeof(stamp), "%T", localtime_r(&clock, &tm));
	fprintf(out, "axl top - %s\n", stamp);
	fprintf(out, "%d domains: %u running, %u blocked, %u paused, %u down\n", now->count,
		running, blocked, paused, down);
	fprintf(out, "Mem: %lluk total, %lluk used, %lluk free    CPUs: %u @ %uMHz\n\n",
		(unsigned long long)machine->total_pages * 4,
		(unsigned long long)(machine->total_pages - machine->free_pages) * 4,
		(unsigned long long)machine->free_pages * 4, machine->nr_cpus,
		machine->cpu_khz / 1000);
}

#define HEAD_LINES 5 /* the summary, and the head of the table */

static int count_lines(const char *text)
{
	int n = 0;

	for (; *text; text++) {
		n += *text == '\n';
	}
	return n;
}

static void draw_help(const struct top_options *options)
{
	char help[160];

	snprintf(help, sizeof(help),
		 "q quit  s sort by CPU%s  v vCPUs%s  n networks%s  x disks%s  arrows, Home, End",
		 options->by_cpu ? " [on]" : "", options->vcpus ? " [on]" : "",
		 options->networks ? " [on]" : "", options->vbds ? " [on]" : "");
	mvaddnstr(LINES - 1, 0, help, COLS);
}

/* Draws the lines that fit, from line *from of the table on, which is kept within it. */
static void draw(const struct top_options *options, const struct stats *before, struct stats *now,
		 int *from)
{
	int room = LINES - 1 - HEAD_LINES; /* one line is the help's */
	char *text = NULL, *next, *line;
	int row = 0, skipped = 0, surplus;
	FILE *out;
	size_t len;

	out = open_memstream(&text, &len);
	if (!out) {
		return;
	}
	summary(out, now);
	top_print(out, options, before, now);
	fclose(out);
	surplus = count_lines(text) - HEAD_LINES - room;
	*from = *from < surplus ? *from : surplus;
	*from = *from > 0 ? *from : 0;
	erase();
	next = text;
	while ((line = strsep(&next, "\n")) && row < LINES - 1) {
		if (row == HEAD_LINES && skipped < *from) {
			skipped++;
			continue;
		}
		if (row == HEAD_LINES - 1) {
			attron(A_REVERSE);
		}
		mvaddnstr(row++, 0, line, COLS);
		attroff(A_REVERSE);
	}
	draw_help(options);
	refresh();
	free(text);
}

static int page(void)
{
	return LINES > HEAD_LINES + 2 ? LINES - HEAD_LINES - 2 : 1;
}

/* What a key does. False: quit. */
static bool handle_key(struct top_options *options, int *from, int key)
{
	switch (key < 128 ? tolower(key) : key) {
	case 'q':
	case 27:
		return false;
	case 's':
		options->by_cpu = !options->by_cpu;
		break;
	case 'v':
		options->vcpus = !options->vcpus;
		break;
	case 'n':
		options->networks = !options->networks;
		break;
	case 'x':
	case 'b': /* xentop's */
		options->vbds = !options->vbds;
		break;
	case KEY_DOWN:
		(*from)++;
		break;
	case KEY_UP:
		(*from)--;
		break;
	case KEY_NPAGE:
		*from += page();
		break;
	case KEY_PPAGE:
		*from -= page();
		break;
	case KEY_HOME:
		*from = 0;
		break;
	case KEY_END:
		*from = INT_MAX / 2;
		break;
	}
	return true;
}

/*
 * Shows these statistics, anew with every key, until the delay is over: a share of the CPU means
 * something over a whole delay only. False: quit.
 */
static bool show(struct top_options *options, const struct stats *before, struct stats *now,
		 int *from)
{
	int64_t until = monotonic_ms() + (int64_t)(options->delay_seconds * 1000), left;
	int key;

	do {
		draw(options, before, now, from);
		left = until - monotonic_ms();
		timeout(left > 0 ? (int)left : 0);
		key = getch();
		if (key != ERR && !handle_key(options, from, key)) {
			return false;
		}
	} while (key != ERR);
	return true;
}

static int screen_loop(struct axl *axl, struct top_options *options)
{
	struct stats before, now;
	unsigned long done = 0;
	int from = 0;
	int ret = stats_take(axl, &before);

	if (ret) {
		return ret;
	}
	for (;;) {
		ret = stats_take(axl, &now);
		if (ret) {
			break;
		}
		/* nothing is known at first, as in xentop */
		if (!show(options, done ? &before : &now, &now, &from) ||
		    ++done == options->iterations) {
			stats_free(&now);
			break;
		}
		stats_free(&before);
		before = now;
	}
	stats_free(&before);
	return ret;
}

int top_screen(struct axl *axl, struct top_options *options)
{
	int found = 0, ret;

	if (!isatty(STDOUT_FILENO) || setupterm(NULL, STDOUT_FILENO, &found) != OK) {
		ctl_error_set(&axl->err, "no-terminal", "cannot draw on this terminal");
		ctl_error_cause(&axl->err, "%s",
				isatty(STDOUT_FILENO) ? "it is unknown: see $TERM"
						      : "standard output is none");
		ctl_error_hint(&axl->err, "axl top --batch writes lines");
		return -ENOTTY;
	}
	initscr();
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	set_escdelay(50);
	ret = screen_loop(axl, options);
	endwin();
	return ret;
}
