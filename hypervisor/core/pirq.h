/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts of a domain: mapped by physdev operations, bound to an
 * event channel, raised by the interrupt code.  Only dom0 has any.
 */
#ifndef ARGON_CORE_PIRQ_H
#define ARGON_CORE_PIRQ_H

#include "core/domain.h"

#define NR_PIRQS 512U

int pirq_init(struct domain *d);
/* Unbinds all, for a dying domain; 0. */
int pirq_destroy(struct domain *d);
void pirq_free(struct domain *d);

/* Under d's event lock: connects a mapped pirq to a port; -EINVAL, -EBUSY ... */
int pirq_bind(struct domain *d, uint32_t pirq, evtchn_port_t port, bool shareable);
void pirq_unbind(struct domain *d, uint32_t pirq);
void pirq_set_vcpu(struct domain *d, uint32_t pirq, unsigned int vcpu);

/* An interrupt came (no lock held). */
void pirq_raise(struct domain *d, unsigned int pirq);

struct physdev_map_pirq;
/* PHYSDEVOP_map_pirq and unmap_pirq for d. */
int pirq_map(struct domain *d, struct physdev_map_pirq *m);
int pirq_unmap(struct domain *d, int pirq);
/* True if d may talk about this pirq. */
bool pirq_is_mapped(const struct domain *d, uint32_t pirq);
bool pirq_is_bound(const struct domain *d, uint32_t pirq);

#endif
