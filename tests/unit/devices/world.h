/* SPDX-License-Identifier: MIT */
/* How a test of the devices library begins, and attaches what is written as in a configuration. */
#ifndef TESTS_UNIT_DEVICES_WORLD_H
#define TESTS_UNIT_DEVICES_WORLD_H

#include "fake.h"

#define IMAGE_PATH 32

/* Makes a file of 1 MiB and puts its path into `image`; -1 if there can be none. */
int world_image(char image[IMAGE_PATH]);

/* A kernel that works, a host without devices, an empty store in ctx; for fake_store_close(). */
void world_start(struct devices_ctx *ctx);

/* For domain 1. */
int world_attach_disk(struct devices_ctx *ctx, const char *text, struct ctl_error *err);
int world_attach_nic(struct devices_ctx *ctx, const char *text, struct ctl_error *err);

#endif
