/* SPDX-License-Identifier: MIT */
/* Vector state of the fake machine: bytes. */
#include "arch/x86/fpu.h"

#include <string.h>

#include "core/domain.h"
#include "lib/errno.h"

#define BYTES 832 /* x87, SSE and AVX */

uint64_t host_xcr0 = 7;
unsigned int xsave_bytes = BYTES;
static uint8_t image[BYTES]; /* of whoever set one last */

void fpu_get_xsave(struct vcpu *v, void *area)
{
	(void)v;
	memcpy(area, image, sizeof(image));
}

int fpu_set_xsave(struct vcpu *v, const void *area, unsigned int bytes, uint64_t xcr0)
{
	if (bytes > sizeof(image) || (xcr0 & ~host_xcr0) || !(xcr0 & XCR0_X87)) {
		return -EINVAL;
	}
	memset(image, 0, sizeof(image));
	memcpy(image, area, bytes);
	v->xcr0 = xcr0;
	return 0;
}
