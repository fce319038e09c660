/* SPDX-License-Identifier: MIT */
/* Verdict of a test guest. */
#include <stdarg.h>
#include <stdio.h>

#include <xen/sched.h>

#include "claim.h"
#include "runtime.h"

static enum verdict worst;

static void verdict_print(void)
{
	static const char *const names[] = {
		[VERDICT_SUCCESS] = "SUCCESS",
		[VERDICT_SKIP] = "SKIP",
		[VERDICT_ERROR] = "ERROR",
		[VERDICT_FAILURE] = "FAILURE",
	};

	printf("Test result: %s\n", names[worst]);
}

static void verdict_after_panic(void)
{
	if (worst < VERDICT_ERROR) {
		worst = VERDICT_ERROR;
	}
	verdict_print();
}

void test_report(enum verdict verdict, const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	printf("%s: %s\n",
	       verdict == VERDICT_FAILURE ? "Failure"
	       : verdict == VERDICT_ERROR ? "Error"
					  : "Note",
	       line);
	if (verdict > worst) {
		worst = verdict;
	}
}

bool test_equal(const char *file, int line, const char *what, long is, long want)
{
	if (is != want) {
		test_report(VERDICT_FAILURE, "%s:%d: %s is %ld (%lx), want %ld (%lx)", file, line,
			    what, is, (unsigned long)is, want, (unsigned long)want);
	}
	return is == want;
}

void test_end(void)
{
	verdict_print();
	runtime_exit(SHUTDOWN_poweroff);
}

void guest_main(void)
{
	runtime_on_panic = verdict_after_panic;
	printf("--- %s ---\n", test_title);
	test_main();
	test_end();
}
