/* SPDX-License-Identifier: MIT */
/* Reading arguments of verbs. */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

void options_reset(void)
{
	optind = 0; /* GNU getopt: forget an earlier run */
	opterr = 0;
}

int option_out_of_range(struct axl *axl, const char *what, const char *text, unsigned long min,
			unsigned long max)
{
	ctl_error_set(&axl->err, "out-of-range", "%s cannot be %s", what, text);
	ctl_error_cause(&axl->err, "valid are %lu to %lu", min, max);
	ctl_error_number(&axl->err, "min", min);
	ctl_error_number(&axl->err, "max", max);
	ctl_error_hint(&axl->err, "axl help %s", axl->verb->name);
	return -EINVAL;
}

int option_number(struct axl *axl, const char *what, const char *text, unsigned long min,
		  unsigned long max, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 0);
	if (!isdigit((unsigned char)text[0]) || *end || errno || *number < min || *number > max) {
		return option_out_of_range(axl, what, text, min, max);
	}
	return 0;
}

int option_size_kib(struct axl *axl, const char *text, uint64_t *kib)
{
	static const char suffixes[] = "bkmgt";
	const char *suffix;
	char *end;

	errno = 0;
	*kib = strtoull(text, &end, 0);
	suffix = *end ? strchr(suffixes, tolower((unsigned char)*end)) : suffixes + 2;
	if (!isdigit((unsigned char)text[0]) || errno || !suffix || (*end && end[1])) {
		return axl_usage(axl, "\"%s\" is not a size like 512m or 2g", text);
	}
	if (suffix == suffixes) {
		*kib /= 1024;
	}
	while (--suffix > suffixes) {
		if (*kib > UINT64_MAX >> 10) {
			return axl_usage(axl, "\"%s\" is no size of any machine", text);
		}
		*kib <<= 10;
	}
	return 0;
}
