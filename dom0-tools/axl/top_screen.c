/* SPDX-License-Identifier: MIT */
/* axl top on a terminal, by ncurses. */
#include <ctype.h>
#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "top.h"

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

/* Draws the lines that fit, from line `from` of the table on. */
static void draw(const struct top_options *options, const struct stats *before, struct stats *now,
		 int from)
{
	char *text = NULL, *next, *line;
	int row = 0, skipped = 0;
	FILE *out;
	size_t len;

	out = open_memstream(&text, &len);
	if (!out) {
		return;
	}
	summary(out, now);
	top_print(out, options, before, now);
	fclose(out);
	erase();
	next = text;
	while ((line = strsep(&next, "\n")) && row < LINES - 1) {
		if (row == 5 && skipped < from) { /* below the head of the table */
			skipped++;
			continue;
		}
		if (row == 4) {
			attron(A_REVERSE);
		}
		mvaddnstr(row++, 0, line, COLS);
		attroff(A_REVERSE);
	}
	mvaddnstr(LINES - 1, 0, "q quit  s sort by CPU  v vCPUs  n networks  x disks", COLS);
	refresh();
	free(text);
}

/* Waits for a key or the end of the delay. False: quit. */
static bool handle_keys(struct top_options *options, int *from)
{
	int key;

	timeout((int)(options->delay_seconds * 1000));
	key = getch();
	if (key == KEY_DOWN) {
		(*from)++;
	} else if (key == KEY_UP && *from) {
		(*from)--;
	}
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
	}
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
		draw(options, &before, &now, from);
		stats_free(&before);
		before = now;
		if (++done == options->iterations || !handle_keys(options, &from)) {
			break;
		}
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
	ret = screen_loop(axl, options);
	endwin();
	return ret;
}
