/* SPDX-License-Identifier: MIT */
/* One split device: its paths, its two sets of nodes in xenstore, and the states they pass. */
#ifndef DOM0_TOOLS_DEVICES_DEVICE_H
#define DOM0_TOOLS_DEVICES_DEVICE_H

#include "devices.h"

/* XenbusState */
enum bus_state {
	BUS_UNKNOWN,
	BUS_INITIALISING,
	BUS_INIT_WAIT,
	BUS_INITIALISED,
	BUS_CONNECTED,
	BUS_CLOSING,
	BUS_CLOSED,
	BUS_RECONFIGURING,
	BUS_RECONFIGURED,
};

#define DEVICE_MAX_NODES 24

struct device {
	enum device_kind kind;
	uint32_t domid;
	uint32_t devid;
	uint32_t backend_domid;
	bool elsewhere;    /* the backend is another domain's, and what is in its nodes, too */
	char backend[64];  /* /local/domain/BACKEND/backend/KIND/DOMID/DEVID */
	char frontend[64]; /* /local/domain/DOMID/device/KIND/DEVID */
	char libxl[64];    /* /libxl/DOMID/device/KIND/DEVID: what the tools agreed on */
};

/* Nodes to be written below one directory. */
struct nodes {
	size_t count;
	struct {
		const char *key;
		char *value;
		bool fixed; /* in the frontend's directory: the guest cannot change it */
	} list[DEVICE_MAX_NODES];
};

const char *device_kind_name(enum device_kind kind); /* "vbd", "vif", "console" */

/* A device with its backend in this domain, or (device_move) in another. */
void device_init(const struct devices_ctx *ctx, struct device *dev, enum device_kind kind,
		 uint32_t domid, uint32_t devid);
void device_move(const struct devices_ctx *ctx, struct device *dev, uint32_t backend_domid);

/* One that is attached, wherever its backend is: the tools' own record says so. */
void device_open(struct devices_ctx *ctx, struct device *dev, enum device_kind kind, uint32_t domid,
		 uint32_t devid);

/* Path of this domain's own backends. */
void device_backends_here(const struct devices_ctx *ctx, char *path, size_t size);

/* "disk xvda of domain 3 (guest1)" for messages. */
void device_describe(struct devices_ctx *ctx, const struct device *dev, char *buf, size_t size);

/* The domain's name, or "domain N". */
void domain_describe(struct devices_ctx *ctx, uint32_t domid, char *buf, size_t size);

void nodes_add(struct nodes *nodes, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Makes the node that was added last a fixed one. */
void nodes_fix(struct nodes *nodes);
void nodes_free(struct nodes *nodes);

/*
 * Publishes the device in one transaction: both directories, with the permissions of the
 * protocol, the given nodes, and those that every device has (backend, frontend, their ids,
 * online, state 1); and the backend's nodes once more where Xen's own tools look for the devices
 * of a domain. -EEXIST if it is there already, -ENOENT if the domain isn't.
 */
int device_publish(struct devices_ctx *ctx, const struct device *dev, const struct nodes *back,
		   const struct nodes *front, struct ctl_error *err);

/* Removes what is left of the device in xenstore, and directories that became empty. */
int device_erase(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err);

/*
 * Asks the backend to close; with force also takes the frontend's nodes away, which the kernel
 * takes for a frontend that is gone.
 */
int device_request_close(struct devices_ctx *ctx, const struct device *dev, bool force,
			 struct ctl_error *err);

/* Present states; BUS_UNKNOWN if there is none. */
enum bus_state device_backend_state(struct devices_ctx *ctx, const struct device *dev);
enum bus_state device_frontend_state(struct devices_ctx *ctx, const struct device *dev);

/* Is there a kernel driver behind the backend (or one of ours, which state 2 to 5 shows)? */
bool device_has_driver(const struct device *dev);

/*
 * Values of backend nodes; NULL if missing. The caller frees them. Of a backend elsewhere it is
 * what the tools have agreed on, which that domain cannot change, except for what came of it.
 */
char *device_read(struct devices_ctx *ctx, const struct device *dev, const char *key);

/* Ids of the domain's devices of one kind, ascending: those with backends here, or all. */
int device_ids_here(struct devices_ctx *ctx, enum device_kind kind, uint32_t domid, uint32_t **ids,
		    size_t *count);
int device_ids(struct devices_ctx *ctx, enum device_kind kind, uint32_t domid, uint32_t **ids,
	       size_t *count);

/* -- waiting -- */

/* Until the backend waits for its frontend (2 to 4); its own error, or -ETIMEDOUT. */
int device_wait_ready(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err);

/* Until the backend is closed or gone; -ETIMEDOUT without filling an error. */
int device_wait_closed(struct devices_ctx *ctx, const struct device *dev);

/* Until both sides are connected. */
int device_wait_both(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err);

/* Milliseconds of a clock that never jumps, and how many are left until a deadline. */
int64_t clock_ms(void);
int clock_left(int64_t deadline_ms);
unsigned int devices_timeout(const struct devices_ctx *ctx);

#endif
