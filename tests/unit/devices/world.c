/* SPDX-License-Identifier: MIT */
/* What the tests of the devices library have in common. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int world_image(char image[IMAGE_PATH])
{
	int fd;

	strcpy(image, "/tmp/test-devices-XXXXXX");
	fd = mkstemp(image);
	if (fd < 0 || ftruncate(fd, 1 << 20) < 0) {
		return -1;
	}
	return close(fd);
}

void world_start(struct devices_ctx *ctx)
{
	fake_kernel = (struct fake_kernel){.has_driver = true};
	fake_loops = fake_nbds = fake_guards = fake_translated = fake_ports = 0;
	fake_loop_fails = false;
	fake_join_error = NULL;
	ctx->store = fake_store_open();
}

int world_attach_disk(struct devices_ctx *ctx, const char *text, struct ctl_error *err)
{
	struct config_diags diags = {0};
	struct config_disk disk;
	int ret;

	assert_int_equal(config_parse_disk(text, &disk, &diags), 0);
	ret = devices_attach_disk(ctx, 1, &disk, err);
	config_disk_free(&disk);
	return ret;
}

int world_attach_nic(struct devices_ctx *ctx, const char *text, struct ctl_error *err)
{
	static const uint8_t uuid[16] = {1};
	struct config_diags diags = {0};
	struct config_nic nic;
	int ret;

	assert_int_equal(config_parse_nic(text, &nic, &diags), 0);
	ret = devices_attach_nic(ctx, 1, uuid, &nic, err);
	config_nic_free(&nic);
	return ret;
}
