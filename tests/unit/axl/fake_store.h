/* SPDX-License-Identifier: MIT */
/* The part of the fake xenstore that only the fakes use. */
#ifndef TESTS_UNIT_AXL_FAKE_STORE_H
#define TESTS_UNIT_AXL_FAKE_STORE_H

void fake_store_reset(void);

#endif
