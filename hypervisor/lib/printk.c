/* SPDX-License-Identifier: MIT */
/* Log lines: level filter, prefix, console ring and consoles. */
#include "lib/printk.h"

#include "arch/console.h"
#include "arch/time.h"
#include "core/domain.h"
#include "lib/console_ring.h"
#include "lib/spinlock.h"
#include "lib/string.h"

#define PREFIX "(Argon) "
#define LINE_MAX 512

/* A guest may log this many lines a second; the rest are counted. */
#define GUEST_LINES_PER_SECOND 20

static spinlock_t console_lock = SPINLOCK(RANK_CONSOLE);
static bool console_forced; /* a dying machine ignores the lock */

enum log_level printk_level = PRINTK_STANDARD;
enum log_level gprintk_level = GPRINTK_STANDARD;

void printk_lock(void)
{
	if (!console_forced) {
		spin_lock(&console_lock);
	}
}

void printk_unlock(void)
{
	if (!console_forced) {
		spin_unlock(&console_lock);
	}
}

void printk_force(void)
{
	console_forced = true;
}

static void emit_locked(const char *s, size_t n)
{
	console_ring_put(s, n);
	console_write(s, n);
}

/* Whole lines: each gets the prefix; a missing last newline is added. */
static void emit_lines(const char *prefix, const char *text)
{
	printk_lock();
	while (*text) {
		const char *end = strchr(text, '\n');
		size_t n = end ? (size_t)(end - text) : strlen(text);

		emit_locked(PREFIX, sizeof(PREFIX) - 1);
		emit_locked(prefix, strlen(prefix));
		emit_locked(text, n);
		emit_locked("\n", 1);
		text += n + (end ? 1 : 0);
	}
	printk_unlock();
}

void vprintk(enum log_level level, const char *fmt, va_list ap)
{
	char line[LINE_MAX];

	if (level > printk_level) {
		return;
	}
	vsnprintf(line, sizeof(line), fmt, ap);
	emit_lines("", line);
}

void printk(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(level, fmt, ap);
	va_end(ap);
}

void printk_raw(const char *s, size_t n)
{
	printk_lock();
	emit_locked(s, n);
	printk_unlock();
}

/*
 * True if d may log one more line in this second.  The counters are not
 * exact when several of its CPUs log at once, and need not be.
 */
static bool gprintk_allowed(struct domain *d)
{
	uint64_t second = now_ns() / NSEC_PER_SEC;
	unsigned int lost;
	char prefix[24];

	if (d->gprintk_window != second) {
		lost = d->gprintk_count > GUEST_LINES_PER_SECOND
			       ? d->gprintk_count - GUEST_LINES_PER_SECOND
			       : 0;
		d->gprintk_window = second;
		d->gprintk_count = 0;
		if (lost) {
			snprintf(prefix, sizeof(prefix), "d%u: ", d->id);
			emit_lines(prefix, "more log lines in one second than allowed, dropped");
		}
	}
	return ++d->gprintk_count <= GUEST_LINES_PER_SECOND;
}

void gprintk(const struct domain *d, enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX], prefix[24];
	va_list ap;

	/* The rate counters are the one thing about d that logging changes. */
	if (level > gprintk_level || !gprintk_allowed((struct domain *)(uintptr_t)d)) {
		return;
	}
	snprintf(prefix, sizeof(prefix), "d%u: ", d->id);
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	emit_lines(prefix, line);
}
