/* SPDX-License-Identifier: MIT */
/* A console's log on disk. Trouble with it is reported once and never reaches the console. */
#ifndef DOM0_TOOLS_CONSOLED_LOGFILE_H
#define DOM0_TOOLS_CONSOLED_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

struct logfile_options {
	const char *folder;
	int folder_fd; /* of the folder, whose way there may be closed to the daemon's user; or 0 */
	bool timestamps;
	bool replace_escape; /* '.' for ESC, so that a viewer's terminal is safe */
	size_t max_size;     /* bytes after which FILE becomes FILE.1; 0 = never */
};

struct logfile;

/* Opens FOLDER/NAME.log to append; slashes in the name become '_'. NULL after a line in the
 * daemon's log. */
struct logfile *logfile_open(const struct logfile_options *options, const char *name);
void logfile_close(struct logfile *logfile); /* NULL is fine */

void logfile_write(struct logfile *logfile, const char *bytes, size_t len);

/* After the file was moved away. */
void logfile_reopen(struct logfile *logfile);

#endif
