/* SPDX-License-Identifier: MIT */
/*
 * What a test guest claims and how it reports. The console gets one line "Test result: X" at the
 * end, X the worst of SUCCESS, SKIP, ERROR and FAILURE seen.
 */
#ifndef TESTS_GUESTS_CLAIM_H
#define TESTS_GUESTS_CLAIM_H

#include <stdbool.h>

/* One line, printed first. Supplied by each test. */
extern const char test_title[];

/* The test. Supplied by each test; returning without another verdict is success. */
void test_main(void);

enum verdict { VERDICT_SUCCESS, VERDICT_SKIP, VERDICT_ERROR, VERDICT_FAILURE };

/* Records a verdict (the worst counts) and prints the reason. */
void test_report(enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints the verdict and ends the domain. */
_Noreturn void test_end(void);

/* Records a failure with both values unless they are equal; returns whether they are. */
bool test_equal(const char *file, int line, const char *what, long is, long want);

#define CHECK_EQ(is, want) test_equal(__FILE__, __LINE__, #is, (long)(is), (long)(want))
#define CHECK(what) test_equal(__FILE__, __LINE__, #what, !!(what), 1)

#define SKIP(...) test_report(VERDICT_SKIP, __VA_ARGS__)
#define FAIL(...) test_report(VERDICT_FAILURE, __VA_ARGS__)
#define ERROR(...) test_report(VERDICT_ERROR, __VA_ARGS__)

#endif /* TESTS_GUESTS_CLAIM_H */
