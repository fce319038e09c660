/* SPDX-License-Identifier: MIT */
/* Time as a vCPU sees it: pvclock, wall clock, its timers. */
#ifndef ARGON_CORE_VCPU_TIME_H
#define ARGON_CORE_VCPU_TIME_H

#include "core/domain.h"

/* Refreshes v's vcpu_time_info (v is current or not running). */
void vcpu_time_update(struct vcpu *v);
/* Copies the current vCPU's run state to where the guest registered it. */
void vcpu_runstate_publish(struct vcpu *v);
/* Writes the wall clock into d's shared_info. */
void domain_wallclock_update(struct domain *d);
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_kill(struct vcpu *v);
/* Sets (0: stops) the single-shot timer; absolute system time. */
void vcpu_set_singleshot(struct vcpu *v, stime_t deadline);
void vcpu_set_periodic(struct vcpu *v, uint64_t period_ns);

#endif
