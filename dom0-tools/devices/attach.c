/* SPDX-License-Identifier: MIT */
/* Attaching one device, or all devices of a new domain. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "elsewhere.h"
#include "vbd.h"
#include "vif.h"

/* The devices of a domain on their way. */
struct batch {
	struct vbd *vbds;
	size_t vbd_count; /* started */
	struct vif *vifs;
	size_t vif_count;
	size_t channel_count;
	struct link_ctx *link;
};

/* Where in the configuration the device of a failed step was written. */
static void add_line(struct ctl_error *err, const struct domain_config *cfg,
		     const struct config_place *place)
{
	size_t used = strlen(err->what);

	if (place->line > 0 && cfg->source) {
		snprintf(err->what + used, sizeof(err->what) - used, " (%.80s:%d)", cfg->source,
			 place->line);
	}
}

static int start_all(struct devices_ctx *ctx, uint32_t domid, const struct domain_config *cfg,
		     struct batch *batch, struct ctl_error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < cfg->disk_count; i++) {
		ret = vbd_start(ctx, domid, &cfg->disks[i], &batch->vbds[i], err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->disks[i].place);
		} else {
			batch->vbd_count++;
		}
	}
	for (size_t i = 0; ret == 0 && i < cfg->nic_count; i++) {
		ret = vif_start(ctx, batch->link, domid, &cfg->nics[i], &batch->vifs[i], err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->nics[i].place);
		} else {
			batch->vif_count++;
		}
	}
	for (size_t i = 0; ret == 0 && i < cfg->channel_count; i++) {
		ret = channel_start(ctx, domid, i, &cfg->channels[i], err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->channels[i].place);
		} else {
			batch->channel_count++;
		}
	}
	return ret;
}

static int finish_all(struct devices_ctx *ctx, uint32_t domid, const struct domain_config *cfg,
		      struct batch *batch, struct ctl_error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < batch->vbd_count; i++) {
		ret = vbd_finish(ctx, &batch->vbds[i], err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->disks[i].place);
		}
	}
	for (size_t i = 0; ret == 0 && i < batch->vif_count; i++) {
		ret = vif_finish(ctx, batch->link, &batch->vifs[i], err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->nics[i].place);
		}
	}
	for (size_t i = 0; ret == 0 && i < batch->channel_count; i++) {
		ret = channel_finish(ctx, domid, i, err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->channels[i].place);
		}
	}
	return ret;
}

static void abort_all(struct devices_ctx *ctx, uint32_t domid, struct batch *batch)
{
	for (size_t i = 0; i < batch->channel_count; i++) {
		channel_abort(ctx, domid, i);
	}
	for (size_t i = 0; i < batch->vif_count; i++) {
		vif_abort(ctx, &batch->vifs[i]);
	}
	for (size_t i = 0; i < batch->vbd_count; i++) {
		vbd_abort(ctx, &batch->vbds[i]);
	}
}

int devices_attach_all(struct devices_ctx *ctx, uint32_t domid, struct domain_config *cfg,
		       struct ctl_error *err)
{
	struct batch batch = {0};
	int ret = config_fill_ids(cfg);

	ctl_error_clear(err);
	if (ret < 0) {
		ctl_error_set(err, "no-randomness", "cannot draw a UUID");
		ctl_error_errno(err, ret);
		return ret;
	}
	batch.vbds = calloc(cfg->disk_count + 1, sizeof(*batch.vbds));
	batch.vifs = calloc(cfg->nic_count + 1, sizeof(*batch.vifs));
	if (!batch.vbds || !batch.vifs) {
		ctl_error_set(err, "no-memory", "cannot attach devices");
		ctl_error_errno(err, ENOMEM);
		ret = -ENOMEM;
	}
	if (ret == 0 && cfg->nic_count > 0) {
		batch.link = link_open(err);
		ret = batch.link ? 0 : -EIO;
	}
	if (ret == 0) {
		ret = start_all(ctx, domid, cfg, &batch, err);
		if (ret == 0) {
			ret = finish_all(ctx, domid, cfg, &batch, err);
		}
		if (ret < 0) {
			abort_all(ctx, domid, &batch);
		}
	}
	link_close(batch.link);
	free(batch.vbds);
	free(batch.vifs);
	return ret;
}

int devices_attach_disk(struct devices_ctx *ctx, uint32_t domid, const struct config_disk *disk,
			struct ctl_error *err)
{
	struct vbd vbd;
	int ret;

	ctl_error_clear(err);
	ret = vbd_start(ctx, domid, disk, &vbd, err);
	if (ret == 0) {
		ret = vbd_finish(ctx, &vbd, err);
		if (ret < 0) {
			vbd_abort(ctx, &vbd);
		}
	}
	return ret;
}

/* The lowest number that no interface of the domain has. */
static int free_devid(struct devices_ctx *ctx, uint32_t domid)
{
	uint32_t *ids;
	size_t count;
	uint32_t devid = 0;
	int ret = device_ids(ctx, DEVICE_VIF, domid, &ids, &count);

	for (size_t i = 0; ret == 0 && i < count && ids[i] == devid; i++) {
		devid++;
	}
	free(ids);
	return ret < 0 ? ret : (int)devid;
}

int devices_attach_nic(struct devices_ctx *ctx, uint32_t domid, const uint8_t uuid[16],
		       struct config_nic *nic, struct ctl_error *err)
{
	struct link_ctx *link;
	struct vif vif;
	int ret;

	ctl_error_clear(err);
	if (nic->devid < 0) {
		nic->devid = free_devid(ctx, domid);
	}
	if (nic->devid < 0) {
		ctl_error_set(err, "xenstore", "cannot list the devices of domain %u", domid);
		ctl_error_errno(err, nic->devid);
		return nic->devid;
	}
	if (!nic->mac_set) {
		config_mac_from_uuid(uuid, nic->devid, nic->mac);
		nic->mac_set = true;
	}
	link = link_open(err);
	if (!link) {
		return -EIO;
	}
	ret = vif_start(ctx, link, domid, nic, &vif, err);
	if (ret == 0) {
		ret = vif_finish(ctx, link, &vif, err);
		if (ret < 0) {
			vif_abort(ctx, &vif);
		}
	}
	link_close(link);
	return ret;
}

int devices_check_all(struct devices_ctx *ctx, const struct domain_config *cfg,
		      struct ctl_error *err)
{
	struct link_ctx *link = NULL;
	int ret = 0;

	ctl_error_clear(err);
	for (size_t i = 0; ret == 0 && i < cfg->disk_count; i++) {
		ret = vbd_check(ctx, &cfg->disks[i], err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->disks[i].place);
		}
	}
	if (ret == 0 && cfg->nic_count > 0) {
		link = link_open(err);
		ret = link ? 0 : -EIO;
	}
	for (size_t i = 0; ret == 0 && i < cfg->nic_count; i++) {
		ret = cfg->nics[i].backend ? elsewhere_check(ctx, cfg->nics[i].backend, err)
					   : vif_check(link, &cfg->nics[i], err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->nics[i].place);
		}
	}
	for (size_t i = 0; ret == 0 && i < cfg->channel_count; i++) {
		ret = channel_check(&cfg->channels[i], err);
		if (ret < 0) {
			add_line(err, cfg, &cfg->channels[i].place);
		}
	}
	link_close(link);
	return ret;
}
