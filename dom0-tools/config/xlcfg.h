/* SPDX-License-Identifier: MIT */
/* What scanner and grammar of xl.cfg share. */
#ifndef DOM0_TOOLS_CONFIG_XLCFG_H
#define DOM0_TOOLS_CONFIG_XLCFG_H

#include "value.h"

struct xlcfg_reader {
	struct doc *doc;
	struct config_diags *diags;
	const char *file;
	int line; /* where the next token starts */
	int column;
	int depth;        /* of [ ] the scanner is in */
	int value_depth;  /* of lists the grammar is in */
	bool at_end;      /* the last line's end was delivered */
	bool broken_list; /* a mistake inside [ ]: its remaining lines mean nothing */
	const char *word; /* text of the last token, for messages */
};

#endif
