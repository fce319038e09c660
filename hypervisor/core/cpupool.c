/* SPDX-License-Identifier: MIT */
/* Pools of CPUs (see the header), and sysctl: the scheduler, the pools. */
#include "core/cpupool.h"

#include "arch/cpu.h"
#include "core/sysctl.h"
#include "core/tool_bitmap.h"
#include "lib/errno.h"
#include "lib/printk.h"

static struct cpupool pools[MAX_CPUS] = {
	{.used = true, .sched = &sched_credit, .ratelimit_us = 1000},
};

struct cpupool *cpupool_default(void)
{
	return &pools[0];
}

int cpupool_set_ratelimit(struct cpupool *p, uint32_t us)
{
	if (us && (us < XEN_SYSCTL_SCHED_RATELIMIT_MIN || us > XEN_SYSCTL_SCHED_RATELIMIT_MAX)) {
		return -EINVAL;
	}
	p->ratelimit_us = us;
	return 0;
}

void cpupool_init(const char *sched, uint32_t ratelimit_us)
{
	const struct scheduler *s = sched_find(sched, 0);

	if (s) {
		pools[0].sched = s;
	} else {
		log_warn("sched=%s: credit2 and null are the schedulers there are\n", sched);
	}
	if (cpupool_set_ratelimit(&pools[0], ratelimit_us)) {
		log_warn("sched_ratelimit_us=%u: 0 or %u to %u are possible\n", ratelimit_us,
			 XEN_SYSCTL_SCHED_RATELIMIT_MIN, XEN_SYSCTL_SCHED_RATELIMIT_MAX);
	}
}

struct cpupool *cpupool_by_id(uint32_t id)
{
	return id < ARRAY_SIZE(pools) && pools[id].used ? &pools[id] : NULL;
}

long sysctl_sched_id(struct xen_sysctl *op)
{
	op->u.sched_id.sched_id = pools[0].sched->sysctl_id;
	return 0;
}

long sysctl_scheduler_op(struct xen_sysctl *op)
{
	struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;
	struct cpupool *p = cpupool_by_id(s->cpupool_id);

	if (!p) {
		return -ESRCH;
	}
	if (s->sched_id != p->sched->sysctl_id) {
		return -EINVAL;
	}
	if (p->sched != &sched_credit) {
		return -EOPNOTSUPP;
	}
	switch (s->cmd) {
	case XEN_SYSCTL_SCHEDOP_getinfo:
		s->u.sched_credit2.ratelimit_us = p->ratelimit_us;
		return 0;
	case XEN_SYSCTL_SCHEDOP_putinfo:
		return cpupool_set_ratelimit(p, s->u.sched_credit2.ratelimit_us);
	default:
		return -EINVAL;
	}
}

/* Calls fn for each domain of the pool, or only counts them. */
static uint32_t each_domain(const struct cpupool *p, void (*fn)(struct domain *d))
{
	struct domain *d;
	uint32_t from = 0, n = 0;

	while ((d = domain_lookup_from((xen_domid_t)from)) != NULL) {
		from = d->id + 1U;
		if (d->pool == p) {
			n++;
			if (fn) {
				fn(d);
			}
		}
		domain_put(d);
	}
	return n;
}

/* A vCPU that may run on none of the pool's CPUs any more may run on all. */
static void cpus_changed(struct domain *d)
{
	struct vcpu *v;
	unsigned int i;

	for_each_vcpu(d, v, i) {
		if (!(v->hard_affinity & d->pool->cpus)) {
			log_info("d%uv%u: its CPUs left the pool: it may run on all\n", d->id, i);
			v->hard_affinity = ~0ULL;
		}
		sched_changed(v);
	}
}

static long pool_info(struct xen_sysctl_cpupool_op *op)
{
	struct cpupool *p = NULL;
	uint32_t id;

	for (id = op->cpupool_id; id < ARRAY_SIZE(pools) && !p; id++) {
		p = cpupool_by_id(id);
	}
	if (!p) {
		return -ENOENT;
	}
	op->cpupool_id = p->id;
	op->sched_id = p->sched->sysctl_id;
	op->n_dom = each_domain(p, NULL);
	return tool_bitmap_write(&op->cpumap, p->cpus, MAX_CPUS);
}

static long pool_create(struct xen_sysctl_cpupool_op *op)
{
	const struct scheduler *sched = sched_find(NULL, op->sched_id);
	uint32_t id = op->cpupool_id;

	if (id == XEN_SYSCTL_CPUPOOL_PAR_ANY) {
		for (id = 0; cpupool_by_id(id); id++) {
		}
	}
	if (!sched || id >= ARRAY_SIZE(pools)) {
		return !sched ? -EINVAL : -ENOSPC;
	}
	if (pools[id].used) {
		return -EEXIST;
	}
	pools[id] = (struct cpupool){
		.id = id,
		.used = true,
		.sched = sched,
		.ratelimit_us = pools[0].ratelimit_us,
	};
	op->cpupool_id = id;
	return 0;
}

static cpumask_t free_cpus(void)
{
	cpumask_t cpus = cpu_online_map;

	for (unsigned int i = 0; i < ARRAY_SIZE(pools); i++) {
		cpus &= ~pools[i].cpus;
	}
	return cpus;
}

static long add_cpu(struct cpupool *p, uint32_t cpu)
{
	if (cpu >= cpu_count || !cpumask_test(free_cpus(), cpu)) {
		return cpu >= cpu_count ? -EINVAL : -ENODEV;
	}
	if (!vcpu_is_idle(sched_current(cpu))) {
		return -ERESTART; /* it has left its pool, but not yet its vCPU */
	}
	sched_cpu_join(cpu, p);
	cpu_raise(cpu, WORK_SCHEDULE);
	each_domain(p, cpus_changed);
	return 0;
}

static long remove_cpu(struct cpupool *p, uint32_t cpu)
{
	if (cpu >= cpu_count || !cpumask_test(p->cpus, cpu)) {
		return cpu >= cpu_count ? -EINVAL : -ENODEV;
	}
	if (p->cpus == cpumask_of(cpu) && each_domain(p, NULL)) {
		return -EBUSY;
	}
	sched_cpu_leave(cpu);
	each_domain(p, cpus_changed);
	return 0;
}

/* As Xen does, a domain that moves may run on all CPUs of its new pool. */
static long move_domain(struct cpupool *p, uint32_t id)
{
	struct domain *d = domain_lookup((xen_domid_t)MIN(id, DOMID_FIRST_RESERVED));
	struct vcpu *v;
	unsigned int i;
	long rc = 0;

	if (!d) {
		return -ESRCH;
	}
	if (d->is_privileged || !p->cpus) {
		rc = d->is_privileged ? -EPERM : -ENOENT;
	} else if (d->pool != p) {
		for_each_vcpu(d, v, i) {
			v->hard_affinity = v->soft_affinity = ~0ULL;
		}
		__atomic_store_n(&d->pool, p, __ATOMIC_SEQ_CST);
		cpus_changed(d);
	}
	domain_put(d);
	return rc;
}

long sysctl_cpupool_op(struct xen_sysctl *op)
{
	struct xen_sysctl_cpupool_op *c = &op->u.cpupool_op;
	struct cpupool *p = cpupool_by_id(c->cpupool_id);

	switch (c->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		return pool_info(c);
	case XEN_SYSCTL_CPUPOOL_OP_CREATE:
		return pool_create(c);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return tool_bitmap_write(&c->cpumap, free_cpus(), MAX_CPUS);
	default:
		break;
	}
	if (!p) {
		return -ENOENT;
	}
	switch (c->op) {
	case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
		if (p == &pools[0] || p->cpus || each_domain(p, NULL)) {
			return -EBUSY;
		}
		p->used = false;
		return 0;
	case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
		return add_cpu(p, c->cpu);
	case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
		return remove_cpu(p, c->cpu);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		return move_domain(p, c->domid);
	default:
		return -ENOSYS;
	}
}
