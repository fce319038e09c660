/* SPDX-License-Identifier: MIT */
/* What cmocka.h wants to see before it. */
#ifndef TESTS_CMOCKA_FIRST_H
#define TESTS_CMOCKA_FIRST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif /* TESTS_CMOCKA_FIRST_H */
