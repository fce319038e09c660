/* SPDX-License-Identifier: MIT */
/* What domains use of xenstore, and how much they may. */
#ifndef DOM0_TOOLS_AXL_QUOTA_H
#define DOM0_TOOLS_AXL_QUOTA_H

#include <stdint.h>

#include "axl.h"
#include "xen/types.h"

enum quota_kind { QUOTA_NODES, QUOTA_WATCHES, QUOTA_TRANSACTIONS, QUOTA_MEMORY, QUOTA_KINDS };

/* -1: the daemon did not tell. A limit of 0: none. Memory is in bytes. */
struct quota {
	int64_t value[QUOTA_KINDS];
};

extern const char *const quota_words[QUOTA_KINDS];

/* Asks xenstored, by `xenstore-control quota`, what one domain uses or what each may. */
void quota_use(struct axl *axl, xen_domid_t domid, struct quota *use);
void quota_limits(struct axl *axl, struct quota *limits);

/* Reads such an answer: lines "WORD: NUMBER" or "WORD NUMBER"; words it does not know are
 * passed over. NULL: nobody answered. */
void quota_parse(const char *text, struct quota *quota);

#endif
