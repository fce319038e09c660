/* SPDX-License-Identifier: MIT */
/* Filling the toolstack's common error record. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Terminals take bytes below 0x20, 0x7f and, in UTF-8, U+0080 to U+009f for commands. */
void ctl_put_clean(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (; *s; s++) {
		if (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0) {
			fputc('?', out);
			s++;
		} else {
			fputc(*s < 0x20 || *s == 0x7f ? '?' : *s, out);
		}
	}
}

void ctl_error_clear(struct ctl_error *err)
{
	err->id[0] = '\0';
	err->what[0] = '\0';
	err->cause[0] = '\0';
	err->hint[0] = '\0';
	err->number_count = 0;
}

void ctl_error_set(struct ctl_error *err, const char *id, const char *what, ...)
{
	va_list args;

	ctl_error_clear(err);
	snprintf(err->id, sizeof(err->id), "%s", id);
	va_start(args, what);
	vsnprintf(err->what, sizeof(err->what), what, args);
	va_end(args);
}

void ctl_error_cause(struct ctl_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->cause, sizeof(err->cause), format, args);
	va_end(args);
}

void ctl_error_hint(struct ctl_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->hint, sizeof(err->hint), format, args);
	va_end(args);
}

void ctl_error_number(struct ctl_error *err, const char *name, uint64_t value)
{
	struct ctl_number *number;

	if (err->number_count < CTL_ERROR_NUMBERS) {
		number = &err->numbers[err->number_count++];
		snprintf(number->name, sizeof(number->name), "%s", name);
		number->value = value;
	}
}

void ctl_error_errno(struct ctl_error *err, int error)
{
	ctl_error_cause(err, "%s", strerror(abs(error)));
}
