/* SPDX-License-Identifier: MIT */
/* The report that axl check and create --dry-run --explain print. */
#ifndef DOM0_TOOLS_AXL_CHECK_H
#define DOM0_TOOLS_AXL_CHECK_H

#include "axl.h"

/*
 * Prints all that axl->diags and the checks against this machine have to say about a
 * configuration, as text or into axl->json; cfg is from config_read_file(). 0, or -EINVAL with
 * axl->err empty if there are errors: the report is the result.
 */
int check_explain(struct axl *axl, const char *file, struct domain_config *cfg);

#endif
