/* SPDX-License-Identifier: MIT */
/* The checks that a start makes while nothing exists yet. */
#include "checks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../devices/devices.h"
#include "../libctl/sysctl.h"
#include "cpumap.h"
#include "domains.h"
#include "start.h"

#define MIB(bytes) ((unsigned long long)((bytes) >> 20))

static void seen(struct start *start, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void seen(struct start *start, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(start->note, sizeof(start->note), format, args);
	va_end(args);
}

/* ------------------------------------------------------------------------ who it is -- */

static int check_name(struct start *start)
{
	struct axl *axl = start->axl;
	const char *name = start->cfg->name;
	xen_domid_t other;

	if (!name) {
		return 0; /* told with the text */
	}
	if (!domain_by_name(axl, name, &other)) {
		return domains_name_error(axl, name, other);
	}
	seen(start, "\"%s\" is free", name);
	return 0;
}

static int check_uuid(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	struct axl *axl = start->axl;
	struct xen_domctl_getdomaininfo *list = NULL;
	char text[37], name[DOMAIN_NAME_MAX];
	int count = cfg->uuid_set ? ctl_domain_list_all(axl->ctl, &list) : 0;
	int ret = 0;

	config_uuid_format(cfg->uuid, text);
	for (int i = 0; i < count && !ret; i++) {
		if (!memcmp(list[i].handle, cfg->uuid, sizeof(cfg->uuid)) &&
		    !(list[i].flags & XEN_DOMINF_dying)) {
			domain_name(axl, list[i].domain, name);
			ctl_error_set(&axl->err, "uuid-in-use",
				      "there is a domain with the UUID %s already: %u", text,
				      list[i].domain);
			ctl_error_cause(&axl->err, "%.200s has it", name);
			ctl_error_number(&axl->err, "domid", list[i].domain);
			ctl_error_hint(&axl->err, "a copy needs a UUID of its own: take uuid= out");
			ret = -EEXIST;
		}
	}
	free(list);
	seen(start, "%s", cfg->uuid_set ? text : "a random one");
	return ret;
}

/* ------------------------------------------------------------------------------ CPUs -- */

static int check_pool(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	int ret = pool_find(start->axl, cfg->pool ? cfg->pool : "0", &start->pool);

	if (!ret) {
		seen(start, "%s, scheduler %s", start->pool.name,
		     scheduler_name(start->pool.info.sched_id));
	}
	return ret;
}

/* Whether each map has a CPU that exists; others in it do no harm. */
static int check_maps(struct start *start, const char *key, const struct config_cpumap *maps,
		      size_t count)
{
	unsigned int cpus = cpumap_host_cpus(start->axl);

	for (size_t i = 0; i < count; i++) {
		unsigned int cpu = 0;

		while (cpu < cpus && !cpumap_has(&maps[i], cpu)) {
			cpu++;
		}
		if (cpu == cpus) {
			ctl_error_set(&start->axl->err, "bad-cpus", "%s leaves vCPU %zu no CPU",
				      key, i);
			ctl_error_cause(&start->axl->err, "this machine has CPUs 0 to %u",
					cpus - 1);
			ctl_error_number(&start->axl->err, "cpus", cpus);
			ctl_error_hint(&start->axl->err, "axl info -n lists them");
			return -EINVAL;
		}
	}
	seen(start, count ? "CPUs of the %u there are" : "any of %u CPUs", cpus);
	return 0;
}

static int check_cpus(struct start *start)
{
	return check_maps(start, "cpus=", start->cfg->cpus, start->cfg->cpus_count);
}

static int check_cpus_soft(struct start *start)
{
	return check_maps(start, "cpus_soft=", start->cfg->cpus_soft, start->cfg->cpus_soft_count);
}

static int check_cap(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	struct axl *axl = start->axl;

	if (cfg->cap > cfg->maxvcpus * 100) {
		ctl_error_set(&axl->err, "out-of-range", "cap= cannot be %u", cfg->cap);
		ctl_error_cause(&axl->err, "it is per cent of one CPU, and %u vCPUs can use %u",
				cfg->maxvcpus, cfg->maxvcpus * 100);
		ctl_error_number(&axl->err, "max", cfg->maxvcpus * 100);
		ctl_error_hint(&axl->err, "0 means no cap");
		return -ERANGE;
	}
	seen(start, cfg->cap ? "%u per cent of one CPU" : "none", cfg->cap);
	return 0;
}

static int check_share(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	struct axl *axl = start->axl;

	if (start->pool.name[0] && (cfg->cpu_weight || cfg->cap) &&
	    start->pool.info.sched_id != XEN_SCHEDULER_CREDIT &&
	    start->pool.info.sched_id != XEN_SCHEDULER_CREDIT2) {
		ctl_error_set(&axl->err, "other-scheduler", "CPU pool %s has no weights and caps",
			      start->pool.name);
		ctl_error_cause(&axl->err, "its scheduler is %s",
				scheduler_name(start->pool.info.sched_id));
		ctl_error_hint(&axl->err, "take cpu_weight= and cap= out");
		return -EOPNOTSUPP;
	}
	seen(start, cfg->cpu_weight ? "%u" : "the usual one", cfg->cpu_weight);
	return 0;
}

/* --------------------------------------------------------------------- what it boots -- */

/* A size for notes; a compressed kernel says little with it, its name more. */
static unsigned long long file_mib(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : MIB((unsigned long long)st.st_size + (1 << 20) - 1);
}

static int check_kernel(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	struct axl *axl = start->axl;
	int ret;

	if (start->image || (!cfg->kernel && !cfg->bootloader)) {
		return 0;
	}
	if (!cfg->kernel) {
		ctl_error_set(&axl->err, "no-kernel", "%s names no kernel", cfg->source);
		ctl_error_cause(&axl->err, "bootloader= is not supported yet");
		ctl_error_hint(&axl->err, "set kernel= and ramdisk=");
		return -EINVAL;
	}
	ret = kernel_open(cfg->kernel, AXL_CACHE_DIR, &start->kernel, &axl->err);
	if (!ret) {
		start->params.kernel = &start->kernel;
		seen(start, "%s, %llu MiB, can be loaded", cfg->kernel, file_mib(cfg->kernel));
	}
	return ret;
}

static int check_ramdisk(struct start *start)
{
	const char *path = start->cfg->ramdisk;
	struct axl *axl = start->axl;
	int ret;

	if (!path || start->image) {
		seen(start, "none");
		return 0;
	}
	ret = blob_open(&start->ramdisk, path);
	if (ret) {
		ctl_error_set(&axl->err, ret == -ENOENT ? "no-such-ramdisk" : "cannot-read-ramdisk",
			      "cannot open ramdisk %s", path);
		if (ret == -EINVAL) {
			ctl_error_cause(&axl->err, "it is not a regular file");
		} else {
			ctl_error_errno(&axl->err, ret);
		}
		ctl_error_hint(&axl->err, "ramdisk= names a file of the control domain, e.g. "
					  "/boot/initrd.img-…");
		return ret;
	}
	start->params.ramdisk = &start->ramdisk;
	seen(start, "%s, %llu MiB", path, file_mib(path));
	return 0;
}

static unsigned int tsc_mode(enum config_tsc_mode mode)
{
	static const unsigned int modes[] = {
		[CONFIG_TSC_DEFAULT] = 0,
		[CONFIG_TSC_ALWAYS_EMULATE] = 1,
		[CONFIG_TSC_NATIVE] = 2,
		[CONFIG_TSC_NATIVE_PARAVIRT] = 3,
	};

	return modes[mode];
}

/* Whether kernel and ramdisk fit into the guest. */
static int check_fit(struct start *start)
{
	const struct domain_config *cfg = start->cfg;

	if (!start->params.kernel || !cfg->memory_kib || (cfg->ramdisk && !start->params.ramdisk)) {
		return 0; /* told already */
	}
	start->params.kernel_name = cfg->kernel;
	start->params.cmdline = cfg->cmdline;
	start->params.memory_kib = cfg->memory_kib & ~3UL;
	start->params.maxmem_kib = cfg->maxmem_kib & ~3UL;
	start->params.tsc_mode = tsc_mode(cfg->tsc_mode);
	seen(start, "kernel and ramdisk fit into %llu MiB", MIB(cfg->memory_kib << 10));
	return build_check(&start->params, &start->axl->err);
}

/* The reservation made later decides; this only spares the work. */
static int check_memory(struct start *start)
{
	const struct domain_config *cfg = start->cfg;
	struct xen_sysctl_physinfo machine;
	uint64_t free_pages;

	if (ctl_physinfo(start->axl->ctl, &machine)) {
		return 0;
	}
	if (!cfg->memory_kib) {
		return 0;
	}
	free_pages = machine.free_pages > machine.outstanding_pages
			     ? machine.free_pages - machine.outstanding_pages
			     : 0;
	if (cfg->memory_kib > free_pages * 4) {
		return domains_memory_error(start->axl, cfg->memory_kib);
	}
	seen(start, "%llu MiB needed, %llu MiB free, %llu MiB of these claimed by others",
	     MIB(cfg->memory_kib << 10), MIB(machine.free_pages << 12),
	     MIB(machine.outstanding_pages << 12));
	return 0;
}

/* --------------------------------------------------------------------------- running -- */

static const struct check {
	const char *key; /* of the configuration, and its subject in what is told */
	int (*run)(struct start *start);
} checks[] = {
	{"name", check_name}, /* the first: start_check() may leave it out */
	{"uuid", check_uuid},           {"pool", check_pool},       {"cpus", check_cpus},
	{"cpus_soft", check_cpus_soft}, {"cap", check_cap},         {"cpu_weight", check_share},
	{"kernel", check_kernel},       {"ramdisk", check_ramdisk}, {"memory", check_fit},
};

struct run {
	struct start *start;
	check_fn *each;
	void *state;
	int first; /* failure */
};

/* Tells a result; true if the checks are to go on. */
static bool tell(struct run *run, const char *subject, const struct config_place *place, int ret)
{
	struct start *start = run->start;
	const struct check_result result = {
		.subject = subject,
		.place = *place,
		.note = ret ? NULL : start->note,
		.err = ret ? &start->axl->err : NULL,
	};

	run->first = run->first ? run->first : ret;
	if (run->each && (ret || start->note[0])) {
		run->each(run->state, &result);
		ctl_error_clear(&start->axl->err);
	}
	start->note[0] = '\0';
	return !ret || run->each;
}

static bool check_one(struct run *run, const char *key, int (*check)(struct start *start))
{
	struct config_place place;

	config_place_of(run->start->cfg, key, &place);
	return tell(run, key, &place, check(run->start));
}

/* The size of a file or block device; 0 if that cannot be told. */
static unsigned long long target_mib(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	if (fd >= 0) {
		close(fd);
	}
	return size > 0 ? MIB(size) : 0;
}

/* Each disk and NIC as if it were the only one. */
static bool check_devices(struct run *run)
{
	const struct domain_config *cfg = run->start->cfg;
	struct axl *axl = run->start->axl;
	struct devices_ctx devices = {.store = axl->store};
	struct domain_config one = *cfg;
	bool go_on = true;
	char subject[32];

	one.nic_count = 0;
	one.disk_count = 1;
	for (size_t i = 0; go_on && i < cfg->disk_count; i++) {
		struct config_disk disk = cfg->disks[i];
		int ret;

		/* a report has a place of its own, an error alone needs it */
		disk.place = run->each ? (struct config_place){0} : disk.place;
		one.disks = &disk;
		ret = devices_check_all(&devices, &one, &axl->err);

		snprintf(subject, sizeof(subject), "disk %s", disk.vdev);
		if (disk.backend) {
			seen(run->start, "%.120s of driver domain %.80s, which is there",
			     disk.target ? disk.target : "no disc", disk.backend);
			go_on = tell(run, subject, &cfg->disks[i].place, ret);
			continue;
		}
		seen(run->start, "%.120s, %s, %llu MiB, %s", disk.target ? disk.target : "no disc",
		     config_disk_format_name(disk.format), target_mib(disk.target),
		     disk.readwrite ? "rw, nobody else uses it" : "ro, nobody writes to it");
		go_on = tell(run, subject, &cfg->disks[i].place, ret);
	}
	one.disk_count = 0;
	one.nic_count = 1;
	for (size_t i = 0; go_on && i < cfg->nic_count; i++) {
		struct config_nic nic = cfg->nics[i];
		int ret;

		nic.place = run->each ? (struct config_place){0} : nic.place;
		one.nics = &nic;
		ret = devices_check_all(&devices, &one, &axl->err);
		snprintf(subject, sizeof(subject), "vif %zu", i);
		seen(run->start, "bridge %s%s%.80s",
		     nic.bridge    ? nic.bridge
		     : nic.backend ? "of the default"
				   : "of the host's default",
		     nic.backend ? " of driver domain " : "", nic.backend ? nic.backend : "");
		go_on = tell(run, subject, &cfg->nics[i].place, ret);
	}
	return go_on;
}

/* A domain made a second time lacks memory, or finds its disks in use by itself: that it is there
 * already says more. */
static int prefer_name(struct start *start, int ret)
{
	struct ctl_error first = start->axl->err;
	int name = check_name(start);

	if (!name) {
		start->axl->err = first;
	}
	return name ? name : ret;
}

int start_check(struct start *start, check_fn *each, void *state)
{
	struct run run = {.start = start, .each = each, .state = state};
	bool go_on = true;

	for (size_t i = start->takes_name; go_on && i < sizeof(checks) / sizeof(checks[0]); i++) {
		go_on = check_one(&run, checks[i].key, checks[i].run);
	}
	go_on = go_on && check_devices(&run);
	if (go_on) {
		check_one(&run, "memory", check_memory);
	}
	return run.first && start->takes_name ? prefer_name(start, run.first) : run.first;
}

void start_release(struct start *start)
{
	kernel_close(&start->kernel);
	blob_close(&start->ramdisk);
}

struct start start_init(struct axl *axl, struct domain_config *cfg)
{
	struct start start = {.axl = axl, .cfg = cfg};

	start.kernel.image.fd = -1;
	start.ramdisk.fd = -1;
	return start;
}
