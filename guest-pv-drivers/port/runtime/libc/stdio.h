/* SPDX-License-Identifier: MIT */
/*
 * Formatted output of a tiny guest. Conversions: d i u x X p c s and %%, with flags 0 and -,
 * width, precision for s, and the length marks l, ll, z.
 */
#ifndef RUNTIME_STDIO_H
#define RUNTIME_STDIO_H

#include <stdarg.h>
#include <stddef.h>

int vsnprintf(char *buf, size_t size, const char *format, va_list args);
int snprintf(char *buf, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* To the guest's console. Lines longer than 512 bytes are cut. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* RUNTIME_STDIO_H */
