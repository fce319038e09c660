/* SPDX-License-Identifier: MIT */
/* Numbers and log levels out of text. */
#include "lib/parse.h"

#include "lib/errno.h"
#include "lib/string.h"

int parse_number(const char *s, const char **end, uint64_t *out)
{
	uint64_t v = 0;
	unsigned int base = 10, digit, digits = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	for (;; s++, digits++) {
		if (*s >= '0' && *s <= '9') {
			digit = (unsigned int)(*s - '0');
		} else if (base == 16 && (*s | 0x20) >= 'a' && (*s | 0x20) <= 'f') {
			digit = (unsigned int)((*s | 0x20) - 'a') + 10;
		} else {
			break;
		}
		if (v > (UINT64_MAX - digit) / base) {
			return -ERANGE;
		}
		v = v * base + digit;
	}
	*end = s;
	*out = v;
	return digits ? 0 : -EINVAL;
}

/* The first of a level's names is the one it is told by. */
static const struct {
	const char *name;
	enum log_level level;
} level_names[] = {
	{"error", LOG_ERR}, {"none", LOG_ERR},  {"warning", LOG_WARNING},
	{"info", LOG_INFO}, {"all", LOG_DEBUG}, {"debug", LOG_DEBUG},
};

static int level_of(const char *s, size_t n, enum log_level *level)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strlen(level_names[i].name) == n && !strncmp(level_names[i].name, s, n)) {
			*level = level_names[i].level;
			return 0;
		}
	}
	return -EINVAL;
}

int parse_log_level(const char *s, enum log_level standard, enum log_level *level)
{
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	enum log_level unused;

	if (slash && level_of(slash + 1, strlen(slash + 1), &unused)) {
		return -EINVAL;
	}
	if (n) {
		return level_of(s, n, level);
	}
	*level = standard;
	return 0;
}

const char *log_level_name(enum log_level level)
{
	unsigned int i = 0;

	while (level_names[i].level != level) {
		i++;
	}
	return level_names[i].name;
}
