/* SPDX-License-Identifier: MIT */
/* Editing the lists of devices in a kept configuration. */
#include "kept_edit.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "json.h"

static yajl_val member(yajl_val map, const char *key)
{
	const char *path[] = {key, NULL};

	return yajl_tree_get(map, path, yajl_t_any);
}

static bool device_id(const char *list, yajl_val device, uint32_t *devid)
{
	yajl_val id = member(device, strcmp(list, "disks") == 0 ? "vdev" : "devid");

	if (YAJL_IS_STRING(id)) {
		return config_vdev_parse(YAJL_GET_STRING(id), devid);
	}
	*devid = YAJL_IS_INTEGER(id) ? (uint32_t)YAJL_GET_INTEGER(id) : 0;
	return YAJL_IS_INTEGER(id);
}

static bool is_attached(const struct kept_edit *edit, const char *list, uint32_t devid)
{
	char *node = store_readf(edit->axl->store, STORE_NO_TX, "/libxl/%u/device/%s/%u/backend",
				 edit->domid, strcmp(list, "disks") == 0 ? "vbd" : "vif", devid);
	bool there = node != NULL;

	free(node);
	return there;
}

/* Of network-set's keys, is this one replaced? */
static bool is_changed(const struct kept_edit *edit, const char *key)
{
	const struct config_nic *nic = edit->nic;

	return (!strncmp(key, "rate_", 5) && (edit->no_rate || nic->rate_bytes_per_interval)) ||
	       (!strcmp(key, "ip") && nic->ip) || (!strcmp(key, "vlan") && nic->vlan) ||
	       (!strcmp(key, "bridge") && nic->bridge);
}

static void put_changed(yajl_gen gen, const struct kept_edit *edit, yajl_val old)
{
	const struct config_nic *nic = edit->nic;

	json_map(gen, NULL);
	for (size_t i = 0; i < old->u.object.len; i++) {
		if (!is_changed(edit, old->u.object.keys[i])) {
			json_value(gen, old->u.object.keys[i], old->u.object.values[i]);
		}
	}
	if (nic->ip) {
		json_string(gen, "ip", nic->ip);
	}
	if (nic->vlan) {
		json_string(gen, "vlan", nic->vlan);
	}
	if (nic->bridge) {
		json_string(gen, "bridge", nic->bridge);
	}
	if (nic->rate_bytes_per_interval) {
		json_number(gen, "rate_bytes_per_interval", nic->rate_bytes_per_interval);
		json_number(gen, "rate_interval_usecs", nic->rate_interval_us);
	}
	json_map_end(gen);
}

static void put_new(yajl_gen gen, const struct kept_edit *edit)
{
	if (edit->disk) {
		config_gen_libxl_disk(edit->disk, gen);
	} else {
		config_gen_libxl_nic(edit->nic, edit->devid, gen);
	}
}

static void put_devices(yajl_gen gen, const struct kept_edit *edit, const char *list, yajl_val old)
{
	bool ours = edit->list && !strcmp(edit->list, list);
	size_t count = YAJL_IS_ARRAY(old) ? old->u.array.len : 0;

	json_array(gen, list);
	for (size_t i = 0; i < count; i++) {
		yajl_val device = old->u.array.values[i];
		uint32_t devid;
		bool known = device_id(list, device, &devid);

		if (ours && known && devid == edit->devid) {
			if (edit->change) {
				put_changed(gen, edit, device);
			}
		} else if (!known || !edit->axl || is_attached(edit, list, devid)) {
			json_value(gen, NULL, device);
		}
	}
	if (ours && !edit->change) {
		put_new(gen, edit);
	}
	json_array_end(gen);
}

static bool is_device_list(const char *key)
{
	return !strcmp(key, "disks") || !strcmp(key, "nics");
}

char *kept_edited(const char *text, const struct kept_edit *edit)
{
	yajl_val kept = yajl_tree_parse(text, NULL, 0);
	yajl_gen gen = YAJL_IS_OBJECT(kept) ? yajl_gen_alloc(NULL) : NULL;
	const unsigned char *out;
	char *result = NULL;
	bool seen = false;
	size_t len;

	if (gen) {
		yajl_gen_config(gen, yajl_gen_beautify, 1);
		yajl_gen_map_open(gen);
		for (size_t i = 0; i < kept->u.object.len; i++) {
			const char *key = kept->u.object.keys[i];

			if (is_device_list(key)) {
				put_devices(gen, edit, key, kept->u.object.values[i]);
				seen |= edit->list && !strcmp(key, edit->list);
			} else {
				json_value(gen, key, kept->u.object.values[i]);
			}
		}
		if (edit->list && !seen) {
			put_devices(gen, edit, edit->list, NULL);
		}
		yajl_gen_map_close(gen);
		if (yajl_gen_get_buf(gen, &out, &len) == yajl_gen_status_ok) {
			result = strndup((const char *)out, len);
		}
		yajl_gen_free(gen);
	}
	yajl_tree_free(kept);
	return result;
}
