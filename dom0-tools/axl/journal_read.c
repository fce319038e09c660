/* SPDX-License-Identifier: MIT */
/* Reading events; what a crash or a full disk has left of a line is passed over. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"

static yajl_val member(yajl_val from, const char *key, yajl_type type)
{
	const char *path[] = {key, NULL};

	return yajl_tree_get(from, path, type);
}

yajl_val journal_member(yajl_val event, const char *key)
{
	return member(event, key, yajl_t_any);
}

const char *journal_text(yajl_val event, const char *key)
{
	yajl_val value = member(event, key, yajl_t_string);

	return value ? YAJL_GET_STRING(value) : NULL;
}

long long journal_number(yajl_val event, const char *key, long long missing)
{
	yajl_val value = member(event, key, yajl_t_number);

	return value && YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : missing;
}

/* NULL: it is none. */
static yajl_val parse(const char *line)
{
	yajl_val event = yajl_tree_parse(line, NULL, 0);

	if (event && !(journal_text(event, "time") && journal_text(event, "event") &&
		       journal_text(event, "name"))) {
		yajl_tree_free(event);
		event = NULL;
	}
	return event;
}

void journal_tail_open(struct journal_tail *tail)
{
	*tail = (struct journal_tail){
		.fd = open(JOURNAL_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
	};
	if (tail->fd >= 0) {
		lseek(tail->fd, 0, SEEK_END);
	}
}

void journal_tail_close(struct journal_tail *tail)
{
	if (tail->fd >= 0) {
		close(tail->fd);
	}
}

/* A whole line, from what is there already; the newline becomes the end. */
static char *take_line(struct journal_tail *tail, char line[JOURNAL_LINE_MAX])
{
	char *end = memchr(tail->line, '\n', tail->used);
	size_t len;
	bool skip = tail->skip;

	if (!end) {
		if (tail->used == sizeof(tail->line)) {
			tail->used = 0;
			tail->skip = true;
		}
		return NULL;
	}
	len = (size_t)(end - tail->line);
	memcpy(line, tail->line, len);
	line[skip ? 0 : len] = '\0';
	tail->used -= len + 1;
	memmove(tail->line, end + 1, tail->used);
	tail->skip = false;
	return line;
}

static bool fill(struct journal_tail *tail)
{
	ssize_t got = tail->fd < 0 ? 0
				   : read(tail->fd, tail->line + tail->used,
					  sizeof(tail->line) - tail->used);

	tail->used += got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* Another file has taken the place of ours, or the first one has come. */
static bool is_replaced(struct journal_tail *tail)
{
	struct stat ours = {.st_ino = 0}, there;
	int fd;

	if (tail->fd >= 0 && fstat(tail->fd, &ours) < 0) {
		return false;
	}
	if (lstat(JOURNAL_FILE, &there) < 0 || there.st_ino == ours.st_ino) {
		return false;
	}
	fd = open(JOURNAL_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		return false;
	}
	journal_tail_close(tail);
	tail->fd = fd;
	tail->used = 0;
	tail->skip = false;
	return true;
}

yajl_val journal_tail_next(struct journal_tail *tail)
{
	char line[JOURNAL_LINE_MAX];
	yajl_val event;

	do {
		do {
			while (take_line(tail, line)) {
				event = parse(line);
				if (event) {
					return event;
				}
			}
		} while (fill(tail));
	} while (is_replaced(tail));
	return NULL;
}

/* All events of one file. */
static int read_file(const char *path, struct journal *journal)
{
	struct journal_tail *tail = calloc(1, sizeof(*tail));
	yajl_val event, *bigger;
	struct stat st;
	int ret = 0;

	if (!tail) {
		return -ENOMEM;
	}
	tail->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (tail->fd >= 0 && !fstat(tail->fd, &st) && st.st_size > 2 * JOURNAL_BYTES_MAX) {
		/* Nobody of ours has made it so long. */
		lseek(tail->fd, -JOURNAL_BYTES_MAX, SEEK_END);
	}
	for (;;) {
		char line[JOURNAL_LINE_MAX];

		while (!ret && take_line(tail, line)) {
			event = parse(line);
			if (!event) {
				continue;
			}
			bigger = realloc(journal->events, (journal->count + 1) * sizeof(yajl_val));
			if (!bigger) {
				yajl_tree_free(event);
				ret = -ENOMEM;
				break;
			}
			journal->events = bigger;
			journal->events[journal->count++] = event;
		}
		if (ret || !fill(tail)) {
			break;
		}
	}
	journal_tail_close(tail);
	free(tail);
	return ret;
}

int journal_read(struct journal *journal)
{
	int ret;

	*journal = (struct journal){NULL, 0};
	ret = read_file(JOURNAL_OLD, journal);
	return ret ? ret : read_file(JOURNAL_FILE, journal);
}

void journal_free(struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++) {
		yajl_tree_free(journal->events[i]);
	}
	free(journal->events);
}
