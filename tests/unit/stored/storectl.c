/* SPDX-License-Identifier: MIT */
/* storectl WORD...: gives the store's daemon a control command and prints its answer; for scripts
 * of system tests, where Debian's client may not be at hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include "../../../dom0-tools/libstore/store.h"

int main(int argc, char **argv)
{
	struct store *store = store_open();
	char *text;

	if (!store || argc < 2) {
		fprintf(stderr, "storectl: %s\n", store ? "which command?" : strerror(errno));
		return 2;
	}
	text = store_control(store, (const char *const *)argv + 1, (size_t)argc - 1);
	puts(text ? text : strerror(errno));
	free(text);
	store_close(store);
	return text ? 0 : 1;
}
