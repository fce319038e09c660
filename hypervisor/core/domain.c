/* SPDX-License-Identifier: MIT */
/* The domain table, and how domains come and go. */
#include "core/domain.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "core/console_io.h"
#include "core/evtchn.h"
#include "core/grace.h"
#include "core/grant.h"
#include "core/pirq.h"
#include "core/sched.h"
#include "core/vcpu_time.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/page.h"
#include "pv/cpuid.h"
#include "xen/sched.h"

#include <asm/directmap.h>

#define DOMIDS 0x7ff0U /* ids below DOMID_FIRST_RESERVED */
#define CHUNK 512U

struct domain *dom0;

static spinlock_t table_lock = SPINLOCK(RANK_DOMAIN_LIST);
static struct domain **table[DIV_ROUND_UP(DOMIDS, CHUNK)];

static struct domain **slot_of(xen_domid_t id)
{
	struct domain **chunk = id < DOMIDS ? table[id / CHUNK] : NULL;

	return chunk ? &chunk[id % CHUNK] : NULL;
}

struct domain *domain_by_id(xen_domid_t id)
{
	struct domain **s = slot_of(id);

	return s ? __atomic_load_n(s, __ATOMIC_ACQUIRE) : NULL;
}

/* Puts d into the table; -EEXIST, -ENOMEM. */
static int publish(struct domain *d)
{
	int rc = -ENOMEM;

	spin_lock(&table_lock);
	if (!table[d->id / CHUNK]) {
		table[d->id / CHUNK] = frames_alloc(0);
	}
	if (table[d->id / CHUNK]) {
		struct domain **s = slot_of(d->id);

		rc = -EEXIST;
		if (!*s) {
			__atomic_store_n(s, d, __ATOMIC_RELEASE);
			rc = 0;
		}
	}
	spin_unlock(&table_lock);
	return rc;
}

/*
 * Without a lock: who has read the pointer passes no quiescent point before
 * taking the reference, and a domain is freed only after all CPUs have.
 */
struct domain *domain_lookup(xen_domid_t id)
{
	struct domain *d = domain_by_id(id);
	uint32_t refs;

	if (!d) {
		return NULL;
	}
	refs = __atomic_load_n(&d->refs, __ATOMIC_SEQ_CST);
	do {
		if (!refs) {
			return NULL; /* on its way out */
		}
	} while (!__atomic_compare_exchange_n(&d->refs, &refs, refs + 1, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return d;
}

struct domain *domain_lookup_any(xen_domid_t id)
{
	if (id == DOMID_SELF) {
		domain_get(current->domain);
		return current->domain;
	}
	return domain_lookup(id);
}

struct domain *domain_lookup_from(xen_domid_t from)
{
	unsigned int id;

	for (id = from; id < DOMIDS; id++) {
		struct domain *d;

		if (!__atomic_load_n(&table[id / CHUNK], __ATOMIC_ACQUIRE)) {
			id |= CHUNK - 1;
			continue;
		}
		d = domain_lookup((xen_domid_t)id);
		if (d) {
			return d;
		}
	}
	return NULL;
}

void domain_get(struct domain *d)
{
	__atomic_fetch_add(&d->refs, 1, __ATOMIC_SEQ_CST);
}

static void domain_free(struct domain *d)
{
	struct vcpu *v;
	unsigned int i;

	for_each_vcpu(d, v, i) {
		sched_vcpu_remove(v);
		arch_vcpu_free(v);
		hv_free(v);
	}
	hv_free(d->vcpu);
	evtchn_free(d);
	grant_free(d);
	pirq_free(d);
	arch_domain_free(d);
	if (d->shared) {
		page_unshare(mfn_to_page(virt_to_mfn(d->shared)), d);
		frames_free(d->shared, 0);
	}
	hv_free(d->policy);
	hv_free(d->console_line);
	hv_free(d);
}

void domain_put(struct domain *d)
{
	if (__atomic_sub_fetch(&d->refs, 1, __ATOMIC_SEQ_CST)) {
		return;
	}
	__atomic_store_n(slot_of(d->id), NULL, __ATOMIC_RELEASE);
	/* Lookups and event senders use it without a lock: let them all pass. */
	grace_wait();
	domain_free(d);
}

static int init_parts(struct domain *d, const struct domain_params *p)
{
	int rc;

	d->shared = frames_alloc(0);
	d->vcpu = hv_alloc(p->max_vcpus * sizeof(*d->vcpu));
	if (!d->shared || !d->vcpu) {
		return -ENOMEM;
	}
	page_share_with(mfn_to_page(virt_to_mfn(d->shared)), d, true);
	rc = arch_domain_init(d);
	rc = rc ? rc : evtchn_init(d);
	rc = rc ? rc : grant_init(d);
	rc = rc ? rc : pirq_init(d);
	return rc;
}

struct domain *domain_create(xen_domid_t id, const struct domain_params *p, int *err)
{
	struct domain *d = hv_alloc(sizeof(*d));

	if (!d) {
		*err = -ENOMEM;
		return NULL;
	}
	d->id = id;
	d->refs = 1;
	memcpy(d->handle, p->handle, sizeof(d->handle));
	d->is_privileged = p->is_privileged;
	d->max_vcpus = p->max_vcpus;
	d->max_evtchn_port = p->max_evtchn_port;
	d->max_grant_frames = p->max_grant_frames;
	d->max_maptrack_frames = p->max_maptrack_frames;
	d->grant_version_max = p->grant_version_max;
	d->shutdown_code = -1;
	d->page_list = PAGE_LINK_END;
	sched_domain_init(d, p->pool);
	d->pause_count = d->ctrl_pause_count = 1; /* until the toolstack unpauses it */
	spin_lock_init(&d->lock, RANK_DOMAIN);
	spin_lock_init(&d->page_lock, RANK_PAGE_LIST);
	spin_lock_init(&d->console_lock, RANK_CONSOLE_LINE);

	*err = init_parts(d, p);
	if (!*err) {
		domain_wallclock_update(d);
		*err = publish(d);
	}
	if (*err) {
		domain_free(d);
		return NULL;
	}
	return d;
}

struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
	struct vcpu *v;

	if (id >= d->max_vcpus || d->vcpu[id]) {
		return NULL;
	}
	v = hv_alloc(sizeof(*v));
	if (!v) {
		return NULL;
	}
	v->domain = d;
	v->id = id;
	v->blocked = VCPU_DOWN;
	/* Later ones have none until they register it; this takes the writes. */
	v->info = id < XEN_LEGACY_MAX_VCPUS ? &d->shared->vcpu_info[id]
					    : &d->shared->vcpu_info[XEN_LEGACY_MAX_VCPUS - 1];
	if (arch_vcpu_init(v)) {
		hv_free(v);
		return NULL;
	}
	sched_vcpu_init(v);
	vcpu_timers_init(v);
	__atomic_store_n(&d->vcpu[id], v, __ATOMIC_RELEASE);
	return v;
}

/* Steps of teardown, each possibly in parts (-ERESTART). */
static int kill_vcpus(struct domain *d)
{
	struct vcpu *v;
	unsigned int i;

	domain_pause_sync(d);
	for_each_vcpu(d, v, i) {
		vcpu_timers_kill(v);
	}
	timer_kill(&d->cap_timer);
	for (i = 0; i < ARRAY_SIZE(d->watchdog); i++) {
		if (d->watchdog[i].fn) {
			timer_kill(&d->watchdog[i]);
		}
	}
	return 0;
}

static int kill_announce(struct domain *d)
{
	/* Pages others still map keep references; the id stays until they go. */
	domain_claim_pages(d, 0);
	log_info("d%u: destroyed%s\n", d->id,
		 d->tot_pages ? ", last pages go when daemons unmap them" : "");
	send_global_virq(VIRQ_DOM_EXC);
	return 0;
}

static int (*const kill_step[])(struct domain *d) = {
	kill_vcpus,
	evtchn_destroy,
	pirq_destroy,
	grant_release_mappings,
	arch_domain_relinquish,
	domain_relinquish_pages,
	kill_announce,
};

int domain_kill(struct domain *d)
{
	int rc;

	spin_lock(&d->lock);
	if (d->dying == DOMAIN_DEAD) {
		spin_unlock(&d->lock);
		return 0;
	}
	d->dying = DOMAIN_DYING;
	spin_unlock(&d->lock);

	while (d->relinquish_step < ARRAY_SIZE(kill_step)) {
		rc = kill_step[d->relinquish_step](d);
		if (rc) {
			return rc;
		}
		d->relinquish_step++;
	}
	d->dying = DOMAIN_DEAD;
	domain_put(d); /* what domain_create gave */
	return 0;
}
