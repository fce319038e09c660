/* SPDX-License-Identifier: MIT */
/* The clock of time limits, and the limit itself. */
#include <time.h>

#include "device.h"

#define DEFAULT_TIMEOUT_MS 10000

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int clock_left(int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_ms();

	return left > 0 ? (int)left : 0;
}

unsigned int devices_timeout(const struct devices_ctx *ctx)
{
	return ctx->timeout_ms ? ctx->timeout_ms : DEFAULT_TIMEOUT_MS;
}
