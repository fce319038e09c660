/* SPDX-License-Identifier: MIT */
/* Any bytes as axl's journal: read, printed, followed; no control character reaches the output. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../dom0-tools/axl/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(FILE *printed)
{
	int c;

	rewind(printed);
	while ((c = fgetc(printed)) != EOF) {
		if (c != '\n' && (c < 0x20 || c == 0x7f)) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct journal_tail tail;
	FILE *printed = tmpfile(), *old = stdout;
	struct journal journal;
	yajl_val event;
	int fd;

	mkdir(JOURNAL_DIR, 0755);
	fd = open(JOURNAL_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (!printed || fd < 0) {
		abort();
	}
	journal_tail_open(&tail);
	if (write(fd, data, size) != (ssize_t)size) {
		abort();
	}
	close(fd);
	stdout = printed;
	if (journal_read(&journal)) {
		abort();
	}
	for (size_t i = 0; i < journal.count; i++) {
		journal_print(journal.events[i]);
		journal_print_crash(journal.events[i]);
	}
	while ((event = journal_tail_next(&tail))) {
		yajl_tree_free(event);
	}
	stdout = old;
	check_clean(printed);
	fclose(printed);
	journal_tail_close(&tail);
	journal_free(&journal);
	return 0;
}
