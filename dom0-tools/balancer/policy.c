/* SPDX-License-Identifier: MIT */
/* The arithmetic of the balancer. */
#include "policy.h"

const char *const policy_reason_names[POLICY_REASONS] = {
	[POLICY_KEEPS] = "keeps", [POLICY_SILENT] = "silent", [POLICY_GIVES] = "gives",
	[POLICY_TAKES] = "takes", [POLICY_WAITS] = "waits",
};

/* Targets are whole MiB: what people read and type. */
static uint64_t whole(uint64_t kib)
{
	return kib & ~1023ULL;
}

static uint64_t clamp(uint64_t kib, uint64_t min, uint64_t max)
{
	return kib < min ? min : kib > max ? max : kib;
}

static bool is_managed(const struct policy_guest *guest, bool share_silent)
{
	return guest->reports || share_silent;
}

static uint64_t wish(const struct policy_guest *guest)
{
	uint64_t used = clamp(guest->used, 0, POLICY_MOST_KIB);

	return guest->reports ? clamp(used + used / 4 + POLICY_MARGIN_KIB, guest->min, guest->max)
			      : guest->max;
}

/* Shares of the pool: all wishes, or the minimum and a part of what is wished above it. */
static void divide(struct policy_guest *guests, size_t count, int64_t pool, bool share_silent)
{
	uint64_t above = 0, least = 0, left;

	for (size_t i = 0; i < count; i++) {
		if (is_managed(&guests[i], share_silent)) {
			least += guests[i].min;
			above += guests[i].wish - guests[i].min;
		}
	}
	left = pool > 0 && (uint64_t)pool > least ? (uint64_t)pool - least : 0;
	for (size_t i = 0; i < count; i++) {
		struct policy_guest *guest = &guests[i];
		uint64_t more = guest->wish - guest->min;

		if (!is_managed(guest, share_silent)) {
			guest->share = guest->target;
		} else if (left >= above) {
			guest->share = guest->wish;
		} else {
			guest->share =
				guest->min + (uint64_t)((unsigned __int128)more * left / above);
		}
	}
}

/* What it has or was promised by its target: the larger is not to be had by others. */
static uint64_t holds(const struct policy_guest *guest)
{
	return guest->has > guest->target ? guest->has : guest->target;
}

static void ask(struct policy_guest *guest, uint64_t *free)
{
	uint64_t share = whole(guest->share), more, held = holds(guest);

	if (share < guest->min) {
		share = guest->min;
	}
	guest->new_target = guest->target;
	guest->reason = POLICY_KEEPS;
	if (share + POLICY_STEP_KIB <= guest->target) {
		guest->new_target = share;
		guest->reason = POLICY_GIVES;
	} else if (share >= guest->target + POLICY_STEP_KIB) {
		/* what it still holds above its target it need not find elsewhere */
		more = share > held ? share - held : 0;
		if (more > *free) {
			share = whole(share - (more - *free));
		}
		guest->reason = POLICY_WAITS;
		if (share >= guest->target + POLICY_STEP_KIB) {
			*free -= share > held ? share - held : 0;
			guest->new_target = share;
			guest->reason = POLICY_TAKES;
		}
	}
}

void policy_decide(struct policy_guest *guests, size_t count, int64_t spare, bool share_silent)
{
	int64_t pool = spare, open = spare;
	uint64_t free;

	for (size_t i = 0; i < count; i++) {
		struct policy_guest *guest = &guests[i];

		guest->wish = is_managed(guest, share_silent) ? wish(guest) : guest->target;
		/* asked for and not taken yet: it is free no longer */
		if (guest->target > guest->has) {
			open -= (int64_t)(guest->target - guest->has);
		}
		if (is_managed(guest, share_silent)) {
			pool += (int64_t)guest->has;
		} else if (guest->target > guest->has) {
			pool -= (int64_t)(guest->target - guest->has);
		}
	}
	divide(guests, count, pool, share_silent);
	free = open > 0 ? (uint64_t)open : 0;
	for (size_t i = 0; i < count; i++) {
		if (is_managed(&guests[i], share_silent)) {
			ask(&guests[i], &free);
		} else {
			guests[i].new_target = guests[i].target;
			guests[i].reason = POLICY_SILENT;
		}
	}
}
