/* SPDX-License-Identifier: MIT */
/*
 * A domain's PV disks, NICs and channels: makes the loop device, the bridge port and the xenstore
 * nodes that the kernel's blkback and netback work from, and takes all of it away again.
 */
#ifndef DOM0_TOOLS_DEVICES_DEVICES_H
#define DOM0_TOOLS_DEVICES_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../config/config.h"
#include "../libctl/error.h"

struct store; /* an open xenstore connection, see libstore/store.h */

/*
 * What every call needs. Filled by the caller, owned by it; one thread at a time. Calls that wait
 * take the connection's watch events: a caller with watches of its own looks at what they watch
 * again afterwards, or uses another connection for them.
 */
struct devices_ctx {
	struct store *store;
	unsigned int timeout_ms; /* limit of each single wait; 0 = 10 s */
	uint32_t self;           /* the domain this runs in, a driver domain's where not 0 */
};

/*
 * Functions return 0 or -errno, and on failure fill *err with id, what was tried, cause and way
 * out. `err` is never NULL. Nothing is left behind by a call that failed.
 */

/* Looks at every disk and NIC without changing anything: targets exist, nobody else writes to
 * them, bridges exist, interface names are free. For `create` before the domain is built. */
int devices_check_all(struct devices_ctx *ctx, const struct domain_config *cfg,
		      struct ctl_error *err);

/*
 * Attaches all disks, NICs and channels of a freshly built, still paused domain, and returns when
 * every backend waits for its frontend (state 2). /local/domain/DOMID must exist. Writes devid and
 * MAC where cfg left them open. On failure what was attached before is detached.
 */
int devices_attach_all(struct devices_ctx *ctx, uint32_t domid, struct domain_config *cfg,
		       struct ctl_error *err);

/* One device of a running or paused domain (block-attach, network-attach). */
int devices_attach_disk(struct devices_ctx *ctx, uint32_t domid, const struct config_disk *disk,
			struct ctl_error *err);
int devices_attach_nic(struct devices_ctx *ctx, uint32_t domid, const uint8_t uuid[16],
		       struct config_nic *nic, struct ctl_error *err);

/*
 * Tells the guest how big a disk is now. With `bytes` not 0 an image file is made so big first; it
 * only grows. *sectors (of 512 bytes) is what the guest was told.
 */
int devices_resize_disk(struct devices_ctx *ctx, uint32_t domid, uint32_t devid, uint64_t bytes,
			uint64_t *sectors, struct ctl_error *err);

/*
 * Changes a connected network interface: rate, bridge, addresses and VLANs that `nic` has, the
 * rest stays. no_rate takes the limit away. What only its making can set is refused by name.
 */
int devices_set_nic(struct devices_ctx *ctx, uint32_t domid, uint32_t devid,
		    const struct config_nic *nic, bool no_rate, struct ctl_error *err);

/* Removes what commands that were killed have left: image servers without a disk, address
 * translation without an interface. */
void devices_sweep(struct devices_ctx *ctx);

enum device_kind {
	DEVICE_VBD,
	DEVICE_VIF,
	DEVICE_CONSOLE, /* a channel; these come and go with their domain only */
};

/* Waits until frontend and backend of one device are both connected (state 4). -ETIMEDOUT. */
int devices_wait_connected(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind,
			   uint32_t devid, struct ctl_error *err);

/*
 * Detaches one device. Asks the backend to close and waits for it (the guest's driver takes
 * part); -EBUSY if the guest does not let go in time. With force it is taken away regardless.
 * -ENOENT if there is none.
 */
int devices_detach(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind, uint32_t devid,
		   bool force, struct ctl_error *err);

/*
 * Takes away every device of a domain that is dead or about to be destroyed: backends are closed
 * without the guest's help, nodes removed, loop devices released. Call it once the domain no
 * longer runs, before its store nodes go. Goes on after a failure and reports the first one.
 * Idempotent; 0 when there is nothing.
 */
int devices_clean_up(struct devices_ctx *ctx, uint32_t domid, struct ctl_error *err);

/* One attached device as xenstore and the kernel show it. */
struct device_info {
	enum device_kind kind;
	uint32_t devid;
	uint32_t backend_domid;
	int frontend_state; /* 0 unknown, 1 … 6 */
	int backend_state;
	bool readwrite;         /* vbd */
	char vdev[16];          /* vbd: xvda … */
	char *target;           /* vbd: path as configured */
	char node[32];          /* vbd: /dev/loop0 …; vif: interface in dom0 */
	char mac[18];           /* vif */
	char bridge[64];        /* vif; "" if not on one; of Open vSwitch with its VLANs */
	char *ip;               /* vif: addresses it is held to, or NULL */
	uint64_t dropped;       /* vif: frames from other addresses */
	uint32_t event_channel; /* the frontend's, 0 if it did not say */
	uint32_t ring_ref;      /* vbd: first ring-ref; vif: tx-ring-ref */
	uint32_t rx_ring_ref;   /* vif */
	char backend_path[96];
	char frontend_path[96];
};

/* All devices of one kind of a domain, by devid. *list for devices_list_free(). */
int devices_list(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind,
		 struct device_info **list, size_t *count, struct ctl_error *err);
void devices_list_free(struct device_info *list, size_t count);

/* devid from what a user types: a number, a vdev (xvdb) or a MAC. -ENOENT with the list of
 * those that exist. */
int devices_find(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind, const char *name,
		 uint32_t *devid, struct ctl_error *err);

/* "unknown", "initialising", "initwait", "initialised", "connected", "closing", "closed" … */
const char *devices_state_name(int state);

#endif
