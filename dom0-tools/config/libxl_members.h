/* SPDX-License-Identifier: MIT */
/* Whether the JSON that libxl keeps of a domain says only what libxl's says. */
#ifndef DOM0_TOOLS_CONFIG_LIBXL_MEMBERS_H
#define DOM0_TOOLS_CONFIG_LIBXL_MEMBERS_H

#include <yajl/yajl_tree.h>

#include "diag.h"

/*
 * Looks at every member of a libxl_domain_config: an error for a value of another type, warnings
 * for a name libxl does not have ("unknown-member", a newer libxl may) and for what has no effect
 * here ("ignored"). libxl is an object.
 */
void libxl_members_check(const char *label, yajl_val libxl, struct config_diags *diags);

#endif
