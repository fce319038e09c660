/* SPDX-License-Identifier: MIT */
/* The hypervisor, the builder and the devices of the tests. */
#include "fake.h"
#include "fake_hypfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../dom0-tools/devices/devices.h"
#include "../../../dom0-tools/devices/serve.h"
#include "../../../dom0-tools/libbuild/build.h"
#include "../../../dom0-tools/libctl/event.h"
#include "../../../dom0-tools/libctl/memory.h"
#include "../../../dom0-tools/libctl/sysctl.h"
#include "../../../dom0-tools/libctl/version.h"
#include "fake_store.h"

struct fake fake;

#define MACHINE_PAGES 786432UL /* 3 GiB */

bool fake_fails(void)
{
	return ++fake.calls == fake.fail_at;
}

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake_store_reset();
	fake_sched_reset();
	fake_hypfs_reset();
	fake.domain_count = 1;
	fake.domains[0] = (struct xen_domctl_getdomaininfo){
		.flags = XEN_DOMINF_running,
		.tot_pages = 262144,
		.max_pages = 262144,
		.cpu_time = 5249999999,
		.nr_online_vcpus = 1,
	};
	fake.free_pages = MACHINE_PAGES - 262144;
}

struct xen_domctl_getdomaininfo *fake_domain(uint32_t domid, const char *name)
{
	struct xen_domctl_getdomaininfo *info = &fake.domains[fake.domain_count++];
	char path[64];

	*info = (struct xen_domctl_getdomaininfo){
		.domain = (xen_domid_t)domid,
		.flags = XEN_DOMINF_blocked,
		.tot_pages = 32768,
		.max_pages = 33024,
		.cpu_time = 1500000000,
		.nr_online_vcpus = 2,
		.max_vcpu_id = 3,
		.handle = {0xaa, [15] = (uint8_t)domid},
	};
	fake.free_pages -= 32768;
	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	fake_store_set(path, name);
	return info;
}

static struct xen_domctl_getdomaininfo *find(xen_domid_t domid)
{
	for (unsigned int i = 0; i < fake.domain_count; i++) {
		if (fake.domains[i].domain == domid) {
			return &fake.domains[i];
		}
	}
	return NULL;
}

/* ---------------------------------------------------------------- libctl -- */

int ctl_open(struct ctl **ctl)
{
	*ctl = (struct ctl *)&fake;
	return 0;
}

void ctl_close(struct ctl *ctl)
{
	(void)ctl;
}

int ctl_physinfo(struct ctl *ctl, struct xen_sysctl_physinfo *info)
{
	(void)ctl;
	*info = (struct xen_sysctl_physinfo){
		.threads_per_core = 1,
		.cores_per_socket = 2,
		.nr_cpus = 2,
		.max_cpu_id = 1,
		.nr_nodes = 1,
		.cpu_khz = 2596125,
		.capabilities = XEN_SYSCTL_PHYSCAP_pv,
		.total_pages = MACHINE_PAGES,
		.free_pages = fake.free_pages,
	};
	return 0;
}

long ctl_memory_value(struct ctl *ctl, unsigned int cmd)
{
	(void)ctl;
	(void)cmd;
	return 0;
}

int ctl_version(struct ctl *ctl, struct ctl_version *version)
{
	(void)ctl;
	*version = (struct ctl_version){
		.major = 4,
		.minor = 17,
		.extra = ".7",
		.page_size = 4096,
		.virt_start = 0xffff800000000000UL,
		.capabilities = "xen-3.0-x86_64 ",
		.mitigations = "bti-thunk=retpoline, ibpb",
		.command_line = "a \"quoted\" \x1b line",
	};
	if (fake.command_line) {
		snprintf(version->command_line, sizeof(version->command_line), "%s",
			 fake.command_line);
	}
	snprintf(version->build_id, sizeof(version->build_id), "%s",
		 fake.build_id ? fake.build_id : "");
	return 0;
}

int ctl_console_read(struct ctl *ctl, bool clear, bool incremental, uint32_t *index, char *text,
		     size_t size)
{
	const char *from = fake.ring ? fake.ring : "";
	size_t len;

	(void)ctl;
	from += incremental ? *index : 0;
	len = strlen(from) < size ? strlen(from) : size;
	memcpy(text, from, len);
	*index = (incremental ? *index : 0) + (uint32_t)len;
	if (clear) {
		fake.ring = NULL;
	}
	return (int)len;
}

int ctl_debug_keys(struct ctl *ctl, const char *keys)
{
	(void)ctl;
	snprintf(fake.keys, sizeof(fake.keys), "%s", keys);
	return 0;
}

int ctl_domain_list_all(struct ctl *ctl, struct xen_domctl_getdomaininfo **list)
{
	(void)ctl;
	*list = malloc(sizeof(fake.domains));
	memcpy(*list, fake.domains, sizeof(fake.domains));
	return (int)fake.domain_count;
}

int ctl_domain_info(struct ctl *ctl, xen_domid_t domid, struct xen_domctl_getdomaininfo *info)
{
	(void)ctl;
	if (!find(domid)) {
		return -ESRCH;
	}
	*info = *find(domid);
	return 0;
}

int ctl_domain_create(struct ctl *ctl, const struct xen_domctl_createdomain *config,
		      xen_domid_t *domid)
{
	struct xen_domctl_getdomaininfo *info;

	(void)ctl;
	if (fake_fails()) {
		return -EBUSY;
	}
	*domid = 41;
	info = &fake.domains[fake.domain_count++];
	*info = (struct xen_domctl_getdomaininfo){.domain = 41, .flags = XEN_DOMINF_paused};
	memcpy(info->handle, config->handle, sizeof(info->handle));
	return 0;
}

int ctl_domain_destroy(struct ctl *ctl, xen_domid_t domid)
{
	struct xen_domctl_getdomaininfo *info = find(domid);

	(void)ctl;
	if (!info) {
		return -ESRCH;
	}
	fake.free_pages += info->tot_pages;
	*info = fake.domains[--fake.domain_count];
	fake.built -= domid == 41 && fake.built;
	return 0;
}

static int set_flag(xen_domid_t domid, uint32_t clear, uint32_t set)
{
	struct xen_domctl_getdomaininfo *info = find(domid);

	if (!info) {
		return -ESRCH;
	}
	info->flags = (info->flags & ~clear) | set;
	return 0;
}

int ctl_domain_pause(struct ctl *ctl, xen_domid_t domid)
{
	(void)ctl;
	return set_flag(domid, 0, XEN_DOMINF_paused);
}

int ctl_domain_unpause(struct ctl *ctl, xen_domid_t domid)
{
	(void)ctl;
	return set_flag(domid, XEN_DOMINF_paused, 0);
}

int ctl_domain_max_vcpus(struct ctl *ctl, xen_domid_t domid, unsigned int count)
{
	(void)ctl;
	find(domid)->nr_online_vcpus = count;
	return fake_fails() ? -ENOMEM : 0;
}

int ctl_domain_max_mem(struct ctl *ctl, xen_domid_t domid, uint64_t kib)
{
	(void)ctl;
	find(domid)->max_pages = kib / 4;
	return fake_fails() ? -EINVAL : 0;
}

int ctl_domain_set_time_offset(struct ctl *ctl, xen_domid_t domid, int64_t seconds)
{
	(void)ctl;
	(void)domid;
	(void)seconds;
	return fake_fails() ? -EINVAL : 0;
}

int ctl_vcpu_info(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
		  struct xen_domctl_getvcpuinfo *info)
{
	(void)ctl;
	*info = (struct xen_domctl_getvcpuinfo){
		.vcpu = vcpu,
		.online = vcpu < find(domid)->nr_online_vcpus,
		.running = !domid,
		.blocked = domid != 0,
		.cpu_time = 2500000000,
		.cpu = vcpu,
	};
	return 0;
}

int ctl_event_alloc_unbound(struct ctl *ctl, xen_domid_t domid, xen_domid_t remote)
{
	static int port;

	(void)ctl;
	(void)domid;
	(void)remote;
	return fake_fails() ? -ENOSPC : 1 + port++ % 2;
}

/* -------------------------------------------------------------- libbuild -- */

int kernel_open(const char *path, const char *cache_dir, struct kernel *kernel,
		struct ctl_error *err)
{
	(void)cache_dir;
	if (fake_fails()) {
		ctl_error_set(err, "no-such-kernel", "cannot open kernel %s", path);
		return -ENOENT;
	}
	fake.kernels_open++;
	kernel->image.size = 1;
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	fake.kernels_open -= kernel->image.size == 1;
}

int blob_open(struct blob *blob, const char *path)
{
	(void)path;
	if (fake_fails()) {
		return -EACCES;
	}
	fake.kernels_open++;
	*blob = (struct blob){.fd = -1, .size = 1};
	return 0;
}

void blob_close(struct blob *blob)
{
	fake.kernels_open -= blob->size == 1;
}

int build_check(const struct build_params *params, struct ctl_error *err)
{
	if (fake_fails()) {
		ctl_error_set(err, "too-little-memory-for-kernel", "%s", params->kernel_name);
		return -EINVAL;
	}
	return 0;
}

int build_domain(struct ctl *ctl, const struct build_params *params, struct build_result *result,
		 struct ctl_error *err)
{
	struct xen_domctl_getdomaininfo *info = find(params->domid);

	(void)ctl;
	if (params->memory_kib / 4 > fake.free_pages || fake_fails()) {
		ctl_error_set(err, "too-little-memory", "not enough");
		return -ENOMEM;
	}
	info->tot_pages = params->memory_kib / 4;
	fake.free_pages -= info->tot_pages;
	fake.built++;
	*result = (struct build_result){.store_mfn = 1001, .console_mfn = 1002};
	return 0;
}

/* --------------------------------------------------------------- devices -- */

int devices_check_all(struct devices_ctx *ctx, const struct domain_config *cfg,
		      struct ctl_error *err)
{
	(void)ctx;
	(void)cfg;
	if (fake_fails()) {
		ctl_error_set(err, "no-such-bridge", "no such bridge");
		return -ENODEV;
	}
	return 0;
}

int devices_attach_all(struct devices_ctx *ctx, uint32_t domid, struct domain_config *cfg,
		       struct ctl_error *err)
{
	char path[64];

	(void)ctx;
	(void)cfg;
	if (fake_fails()) {
		ctl_error_set(err, "disk-in-use", "disk in use");
		return -EBUSY;
	}
	fake.devices++;
	snprintf(path, sizeof(path), "/local/domain/%u/device/vbd/51712/state", domid);
	fake_store_set(path, "1");
	return 0;
}

int devices_clean_up(struct devices_ctx *ctx, uint32_t domid, struct ctl_error *err)
{
	(void)ctx;
	(void)err;
	fake.devices -= domid == 41 && fake.devices;
	return 0;
}

/* The devices that list, attach and detach see: one disk and one NIC of domain 3. */
static void sample_device(enum device_kind kind, struct device_info *device)
{
	*device = (struct device_info){
		.kind = kind,
		.devid = kind == DEVICE_VBD ? 51712 : 0,
		.frontend_state = fake.frontend_state ?: 4,
		.backend_state = 4,
		.readwrite = true,
		.vdev = "xvda",
		.mac = "00:16:3e:01:02:03",
		.bridge = "xenbr0",
		.event_channel = 17,
		.ring_ref = 8,
		.rx_ring_ref = kind == DEVICE_VIF ? 9 : 0,
	};
	snprintf(device->node, sizeof(device->node), kind == DEVICE_VBD ? "/dev/loop0" : "vif3.0");
	snprintf(device->backend_path, sizeof(device->backend_path),
		 "/local/domain/0/backend/%s/3/%u", kind == DEVICE_VBD ? "vbd" : "vif",
		 device->devid);
}

int devices_list(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind,
		 struct device_info **list, size_t *count, struct ctl_error *err)
{
	(void)ctx;
	(void)err;
	*count = domid == 3;
	*list = calloc(1, sizeof(**list));
	sample_device(kind, *list);
	return 0;
}

/* -- a driver domain's side, which unit tests of its own have -- */

const char *device_kind_name(enum device_kind kind)
{
	return kind == DEVICE_VBD ? "vbd" : "vif";
}

void device_backends_here(const struct devices_ctx *ctx, char *path, size_t size)
{
	snprintf(path, size, "/local/domain/%u/backend", ctx->self);
}

int serve_scan(struct serve *serve)
{
	(void)serve;
	return 0;
}

void serve_event(struct serve *serve, const char *path)
{
	(void)serve;
	(void)path;
}

void serve_end(struct serve *serve)
{
	(void)serve;
}

void devices_list_free(struct device_info *list, size_t count)
{
	(void)count;
	free(list);
}

int devices_find(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind, const char *name,
		 uint32_t *devid, struct ctl_error *err)
{
	bool found = domid == 3 &&
		     (kind == DEVICE_VBD ? !strcmp(name, "xvda") : !strcmp(name, "0"));

	(void)ctx;
	*devid = kind == DEVICE_VBD ? 51712 : 0;
	if (!found) {
		ctl_error_set(err, "no-such-device", "no device %s", name);
	}
	return found ? 0 : -ENOENT;
}

int devices_attach_disk(struct devices_ctx *ctx, uint32_t domid, const struct config_disk *disk,
			struct ctl_error *err)
{
	(void)ctx;
	(void)domid;
	(void)err;
	fake.devices++;
	fake.last_devid = disk->devid;
	return 0;
}

int devices_attach_nic(struct devices_ctx *ctx, uint32_t domid, const uint8_t uuid[16],
		       struct config_nic *nic, struct ctl_error *err)
{
	(void)ctx;
	(void)domid;
	(void)err;
	fake.devices++;
	nic->devid = 1;
	config_mac_from_uuid(uuid, 1, nic->mac);
	return 0;
}

int devices_detach(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind, uint32_t devid,
		   bool force, struct ctl_error *err)
{
	(void)ctx;
	(void)domid;
	(void)kind;
	fake.last_devid = devid;
	fake.forced = force;
	if (!force && fake_fails()) {
		ctl_error_set(err, "device-busy", "it does not let go");
		return -EBUSY;
	}
	fake.devices--;
	return 0;
}

int devices_resize_disk(struct devices_ctx *ctx, uint32_t domid, uint32_t devid, uint64_t bytes,
			uint64_t *sectors, struct ctl_error *err)
{
	(void)ctx;
	(void)domid;
	(void)err;
	fake.last_devid = devid;
	*sectors = bytes ? bytes / 512 : 100;
	return 0;
}

int devices_set_nic(struct devices_ctx *ctx, uint32_t domid, uint32_t devid,
		    const struct config_nic *nic, bool no_rate, struct ctl_error *err)
{
	(void)ctx;
	(void)domid;
	(void)err;
	fake.last_devid = devid;
	fake.forced = no_rate;
	if (nic->mac_set) {
		ctl_error_set(err, "vif-fixed", "mac");
		return -ENOTSUP;
	}
	return 0;
}

void devices_sweep(struct devices_ctx *ctx)
{
	(void)ctx;
}

const char *devices_state_name(int state)
{
	return state == 4 ? "connected" : "unknown";
}
