/* SPDX-License-Identifier: MIT */
/* Messages and ends of the fake machine, and a string function libc lacks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/fake/fake.h"
#include "core/domain.h"
#include "lib/bug.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "lib/version.h"

char fake_log[4096];
bool fake_log_shown;
enum log_level printk_level = PRINTK_STANDARD, gprintk_level = GPRINTK_STANDARD;
const char argon_version[] = "hosted";

static void log_line(const char *fmt, va_list ap)
{
	vsnprintf(fake_log, sizeof(fake_log), fmt, ap);
	if (fake_log_shown) {
		fputs(fake_log, stderr);
	}
}

void printk(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	log_line(fmt, ap);
	va_end(ap);
}

void gprintk(const struct domain *d, enum log_level level, const char *fmt, ...)
{
	va_list ap;

	(void)d;
	(void)level;
	va_start(ap, fmt);
	log_line(fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "panic: ");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t n = strlen(src);

	if (size) {
		size_t keep = n < size ? n : size - 1;

		memcpy(dst, src, keep);
		dst[keep] = 0;
	}
	return n;
}
