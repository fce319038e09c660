/* SPDX-License-Identifier: MIT */
/* Reading the hypervisor's console ring piece by piece. */
#include "dmesg.h"

#include <errno.h>
#include <stdlib.h>

#include "../libctl/sysctl.h"

#define DMESG_CHUNK 16384
#define DMESG_MAX (64U << 20)

/* Until a read brings nothing new. */
int dmesg_read(struct ctl *ctl, char **text, size_t *len)
{
	uint32_t index = 0;
	char *bigger;
	int got;

	*text = NULL;
	*len = 0;
	do {
		bigger = realloc(*text, *len + DMESG_CHUNK + 1);
		if (!bigger) {
			return -ENOMEM;
		}
		*text = bigger;
		got = ctl_console_read(ctl, false, *len > 0, &index, *text + *len, DMESG_CHUNK);
		*len += got > 0 ? (size_t)got : 0;
	} while (got > 0 && *len < DMESG_MAX);
	(*text)[*len] = '\0';
	return got < 0 ? got : 0;
}
