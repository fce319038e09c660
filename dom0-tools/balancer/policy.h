/* SPDX-License-Identifier: MIT */
/*
 * The balancer's policy: from what guests have, need and wish to what each is asked to have.
 * A function of its arguments alone. All sizes are in KiB.
 */
#ifndef DOM0_TOOLS_BALANCER_POLICY_H
#define DOM0_TOOLS_BALANCER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_STEP_KIB (8 * 1024ULL) /* smaller changes are not worth the trouble */
#define POLICY_MARGIN_KIB \
	(32 * 1024ULL)               /* what a wish adds to what is used, with a quarter of it */
#define POLICY_MOST_KIB (1ULL << 44) /* no size is larger: sums of all guests' fit */

/* Why a guest is asked for what it is asked for. */
enum policy_reason {
	POLICY_KEEPS,   /* it is near enough to its share */
	POLICY_SILENT,  /* it reports nothing and is left alone */
	POLICY_GIVES,   /* it has more than its share */
	POLICY_TAKES,   /* it has less, and there is that much */
	POLICY_WAITS,   /* it has less, and others have to give first */
	POLICY_REASONS, /* their number */
};

/* For people and scripts: "keeps", "silent", … */
extern const char *const policy_reason_names[POLICY_REASONS];

struct policy_guest {
	/* in */
	uint64_t min, max; /* its bounds; min <= max */
	uint64_t target;   /* what it was asked to have */
	uint64_t has;      /* what it has */
	uint64_t used;     /* by its own report, true or not */
	bool reports;
	/* out */
	uint64_t wish;
	uint64_t share;      /* what it should have */
	uint64_t new_target; /* what it is asked for now */
	enum policy_reason reason;
};

/*
 * Fills in what is out. `spare` is the machine's free memory less what is promised and what is
 * to stay free; it may be negative.
 *
 * A reporting guest wishes what it uses, a quarter more and POLICY_MARGIN_KIB, within its bounds.
 * A silent one keeps what it was asked to have or, if `share_silent`, wishes its maximum. The
 * guests' memory and what is spare make the pool. If the pool has all wishes, each is its share;
 * if not, each guest's share is its minimum, and what is left goes to each in proportion to what
 * it wishes above its minimum. Who has POLICY_STEP_KIB more than its share gives at once; who has
 * less takes in order of the list as far as memory is free now.
 */
void policy_decide(struct policy_guest *guests, size_t count, int64_t spare, bool share_silent);

#endif
