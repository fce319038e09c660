/* SPDX-License-Identifier: MIT */
/* What core/ holds of guests' frames, for the type oracle. */
#include "core/evtchn.h"
#include "core/grant.h"
#include "mm/oracle.h"

void oracle_visit_core(const struct domain *d)
{
	evtchn_fifo_report(d);
	grant_report(d);
}
