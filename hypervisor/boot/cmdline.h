/* SPDX-License-Identifier: MIT */
/* Reading Argon's command line into struct options. */
#ifndef ARGON_BOOT_CMDLINE_H
#define ARGON_BOOT_CMDLINE_H

#include "lib/options.h"
#include "lib/types.h"

/*
 * Reads the line; unknown options and bad values are reported when
 * cmdline_report is called, since the console is not set up before.
 */
void cmdline_parse(const char *line);
void cmdline_report(void);

/*
 * Copies a loader's command line without its first word if that is a file
 * name (has_name: this loader always puts it there; else told by a '/' and
 * no '=') or "placeholder", which grub-mkconfig writes.
 */
void cmdline_copy(char *dst, size_t size, const char *src, bool has_name);

#endif
