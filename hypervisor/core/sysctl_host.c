/* SPDX-License-Identifier: MIT */
/* sysctl: what the machine is: CPUs, memory, topology, CPUID. */
#include "arch/cpu.h"
#include "core/domctl.h"
#include "core/policy_copy.h"
#include "core/sched.h"
#include "core/sysctl.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/node.h"
#include "pv/cpuid.h"

/* CPUs that share a socket with CPU 0, and of these the threads of its core. */
static void count_siblings(unsigned int *in_socket, unsigned int *in_core)
{
	unsigned int cpu;

	*in_socket = *in_core = 0;
	for (cpu = 0; cpu < cpu_count; cpu++) {
		if (cpu_topology[cpu].socket == cpu_topology[0].socket) {
			++*in_socket;
			*in_core += cpu_topology[cpu].core == cpu_topology[0].core;
		}
	}
}

#define CAPABILITY_WORDS 8 /* of the featureset, in physinfo */

long sysctl_physinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *p = &op->u.physinfo;
	uint32_t features[FEATURESET_WORDS];
	unsigned int in_socket, in_core;

	count_siblings(&in_socket, &in_core);
	in_core = MAX(in_core, 1U);
	policy_featureset(POLICY_HOST, features);
	*p = (struct xen_sysctl_physinfo){
		.threads_per_core = in_core,
		.cores_per_socket = MAX(in_socket / in_core, 1U),
		.nr_cpus = cpumask_count(cpu_online_map),
		.max_cpu_id = cpu_count - 1,
		.nr_nodes = node_count,
		.max_node_id = node_count - 1,
		.cpu_khz = cpu_khz,
		.capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1,
		.total_pages = frames_total_count(),
		.free_pages = frames_free_count(),
		.outstanding_pages = frames_claimed_count(),
		.max_mfn = max_page - 1,
	};
	memcpy(p->hw_cap, features, CAPABILITY_WORDS * sizeof(features[0]));
	return 0;
}

long sysctl_getcpuinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *g = &op->u.getcpuinfo;
	uint32_t i, n = MIN(g->max_cpus, cpu_count);

	for (i = 0; i < n; i++) {
		struct xen_sysctl_cpuinfo info = {.idletime = cpu_idle_time(i)};

		if (copy_to_guest_index(gptr(g->info), i, &info)) {
			return -EFAULT;
		}
	}
	g->nr_cpus = n;
	return 0;
}

long sysctl_availheap(struct xen_sysctl *op)
{
	struct xen_sysctl_availheap *a = &op->u.availheap;

	if (a->node < -1 || (a->node > 0 && (unsigned int)a->node >= node_count)) {
		return -EINVAL;
	}
	a->avail_bytes =
		(a->node < 0 ? frames_free_count() : buddy_node_free((unsigned int)a->node))
		<< PAGE_SHIFT;
	return 0;
}

long sysctl_cputopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_cputopoinfo *t = &op->u.cputopoinfo;
	uint32_t i, n;

	if (!t->cputopo) {
		t->num_cpus = cpu_count;
		return 0;
	}
	n = MIN(t->num_cpus, cpu_count);
	for (i = 0; i < n; i++) {
		struct xen_sysctl_cputopo c = {
			.core = cpu_topology[i].core,
			.socket = cpu_topology[i].socket,
			.node = cpu_topology[i].node,
		};

		if (copy_to_guest_index(gptr(t->cputopo), i, &c)) {
			return -EFAULT;
		}
	}
	t->num_cpus = n;
	return 0;
}

/* Arrays that are not given are not wanted; room for fewer nodes gets the first. */
long sysctl_numainfo(struct xen_sysctl *op)
{
	struct xen_sysctl_numainfo *n = &op->u.numainfo;
	uint32_t count = n->meminfo || n->distance ? MIN(n->num_nodes, node_count) : node_count;

	for (uint32_t i = 0; i < count; i++) {
		struct xen_sysctl_meminfo memory = {
			.memsize = (node_count > 1 ? node_size(i) : frames_total_count())
				   << PAGE_SHIFT,
			.memfree = buddy_node_free(i) << PAGE_SHIFT,
		};

		if (n->meminfo && copy_to_guest_index(gptr(n->meminfo), i, &memory)) {
			return -EFAULT;
		}
		for (uint32_t j = 0; n->distance && j < count; j++) {
			uint32_t distance = node_distance[i][j];

			if (copy_to_guest_index(gptr(n->distance), i * count + j, &distance)) {
				return -EFAULT;
			}
		}
	}
	n->num_nodes = count;
	return 0;
}

/* The node of a device is not known to us. */
long sysctl_pcitopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_pcitopoinfo *p = &op->u.pcitopoinfo;
	uint32_t i, node = XEN_INVALID_NODE_ID;

	if (!p->devs || !p->nodes) {
		return -EINVAL;
	}
	for (i = 0; i < p->num_devs; i++) {
		if (copy_to_guest_index(gptr(p->nodes), i, &node)) {
			return -EFAULT;
		}
		if (i % 64 == 0) {
			cpu_irq_window();
		}
	}
	return 0;
}

long sysctl_get_cpu_levelling_caps(struct xen_sysctl *op)
{
	/* CPUID of PV guests is emulated where they ask for it, never masked in the CPU. */
	op->u.cpu_levelling_caps.caps = 0;
	return 0;
}

/* Feature sets and policies go by the same numbers: 0, -EINVAL, -EOPNOTSUPP. */
static int policy_named(uint32_t index, enum policy_kind *kind)
{
	static const enum policy_kind kinds[] = {
		[XEN_SYSCTL_cpu_policy_raw] = POLICY_RAW,
		[XEN_SYSCTL_cpu_policy_host] = POLICY_HOST,
		[XEN_SYSCTL_cpu_policy_pv_max] = POLICY_PV,
		[XEN_SYSCTL_cpu_policy_hvm_max] = POLICY_HVM,
		[XEN_SYSCTL_cpu_policy_pv_default] = POLICY_PV,
		[XEN_SYSCTL_cpu_policy_hvm_default] = POLICY_HVM,
	};
	_Static_assert(XEN_SYSCTL_cpu_featureset_pv == XEN_SYSCTL_cpu_policy_pv_max &&
			       XEN_SYSCTL_cpu_featureset_hvm_max ==
				       XEN_SYSCTL_cpu_policy_hvm_default,
		       "one numbering");

	if (index >= ARRAY_SIZE(kinds)) {
		return -EINVAL;
	}
	*kind = kinds[index];
	return *kind == POLICY_HVM ? -EOPNOTSUPP : 0;
}

long sysctl_get_cpu_featureset(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_featureset *f = &op->u.cpu_featureset;
	uint32_t words[FEATURESET_WORDS];
	uint32_t n = MIN(f->nr_features, (uint32_t)FEATURESET_WORDS);
	enum policy_kind kind;
	int rc = policy_named(f->index, &kind);

	if (!f->features) {
		f->nr_features = FEATURESET_WORDS;
		return 0;
	}
	if (rc) {
		return rc;
	}
	policy_featureset(kind, words);
	if (copy_to_guest(gptr(f->features), words, n * sizeof(words[0]))) {
		return -EFAULT;
	}
	f->nr_features = n;
	return n < FEATURESET_WORDS ? -ENOBUFS : 0;
}

long sysctl_get_cpu_policy(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_policy *p = &op->u.cpu_policy;
	enum policy_kind kind;
	int rc = p->_rsvd ? -EINVAL : policy_named(p->index, &kind);

	if (rc) {
		return rc;
	}
	return policy_leaves_out(policy_get(kind), gptr(p->leaves), &p->nr_leaves)
		       ?: policy_msrs_out(gptr(p->msrs), &p->nr_msrs);
}
