/* SPDX-License-Identifier: MIT */
/* Physical interrupts of a domain (see the header). */
#include "core/pirq.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "core/evtchn.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "mm/page.h"
#include "xen/physdev.h"

enum pirq_kind { PIRQ_FREE, PIRQ_GSI, PIRQ_MSI };

struct pirq {
	uint8_t kind;
	bool bound;
	bool msix;
	uint8_t bus, devfn;
	uint16_t segment;
	uint16_t entry;
	uint32_t gsi;
	evtchn_port_t port; /* 0: not bound; read without lock by pirq_raise */
	uint64_t table_base;
};

struct pirq_table {
	struct pirq pirq[NR_PIRQS];
};

static struct pirq *pirq_of(const struct domain *d, uint32_t n)
{
	return d->pirqs && n < NR_PIRQS ? &d->pirqs->pirq[n] : NULL;
}

int pirq_init(struct domain *d)
{
	if (!d->is_privileged) {
		return 0;
	}
	d->pirqs = hv_alloc(sizeof(*d->pirqs));
	return d->pirqs ? 0 : -ENOMEM;
}

int pirq_destroy(struct domain *d)
{
	uint32_t n;

	for (n = 0; d->pirqs && n < NR_PIRQS; n++) {
		pirq_unbind(d, n);
	}
	return 0;
}

void pirq_free(struct domain *d)
{
	hv_free(d->pirqs);
	d->pirqs = NULL;
}

int pirq_bind(struct domain *d, uint32_t n, evtchn_port_t port, bool shareable)
{
	struct pirq *p = pirq_of(d, n);
	int rc;

	if (!d->is_privileged) {
		return -EPERM;
	}
	if (!p || p->kind == PIRQ_FREE) {
		return -EINVAL;
	}
	if (p->bound) {
		return -EEXIST;
	}
	__atomic_store_n(&p->port, port, __ATOMIC_RELEASE);
	if (p->kind == PIRQ_GSI) {
		rc = irq_bind_gsi(d, n, p->gsi, shareable);
	} else {
		rc = irq_bind_msi(d, n, p->segment, p->bus, p->devfn, p->entry, p->table_base,
				  p->msix);
	}
	if (rc) {
		__atomic_store_n(&p->port, 0, __ATOMIC_RELEASE);
		gprintk(d, LOG_WARNING, "interrupt %u (%s %x:%x.%u entry %u) not connected: %d", n,
			p->kind == PIRQ_GSI ? "line"
			: p->msix           ? "MSI-X"
					    : "MSI",
			p->bus, p->devfn >> 3, p->devfn & 7, p->entry, rc);
		return rc;
	}
	p->bound = true;
	return 0;
}

void pirq_unbind(struct domain *d, uint32_t n)
{
	struct pirq *p = pirq_of(d, n);

	if (p && p->bound) {
		irq_unbind(d, n);
		p->bound = false;
		__atomic_store_n(&p->port, 0, __ATOMIC_RELEASE);
	}
}

void pirq_set_vcpu(struct domain *d, uint32_t n, unsigned int vcpu)
{
	struct pirq *p = pirq_of(d, n);

	if (p && p->bound) {
		irq_set_cpu(d, n, d->vcpu[vcpu]->cpu);
	}
}

void pirq_raise(struct domain *d, unsigned int n)
{
	struct pirq *p = pirq_of(d, n);
	evtchn_port_t port = p ? __atomic_load_n(&p->port, __ATOMIC_ACQUIRE) : 0;

	if (port) {
		evtchn_raise(d, port);
	}
}

static int free_pirq(const struct domain *d)
{
	uint32_t n;

	/* From the top, as guests expect: low numbers stay with the GSIs. */
	for (n = NR_PIRQS - 1; n >= nr_gsis; n--) {
		if (d->pirqs->pirq[n].kind == PIRQ_FREE) {
			return (int)n;
		}
	}
	return -ENOSPC;
}

static int map_gsi(struct domain *d, struct physdev_map_pirq *m)
{
	struct pirq *p;
	int n = m->pirq < 0 ? m->index : m->pirq;

	if (m->index < 0 || (uint32_t)m->index >= nr_gsis) {
		return -EINVAL;
	}
	p = pirq_of(d, (uint32_t)n);
	if (!p) {
		return -EINVAL;
	}
	if (p->kind != PIRQ_FREE && (p->kind != PIRQ_GSI || p->gsi != (uint32_t)m->index)) {
		return -EEXIST;
	}
	p->kind = PIRQ_GSI;
	p->gsi = (uint32_t)m->index;
	m->pirq = n;
	return 0;
}

static int map_msi(struct domain *d, struct physdev_map_pirq *m)
{
	struct pirq *p;
	int n = m->pirq;

	if (m->type == MAP_PIRQ_TYPE_MULTI_MSI && m->entry_nr > 1) {
		return -EOPNOTSUPP; /* drivers then ask for one */
	}
	if (n < 0) {
		n = free_pirq(d);
		if (n < 0) {
			return n;
		}
	}
	p = pirq_of(d, (uint32_t)n);
	if (!p || (uint32_t)n < nr_gsis) {
		return -EINVAL;
	}
	if (p->kind != PIRQ_FREE) {
		return -EEXIST;
	}
	*p = (struct pirq){
		.kind = PIRQ_MSI,
		.segment = m->type == MAP_PIRQ_TYPE_MSI ? 0 : (uint16_t)((uint32_t)m->bus >> 16),
		.bus = (uint8_t)m->bus,
		.devfn = (uint8_t)m->devfn,
		.entry = m->table_base ? (uint16_t)m->entry_nr : 0,
		.msix = m->table_base != 0,
		.table_base = m->table_base,
	};
	m->pirq = n;
	return 0;
}

int pirq_map(struct domain *d, struct physdev_map_pirq *m)
{
	int rc;

	if (!d->pirqs) {
		return -EPERM;
	}
	spin_lock(&d->evtchn->lock);
	switch (m->type) {
	case MAP_PIRQ_TYPE_GSI:
		rc = map_gsi(d, m);
		break;
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
	case MAP_PIRQ_TYPE_MULTI_MSI:
		rc = map_msi(d, m);
		break;
	default:
		rc = -EINVAL;
		break;
	}
	spin_unlock(&d->evtchn->lock);
	return rc;
}

int pirq_unmap(struct domain *d, int n)
{
	struct pirq *p = n < 0 ? NULL : pirq_of(d, (uint32_t)n);

	if (!p || p->kind == PIRQ_FREE) {
		return -EINVAL;
	}
	spin_lock(&d->evtchn->lock);
	pirq_unbind(d, (uint32_t)n);
	p->kind = PIRQ_FREE;
	spin_unlock(&d->evtchn->lock);
	return 0;
}

bool pirq_is_mapped(const struct domain *d, uint32_t n)
{
	const struct pirq *p = pirq_of(d, n);

	return p && p->kind != PIRQ_FREE;
}

bool pirq_is_bound(const struct domain *d, uint32_t n)
{
	const struct pirq *p = pirq_of(d, n);

	return p && p->bound;
}
