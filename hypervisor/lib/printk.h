/* SPDX-License-Identifier: MIT */
/*
 * Log output: formatted into the console ring (read by tools through
 * XEN_SYSCTL_readconsole) and written to the consoles as loglvl allows.
 * Each call is one or more whole lines; a missing last newline is added.
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
void gprintk(const struct domain *d, enum log_level level, const char *fmt, ...) __printf(3, 4);

/* What is shown: printk and gprintk drop what is less urgent. */
extern enum log_level printk_level, gprintk_level;
#define PRINTK_STANDARD LOG_INFO
#define GPRINTK_STANDARD LOG_WARNING

/* Guest console output as it is: to ring and consoles, no prefix. */
void printk_raw(const char *s, size_t n);
/* The lock of ring and consoles, for lib/console_ring and arch/console. */
void printk_lock(void);
void printk_unlock(void);
/* The machine is going down: from now on nobody waits for that lock. */
void printk_force(void);

/* With %s %c %d %i %u %x %X %p, sizes l, ll and z, width, flags 0 - #, and nothing else. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#define log_err(...) printk(LOG_ERR, __VA_ARGS__)
#define log_warn(...) printk(LOG_WARNING, __VA_ARGS__)
#define log_info(...) printk(LOG_INFO, __VA_ARGS__)

#endif
