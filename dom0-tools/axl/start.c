/* SPDX-License-Identifier: MIT */
/* Starting a domain step by step, and taking it away again. */
#include "start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../devices/devices.h"
#include "../libbuild/build.h"
#include "../libctl/domctl.h"
#include "../libctl/event.h"
#include "../libctl/sysctl.h"
#include "apart.h"
#include "checks.h"
#include "domains.h"
#include "placement.h"
#include "records.h"
#include "unfinished.h"
#include "userdata.h"

#define SSID_DOMU 12          /* the security label of an ordinary guest */
#define USUAL_WEIGHT 256      /* of the schedulers, when none is given */
#define MAXMEM_SLACK_KIB 1024 /* room for pages the hypervisor books on the guest */

static int failed(struct axl *axl, const char *what, int ret)
{
	ctl_error_set(&axl->err, "create-failed", "cannot create the domain: %s", what);
	ctl_error_errno(&axl->err, ret);
	return ret;
}

static int create_empty(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	struct xen_domctl_createdomain new = {
		.ssidref = SSID_DOMU,
		.max_vcpus = cfg->maxvcpus,
		.cpupool_id = start->pool.info.id,
		.max_evtchn_port = cfg->max_event_channels,
		.max_grant_frames = cfg->max_grant_frames ? (int32_t)cfg->max_grant_frames : -1,
		.max_maptrack_frames = cfg->max_maptrack_frames ? (int32_t)cfg->max_maptrack_frames
								: -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(
			cfg->max_grant_version ? cfg->max_grant_version : 1),
	};
	int ret;

	memcpy(new.handle, cfg->uuid, sizeof(new.handle));
	ret = ctl_domain_create(start->axl->ctl, &new, &start->domid);
	if (ret == -ENOMEM) {
		return domains_memory_error(start->axl, cfg->memory_kib);
	}
	return ret ? failed(start->axl, "the hypervisor refused it", ret) : 0;
}

/* Affinity and weight, as far as the configuration names them. */
static int set_scheduling(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	uint16_t weight = (uint16_t)(cfg->cpu_weight ? cfg->cpu_weight : USUAL_WEIGHT);
	struct ctl *ctl = start->axl->ctl;
	int ret = 0;

	for (uint32_t i = 0; !ret && i < cfg->maxvcpus; i++) {
		const struct config_cpumap *hard = NULL, *soft = NULL;

		if (cfg->cpus_count) {
			hard = &cfg->cpus[cfg->cpus_count > i ? i : cfg->cpus_count - 1];
		}
		if (cfg->cpus_soft_count) {
			soft = &cfg->cpus_soft[cfg->cpus_soft_count > i ? i
									: cfg->cpus_soft_count - 1];
		}
		if (hard || soft) {
			ret = ctl_vcpu_set_affinity(ctl, start->domid, i,
						    hard ? (const uint8_t *)hard->bits : NULL,
						    soft ? (const uint8_t *)soft->bits : NULL,
						    CONFIG_MAX_CPUS, false);
		}
	}
	if (!ret && (cfg->cpu_weight || cfg->cap)) {
		ret = ctl_domain_set_share(ctl, start->domid, start->pool.info.sched_id, weight,
					   (uint16_t)cfg->cap);
	}
	return ret ? failed(start->axl, "cpus=, cpu_weight= or cap= was refused", ret) : 0;
}

static int set_limits(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	struct axl *axl = start->axl;
	int ret = ctl_domain_max_vcpus(axl->ctl, start->domid, cfg->maxvcpus);

	if (ret) {
		return failed(axl, "making its vCPUs", ret);
	}
	ret = ctl_domain_max_mem(axl->ctl, start->domid, cfg->maxmem_kib + MAXMEM_SLACK_KIB);
	if (ret) {
		return failed(axl, "limiting its memory", ret);
	}
	if (cfg->rtc_timeoffset) {
		ret = ctl_domain_set_time_offset(axl->ctl, start->domid, cfg->rtc_timeoffset);
		if (ret) {
			return failed(axl, "rtc_timeoffset= was refused", ret);
		}
	}
	ret = placement_apply(axl, start->domid, cfg, &start->pool);
	return ret ? failed(axl, "its NUMA node was refused", ret) : set_scheduling(start);
}

static int make_ports(struct start *start)
{
	struct ctl *ctl = start->axl->ctl;
	int port = ctl_event_alloc_unbound(ctl, start->domid, start->params.store_domid);

	if (port > 0) {
		start->params.store_port = (evtchn_port_t)port;
		port = ctl_event_alloc_unbound(ctl, start->domid, start->params.console_domid);
		start->params.console_port = (evtchn_port_t)(port > 0 ? port : 0);
	}
	return port > 0 ? 0 : failed(start->axl, "allocating its event channels", port);
}

static int fill_from_kernel(struct start *start, struct stream_restore_result *filled)
{
	struct build_result built;
	int ret;

	start->params.domid = start->domid;
	ret = build_domain(start->axl->ctl, &start->params, &built, &start->axl->err);
	if (ret == -ENOMEM && !strcmp(start->axl->err.id, "too-little-memory")) {
		return domains_memory_error(start->axl, start->cfg->memory_kib);
	}
	*filled = (struct stream_restore_result){built.store_mfn, built.console_mfn};
	return ret;
}

static int fill_from_image(struct start *start, struct stream_restore_result *filled)
{
	const struct stream_restore_params params = {
		.domid = start->domid,
		.maxmem_kib = start->cfg->maxmem_kib,
		.vcpus = start->cfg->maxvcpus,
		.store_port = start->params.store_port,
		.console_port = start->params.console_port,
		.store_domid = start->params.store_domid,
		.console_domid = start->params.console_domid,
	};
	struct axl *axl = start->axl;
	int ret =
		stream_restore(axl->ctl, start->image, &params, start->progress, filled, &axl->err);

	return ret ? ret : stream_read_tail(start->image, &axl->err);
}

static int build(struct start *start)
{
	struct axl *axl = start->axl;
	struct stream_restore_result built = {0};
	int ret = !start->image ? fill_from_kernel(start, &built) : fill_from_image(start, &built);

	if (ret) {
		return ret;
	}
	ret = store_introduce(axl->store, start->domid, built.store_mfn, start->params.store_port);
	if (ret) {
		return failed(axl, "xenstored does not talk to it", ret);
	}
	return records_write_rings(axl, start->domid, start->params.store_port, built.store_mfn,
				   start->params.console_port, built.console_mfn);
}

static int attach_devices(struct start *start)
{
	struct devices_ctx devices = {.store = start->axl->store};

	return devices_attach_all(&devices, start->domid, start->cfg, &start->axl->err);
}

static int write_records(struct start *start)
{
	int ret = records_write(start->axl, start->domid, start->cfg);

	return ret ? ret : userdata_write(start->axl, start->domid, start->cfg);
}

void signals_hold(sigset_t *old)
{
	sigset_t ending;

	sigemptyset(&ending);
	sigaddset(&ending, SIGHUP);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, old);
}

void signals_release(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

bool signals_pending(void)
{
	sigset_t waiting;

	sigpending(&waiting);
	return sigismember(&waiting, SIGHUP) || sigismember(&waiting, SIGINT) ||
	       sigismember(&waiting, SIGTERM);
}

static int run_step(struct start *start, int (*step)(struct start *start))
{
	if (signals_pending()) {
		ctl_error_set(&start->axl->err, "interrupted", "interrupted");
		ctl_error_cause(&start->axl->err, "everything done so far was undone");
		return -EINTR;
	}
	return step(start);
}

static const struct {
	const char *name; /* for the journal */
	int (*run)(struct start *start);
} start_steps[] = {
	{"records", write_records}, {"limits", set_limits},      {"event channels", make_ports},
	{"build", build},           {"devices", attach_devices},
};

static int start_all(struct start *s, xen_domid_t *domid)
{
	struct axl *axl = s->axl;
	struct unfinished note = {.fd = -1};
	struct ctl_error first;
	int ret;

	axl_subject(axl, s->cfg->name, -1);
	axl_step(axl, "check");
	ret = records_init_dom0(axl);
	if (!ret && config_fill_ids(s->cfg)) {
		ret = failed(axl, "no random numbers for its UUID", -EIO);
	}
	if (!ret) {
		unfinished_sweep(axl);
		s->takes_name = true;
		ret = start_check(s, NULL, NULL);
	}
	if (!ret) {
		axl_step(axl, "domain");
		unfinished_create(&note, s->cfg->uuid);
		ret = create_empty(s);
	}
	if (!ret) {
		unfinished_domid(&note, s->domid, s->cfg->uuid);
		for (size_t i = 0; !ret && i < sizeof(start_steps) / sizeof(start_steps[0]); i++) {
			axl->subject.domid = s->domid;
			axl_step(axl, start_steps[i].name);
			ret = run_step(s, start_steps[i].run);
		}
		if (ret) {
			first = axl->err;
			domain_remove(axl, s->domid);
			axl->err = first;
		}
	}
	if (!ret) {
		axl_step(axl, "start");
	}
	unfinished_end(&note);
	start_release(s);
	*domid = s->domid;
	return ret;
}

int domain_start(struct axl *axl, struct domain_config *cfg, xen_domid_t *domid)
{
	struct start start = start_init(axl, cfg);

	return start_all(&start, domid);
}

int domain_restore(struct axl *axl, struct domain_config *cfg, struct stream_file *image,
		   const struct stream_progress *progress, xen_domid_t *domid)
{
	struct start start = start_init(axl, cfg);

	start.image = image;
	start.progress = progress;
	return start_all(&start, domid);
}

int domain_remove(struct axl *axl, xen_domid_t domid)
{
	struct xen_domctl_getdomaininfo info;
	struct unfinished note = {.fd = -1};
	int ret;

	if (!ctl_domain_info(axl->ctl, domid, &info)) {
		unfinished_remove(&note, domid, info.handle);
	}
	ret = domain_take_apart(axl, domid);
	unfinished_end(&note);
	return ret;
}
