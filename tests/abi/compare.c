/* SPDX-License-Identifier: MIT */
/* Compares the two tables row by row and names every difference. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

/* Fewer rows than this means the list lost entries, not that the ABI shrank. */
#define MIN_ROWS 4000

static int row_differs(const struct row *ours, const struct row *theirs)
{
	if (ours->bytes) {
		return ours->bytes_count != theirs->bytes_count ||
		       memcmp(ours->bytes, theirs->bytes, ours->bytes_count);
	}
	return ours->value != theirs->value;
}

static void row_report(const struct row *ours, const struct row *theirs)
{
	if (ours->bytes) {
		printf("%s: bytes differ\n", ours->name);
		return;
	}
	printf("%s: ours %" PRIu64 " (%#" PRIx64 "), reference %" PRIu64 " (%#" PRIx64 ")\n",
	       ours->name, ours->value, ours->value, theirs->value, theirs->value);
}

int main(void)
{
	size_t differences = 0;
	size_t i;

	if (our_row_count != debian_row_count || our_row_count < MIN_ROWS) {
		printf("%zu rows of ours, %zu of the reference, at least %d expected\n",
		       our_row_count, debian_row_count, MIN_ROWS);
		return 1;
	}
	for (i = 0; i < our_row_count; i++) {
		if (row_differs(&our_rows[i], &debian_rows[i])) {
			row_report(&our_rows[i], &debian_rows[i]);
			differences++;
		}
	}
	printf("%zu facts compared, %zu differences\n", our_row_count, differences);
	return differences ? 1 : 0;
}
