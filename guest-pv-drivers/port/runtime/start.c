/* SPDX-License-Identifier: MIT */
/* From the first C line to the end of the domain. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <xen/mmu.h>
#include <xen/sched.h>

#include "console.h"
#include "hypercall.h"
#include "runtime.h"

struct start_info *start_info;
void (*runtime_on_panic)(void);

/* Overlaid by the real page once it is mapped; the frame behind it is lost, which is cheap. */
static union {
	struct shared_info info;
	char page[4096];
} shared_page __attribute__((aligned(4096)));
static bool shared_is_mapped;

void runtime_start(struct start_info *info);

struct shared_info *runtime_shared_info(void)
{
	if (!shared_is_mapped) {
		long rc = hypercall3(__HYPERVISOR_update_va_mapping, ptr_arg(&shared_page),
				     start_info->shared_info | PTE_PRESENT | PTE_RW | PTE_USER |
					     PTE_ACCESSED | PTE_DIRTY,
				     UVMF_INVLPG);

		if (rc != 0) {
			runtime_panic("shared_info at machine %lx can't be mapped: %ld",
				      start_info->shared_info, rc);
		}
		shared_is_mapped = true;
	}
	return &shared_page.info;
}

const char *runtime_argument(const char *key)
{
	static char value[128];
	const char *p = (const char *)start_info->cmd_line;
	size_t key_length = strlen(key);

	while (*p != '\0') {
		size_t length = 0;

		while (p[length] != '\0' && p[length] != ' ') {
			length++;
		}
		if (length >= key_length && strncmp(p, key, key_length) == 0 &&
		    (length == key_length || p[key_length] == '=')) {
			size_t skip = length == key_length ? key_length : key_length + 1;
			size_t n = length - skip;

			n = n < sizeof(value) - 1 ? n : sizeof(value) - 1;
			memcpy(value, p + skip, n);
			value[n] = '\0';
			return value;
		}
		p += length;
		while (*p == ' ') {
			p++;
		}
	}
	return NULL;
}

void runtime_exit(unsigned int reason)
{
	struct sched_shutdown op = {.reason = reason};
	const char *end = runtime_argument("end");

	if (reason != SHUTDOWN_reboot && end != NULL && strcmp(end, "reboot") == 0) {
		op.reason = SHUTDOWN_reboot;
	}
	console_flush();
	for (;;) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, ptr_arg(&op));
	}
}

void runtime_panic(const char *format, ...)
{
	static bool again;
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	printf("PANIC: %s\n", line);
	if (!again && runtime_on_panic != NULL) {
		again = true;
		runtime_on_panic();
	}
	runtime_exit(SHUTDOWN_crash);
}

void runtime_start(struct start_info *info)
{
	start_info = info;
	guest_main();
	runtime_exit(SHUTDOWN_poweroff);
}
