/* SPDX-License-Identifier: MIT */
/* Statistics as OpenMetrics text, which Prometheus' text format readers take too. */
#ifndef DOM0_TOOLS_AXL_METRICS_H
#define DOM0_TOOLS_AXL_METRICS_H

#include <stdio.h>

#include "stats.h"

/* Writes every family: its type, unit and help, then its samples; then "# EOF". */
void metrics_print(FILE *out, const struct stats *stats);

#endif
