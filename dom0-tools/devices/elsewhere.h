/* SPDX-License-Identifier: MIT */
/*
 * Devices whose backend another domain has, a driver domain: it is told by xenstore what is wanted,
 * its `axl devd` (or xl's) does it and says how it went. What it says may be anything.
 */
#ifndef DOM0_TOOLS_DEVICES_ELSEWHERE_H
#define DOM0_TOOLS_DEVICES_ELSEWHERE_H

#include "device.h"

/* Is there a domain of that name or number? */
int elsewhere_check(struct devices_ctx *ctx, const char *backend, struct ctl_error *err);

/* Gives a device that is not published yet to the domain that backend= names. */
int elsewhere_move(struct devices_ctx *ctx, struct device *dev, const char *backend,
		   struct ctl_error *err);

/* Waits until the driver domain says that it is set up; its own words are the cause if not. */
int elsewhere_wait_set_up(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err);

/* Waits until the driver domain has taken the closed backend away; 0 also if the domain is gone. */
int elsewhere_wait_gone(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err);

/* Why its backend did not get ready; `message` is what its kernel said, or NULL. */
void elsewhere_explain(struct devices_ctx *ctx, const struct device *dev, const char *message,
		       struct ctl_error *err);

/* "cannot VERB …": only its own domain can. -ENOTSUP. */
int elsewhere_refuse(struct devices_ctx *ctx, const struct device *dev, const char *verb,
		     struct ctl_error *err);

#endif
