/* SPDX-License-Identifier: MIT */
/* Values of parameters, as they are written on the command line and at run time. */
#ifndef ARGON_LIB_PARSE_H
#define ARGON_LIB_PARSE_H

#include "lib/printk.h"
#include "lib/types.h"

/* Decimal, or hexadecimal behind 0x; *end: what follows. -EINVAL without a digit, -ERANGE. */
int parse_number(const char *s, const char **end, uint64_t *out);

/*
 * LEVEL or LEVEL/LEVEL: the first counts (what Xen limits by the second, Argon limits always);
 * an empty one means standard.  -EINVAL, and *level as it was, for what is no level's name.
 */
int parse_log_level(const char *s, enum log_level standard, enum log_level *level);
const char *log_level_name(enum log_level level);

#endif
