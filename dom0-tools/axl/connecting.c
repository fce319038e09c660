/* SPDX-License-Identifier: MIT */
/* Looks at a running guest's devices until they are connected or it is late. */
#include "connecting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "journal.h"
#include "json.h"

#define STEP_SECONDS 5
#define TOKEN "connecting"
#define STATE_INITIALISING 1 /* XenbusStateInitialising */
#define STATE_CONNECTED 4    /* XenbusStateConnected */

static const char *const kind_names[] = {[DEVICE_VBD] = "disk", [DEVICE_VIF] = "NIC"};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void again(struct connecting *c)
{
	c->seen = 0;
	c->next_ms = now_ms() + STEP_SECONDS * 1000;
}

void connecting_start(struct connecting *c, struct axl *axl, xen_domid_t domid)
{
	char path[64];

	if (c->domid) {
		snprintf(path, sizeof(path), "/libxl/%u/device", c->domid);
		store_unwatch(axl->store, path, TOKEN);
	}
	*c = (struct connecting){.domid = domid};
	snprintf(path, sizeof(path), "/libxl/%u/device", domid);
	store_watch(axl->store, path, TOKEN);
	again(c);
}

void connecting_event(struct connecting *c, const struct store_event *event)
{
	if (!strcmp(event->token, TOKEN)) {
		again(c);
	}
}

int connecting_timeout(const struct connecting *c)
{
	int64_t left = c->next_ms - now_ms();

	return !c->next_ms ? -1 : left > 0 ? (int)left : 0;
}

const char *connecting_hint(enum device_kind kind, int frontend_state)
{
	if (frontend_state > STATE_INITIALISING) {
		return "the guest's driver has begun and not ended: see its console (axl console "
		       "--log) and the control domain's dmesg";
	}
	return kind == DEVICE_VBD ? "has the guest's kernel the driver xen-blkfront? See its "
				    "console: axl console --log"
				  : "has the guest's kernel the driver xen-netfront? See its "
				    "console: axl console --log";
}

static bool note_once(struct connecting *c, const struct device_info *device)
{
	for (size_t i = 0; i < c->noted_count; i++) {
		if (c->noted[i].kind == device->kind && c->noted[i].devid == device->devid) {
			return false;
		}
	}
	if (c->noted_count == CONNECTING_NOTED_MAX) {
		return false;
	}
	c->noted[c->noted_count].kind = device->kind;
	c->noted[c->noted_count++].devid = device->devid;
	return true;
}

static void note(struct connecting *c, const struct device_info *device, const char *name)
{
	struct yajl_gen_t *event = journal_begin("unconnected", name, c->domid);
	char text[32];

	if (device->kind == DEVICE_VBD) {
		snprintf(text, sizeof(text), "disk %s", device->vdev);
	} else {
		snprintf(text, sizeof(text), "NIC %u", device->devid);
	}
	json_string(event, "device", text);
	json_string(event, "kind", kind_names[device->kind]);
	json_number(event, "devid", device->devid);
	json_string(event, "frontend_state", devices_state_name(device->frontend_state));
	json_string(event, "backend_state", devices_state_name(device->backend_state));
	json_number(event, "waited_seconds", c->seen);
	json_string(event, "hint", connecting_hint(device->kind, device->frontend_state));
	journal_end(event);
}

static void look_at(struct connecting *c, struct axl *axl, enum device_kind kind, const char *name)
{
	struct devices_ctx ctx = {.store = axl->store};
	struct device_info *list;
	struct ctl_error ignored;
	size_t count;

	if (devices_list(&ctx, c->domid, kind, &list, &count, &ignored)) {
		return;
	}
	for (size_t i = 0; i < count; i++) {
		bool connected = list[i].frontend_state == STATE_CONNECTED &&
				 list[i].backend_state == STATE_CONNECTED;

		if (!connected && note_once(c, &list[i])) {
			note(c, &list[i], name);
		}
	}
	devices_list_free(list, count);
}

void connecting_look(struct connecting *c, struct axl *axl,
		     const struct xen_domctl_getdomaininfo *info, const char *name)
{
	if (!c->next_ms || now_ms() < c->next_ms) {
		return;
	}
	c->next_ms = now_ms() + STEP_SECONDS * 1000;
	/* a paused guest can connect to nothing */
	c->seen += info->flags & (XEN_DOMINF_paused | XEN_DOMINF_shutdown) ? 0 : STEP_SECONDS;
	if (c->seen >= CONNECTING_SECONDS) {
		look_at(c, axl, DEVICE_VBD, name);
		look_at(c, axl, DEVICE_VIF, name);
		c->next_ms = 0;
	}
}
