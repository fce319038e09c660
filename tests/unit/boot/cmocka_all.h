/* SPDX-License-Identifier: MIT */
/* What every cmocka program includes first. */
#ifndef ARGON_TESTS_CMOCKA_ALL_H
#define ARGON_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
