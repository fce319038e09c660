/* SPDX-License-Identifier: MIT */
/* Devices that come and go, in the kept configuration. */
#include "kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kept_edit.h"
#include "userdata.h"

static void apply(struct axl *axl, const struct domain *domain, const struct kept_edit *edit)
{
	xen_domid_t domid = domain->info.domain;
	int lock = userdata_lock(domid, domain->info.handle);
	char *text = userdata_text(domid, domain->info.handle);
	char *fresh = text ? kept_edited(text, edit) : NULL;

	if (fresh && userdata_replace(axl, domid, domain->info.handle, fresh)) {
		fprintf(stderr, "axl: warning: %s will not remember it: %s: %s\n", domain->name,
			axl->err.what, axl->err.cause);
		ctl_error_clear(&axl->err);
	}
	userdata_unlock(lock, domid, domain->info.handle);
	free(fresh);
	free(text);
}

void kept_add_disk(struct axl *axl, const struct domain *domain, const struct config_disk *disk)
{
	struct kept_edit edit = {.list = "disks", .disk = disk, .devid = disk->devid};

	apply(axl, domain, &edit);
}

void kept_add_nic(struct axl *axl, const struct domain *domain, const struct config_nic *nic)
{
	struct kept_edit edit = {.list = "nics", .nic = nic, .devid = (uint32_t)nic->devid};

	apply(axl, domain, &edit);
}

void kept_change_nic(struct axl *axl, const struct domain *domain, uint32_t devid,
		     const struct config_nic *nic, bool no_rate)
{
	struct kept_edit edit = {
		.list = "nics",
		.nic = nic,
		.devid = devid,
		.change = true,
		.no_rate = no_rate,
	};

	apply(axl, domain, &edit);
}

/* libxl's words have no place for everything: what we know of the same disk better stays. */
static void take_known(struct config_disk *now, struct config_disk *old, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (old[i].devid == now->devid && old[i].target && now->target &&
		    !strcmp(old[i].target, now->target)) {
			struct config_disk swap = old[i];

			old[i] = *now;
			*now = swap;
			return;
		}
	}
}

static void swap_devices(struct domain_config *a, struct domain_config *b)
{
	const struct domain_config old = *a;

	a->disks = b->disks;
	a->disk_count = b->disk_count;
	a->nics = b->nics;
	a->nic_count = b->nic_count;
	b->disks = old.disks;
	b->disk_count = old.disk_count;
	b->nics = old.nics;
	b->nic_count = old.nic_count;
}

void kept_take_devices(struct axl *axl, xen_domid_t domid, struct domain_config *cfg)
{
	struct ctl_error before = axl->err;
	struct domain_config *now;

	if (userdata_read(axl, domid, &now)) {
		axl->err = before;
		return;
	}
	for (size_t i = 0; i < now->disk_count; i++) {
		take_known(&now->disks[i], cfg->disks, cfg->disk_count);
	}
	swap_devices(cfg, now);
	config_free(now);
}
