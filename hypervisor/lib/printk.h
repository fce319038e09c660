/* SPDX-License-Identifier: MIT */
/*
 * Log output: formatted into the console ring (read by tools through
 * XEN_SYSCTL_readconsole) and written to the consoles as loglvl allows.
 */
#ifndef ARGON_LIB_PRINTK_H
#define ARGON_LIB_PRINTK_H

#include <stdarg.h>

#include "lib/types.h"

/* Levels, most urgent first; the option loglvl= names them. */
enum log_level {
	LOG_ERR,     /* Argon itself is in trouble; never caused by a guest */
	LOG_WARNING, /* something an administrator should look at */
	LOG_INFO,    /* what happened at boot, domains coming and going */
	LOG_DEBUG,
};

void printk(enum log_level level, const char *fmt, ...) __printf(2, 3);
void vprintk(enum log_level level, const char *fmt, va_list ap);

/*
 * A message caused by a guest: prefixed with the domain, shown as
 * guest_loglvl= allows, and rate limited, so that no guest floods the log.
 */
struct domain;
void gprintk(const struct domain *d, enum log_level level, const char *fmt, ...)
	__printf(3, 4);

/* snprintf with %s %c %d %i %u %x %X %p %ld %lx %lu %lld %llx %zu, width, 0, -. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#define log_err(...) printk(LOG_ERR, __VA_ARGS__)
#define log_warn(...) printk(LOG_WARNING, __VA_ARGS__)
#define log_info(...) printk(LOG_INFO, __VA_ARGS__)
#define log_debug(...) printk(LOG_DEBUG, __VA_ARGS__)

#endif
