/* SPDX-License-Identifier: MIT */
/* storedump: prints every node of xenstore, "path = value" a line; for scripts of system tests that
 * compare before and after. */
#include <stdio.h>
#include <stdlib.h>

#include "../../../dom0-tools/libstore/store.h"

#define MAX_PATH 3072

static void dump(struct store *store, const char *path)
{
	size_t count, len;
	char **names = store_directory(store, STORE_NO_TX, path, &count);
	char *value = store_read(store, STORE_NO_TX, path, &len);
	char child[MAX_PATH + 1];

	printf("%s = %s\n", path, value ? value : "");
	free(value);
	for (size_t i = 0; names && i < count; i++) {
		snprintf(child, sizeof(child), "%s/%s", path[1] ? path : "", names[i]);
		dump(store, child);
	}
	free(names);
}

int main(void)
{
	struct store *store = store_open();

	if (!store) {
		perror("storedump: xenstore");
		return EXIT_FAILURE;
	}
	dump(store, "/");
	store_close(store);
	return EXIT_SUCCESS;
}
