/* SPDX-License-Identifier: MIT */
/* Xenstore's wire protocol, over a socket, the kernel's xenbus device, or a shared page. */
#ifndef XEN_IO_XS_WIRE_H
#define XEN_IO_XS_WIRE_H

#include "../types.h"

enum xsd_sockmsg_type {
	XS_CONTROL = 0,
	XS_DIRECTORY = 1,
	XS_READ = 2,
	XS_GET_PERMS = 3,
	XS_WATCH = 4,
	XS_UNWATCH = 5,
	XS_TRANSACTION_START = 6,
	XS_TRANSACTION_END = 7,
	XS_INTRODUCE = 8,
	XS_RELEASE = 9,
	XS_GET_DOMAIN_PATH = 10,
	XS_WRITE = 11,
	XS_MKDIR = 12,
	XS_RM = 13,
	XS_SET_PERMS = 14,
	XS_WATCH_EVENT = 15,
	XS_ERROR = 16,
	XS_IS_DOMAIN_INTRODUCED = 17,
	XS_RESUME = 18,
	XS_SET_TARGET = 19,
	/* 20 was a restriction request, never used again */
	XS_RESET_WATCHES = 21,
	XS_DIRECTORY_PART = 22,
	XS_TYPE_COUNT = 23,
	XS_INVALID = 0xffff,
};

/* Header of every message; len bytes of payload follow. */
struct xsd_sockmsg {
	uint32_t type;			/* enum xsd_sockmsg_type */
	uint32_t req_id;		/* chosen by the client, echoed */
	uint32_t tx_id;			/* transaction, 0: none */
	uint32_t len;			/* at most XENSTORE_PAYLOAD_MAX */
};
ABI_SIZE(struct xsd_sockmsg, 16);

/* Order of the two strings of a watch event. */
enum xs_watch_type {
	XS_WATCH_PATH = 0,
	XS_WATCH_TOKEN = 1,
};

#define XENSTORE_PAYLOAD_MAX	4096
#define XENSTORE_ABS_PATH_MAX	3072
#define XENSTORE_REL_PATH_MAX	2048

#define XENSTORE_RING_SIZE	1024
typedef uint32_t XENSTORE_RING_IDX;
#define MASK_XENSTORE_IDX(idx)	((idx) & (XENSTORE_RING_SIZE - 1))

/* The page shared between a domain and the daemon. */
struct xenstore_domain_interface {
	char req[XENSTORE_RING_SIZE];	/* requests to the daemon */
	char rsp[XENSTORE_RING_SIZE];	/* replies and watch events */
	XENSTORE_RING_IDX req_cons;
	XENSTORE_RING_IDX req_prod;
	XENSTORE_RING_IDX rsp_cons;
	XENSTORE_RING_IDX rsp_prod;
	uint32_t server_features;	/* XENSTORE_SERVER_FEATURE_* */
	uint32_t connection;		/* XENSTORE_CONNECTED or _RECONNECT */
	uint32_t error;			/* XENSTORE_ERROR_* */
};
ABI_SIZE(struct xenstore_domain_interface, 2076);
ABI_OFFSET(struct xenstore_domain_interface, req_cons, 2048);
ABI_OFFSET(struct xenstore_domain_interface, rsp_prod, 2060);
ABI_OFFSET(struct xenstore_domain_interface, server_features, 2064);
ABI_OFFSET(struct xenstore_domain_interface, error, 2072);

#define XENSTORE_SERVER_FEATURE_RECONNECTION	1	/* knows "connection" */
#define XENSTORE_SERVER_FEATURE_ERROR		2	/* fills in "error" */
#define XENSTORE_CONNECTED	0	/* set by the daemon */
#define XENSTORE_RECONNECT	1	/* set by the domain to start over */
#define XENSTORE_ERROR_NONE	0
#define XENSTORE_ERROR_COMM	1	/* the daemon could not talk to the domain */
#define XENSTORE_ERROR_RINGIDX	2	/* bad ring index */
#define XENSTORE_ERROR_PROTO	3	/* bad message */

#endif /* XEN_IO_XS_WIRE_H */
