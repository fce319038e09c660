/* SPDX-License-Identifier: MIT */
/* libxl's JSON of a domain in the words of our own. */
#ifndef DOM0_TOOLS_CONFIG_LIBXL_READ_H
#define DOM0_TOOLS_CONFIG_LIBXL_READ_H

#include "config.h"

/* What ours say of libxl's KiB. */
#define LIBXL_MIB(kib) (((kib) + 1023) / 1024)

struct libxl_translation {
	char *json; /* for free() */
	/* exactly: ours are written in MiB */
	uint64_t memory_kib;
	uint64_t maxmem_kib;
};

/* 0, -EINVAL with diags, or -ENOMEM; out->json is NULL then. */
int libxl_translate(const char *label, const char *json, struct libxl_translation *out,
		    struct config_diags *diags);

#endif
