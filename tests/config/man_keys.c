/* SPDX-License-Identifier: MIT */
/* Prints the KEYS section of axl.cfg(5). */
#include "config.h"

int main(void)
{
	config_print_man_keys(stdout);
	return ferror(stdout) != 0;
}
