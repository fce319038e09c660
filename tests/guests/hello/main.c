/* SPDX-License-Identifier: MIT */
/* Claim: a PV kernel is entered, can print, and can end its domain. */
#include <stdio.h>

#include "claim.h"
#include "runtime.h"

const char test_title[] = "hello: entry, console output, shutdown";

void test_main(void)
{
	printf("Hello from %s, %lu pages, command line \"%s\"\n",
	       runtime_is_dom0() ? "dom0" : "a domU", start_info->nr_pages,
	       (const char *)start_info->cmd_line);
}
