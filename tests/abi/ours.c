/* SPDX-License-Identifier: MIT */
/* The facts as include/xen/ states them. */
#include "rows.h"

#include "our_headers.h"

#define FACT_CONST(ours, theirs) ROW_NUMBER(#ours, ours)
#define FACT_STRING(ours, theirs) ROW_BYTES(#ours, ours, sizeof(ours))
#define FACT_TYPE(ours, theirs) ROW_TYPE(#ours, ours)
#define FACT_MEMBER(ot, om, tt, tm) ROW_MEMBER(#ot "." #om, ot, om)
#define FACT_FLEX(ot, om, tt, tm) ROW_FLEX(#ot "." #om, ot, om)
#define FACT_BITS(ot, om, tt, tm) ROW_BITS(#ot "." #om, ot, om)
#define FACT_TYPE_SIZE(ours, size) ROW_NUMBER("sizeof(" #ours ")", sizeof(ours))
#define FACT_MEMBER_AT(type, member, at) \
	ROW_NUMBER("offsetof(" #type "." #member ")", offsetof(type, member))

const struct row our_rows[] = {
#include "list.def"
};

const size_t our_row_count = sizeof(our_rows) / sizeof(our_rows[0]);
