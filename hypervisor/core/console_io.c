/* SPDX-License-Identifier: MIT */
/*
 * console_io: dom0 writes raw bytes and reads the serial line; others get
 * whole lines, printable characters only, prefixed and rate limited.
 */
#include "core/console_io.h"

#include "arch/console.h"
#include "arch/cpu.h"
#include "core/domain.h"
#include "core/evtchn.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "lib/printk.h"
#include "mm/page.h"
#include "xen/hypercall.h"
#include "xen/mmu.h"

#define LINE_MAX 256
#define CHUNK 128

void console_input_notify(void)
{
	if (dom0) {
		send_global_virq(VIRQ_CONSOLE);
	}
}

static void guest_char(struct domain *d, char c)
{
	if (c != '\n') {
		if (c == '\t' || (c >= ' ' && c <= '~')) {
			d->console_line[d->console_len++] = c;
		}
		if (d->console_len < LINE_MAX - 1) {
			return;
		}
	}
	d->console_line[d->console_len] = '\0';
	d->console_len = 0;
	gprintk(d, LOG_INFO, "%s", d->console_line);
}

static void guest_write(struct domain *d, const char *s, size_t n)
{
	spin_lock(&d->console_lock);
	if (!d->console_line) {
		d->console_line = hv_alloc(LINE_MAX);
	}
	while (d->console_line && n--) {
		guest_char(d, *s++);
	}
	spin_unlock(&d->console_lock);
}

static long console_output(gptr_t buf, uint32_t count)
{
	struct domain *d = current->domain;
	char text[CHUNK];

	while (count) {
		uint32_t n = MIN(count, (uint32_t)CHUNK);

		if (preempt_needed()) {
			return hypercall_continue(__HYPERVISOR_console_io, 3, CONSOLEIO_write,
						  count, buf.addr, 0);
		}
		if (copy_from_guest(text, buf, n)) {
			return -EFAULT;
		}
		if (d->is_privileged) {
			printk_raw(text, n);
		} else {
			guest_write(d, text, n);
		}
		buf = gptr_add(buf, n);
		count -= n;
	}
	return 0;
}

static long console_input(gptr_t buf, uint32_t room)
{
	uint32_t n = 0;

	while (n < room && n < 1024) {
		int c = console_read_char();
		char ch = (char)c;

		if (c < 0) {
			break;
		}
		if (copy_to_guest(gptr_add(buf, n), &ch, 1)) {
			return -EFAULT;
		}
		n++;
	}
	return n;
}

long do_console_io(uint32_t cmd, uint32_t count, gptr_t buf)
{
	if (count > 0x7fffffff) {
		return -E2BIG;
	}
	switch (cmd) {
	case CONSOLEIO_write:
		return console_output(buf, count);
	case CONSOLEIO_read:
		return current->domain->is_privileged ? console_input(buf, count) : -EPERM;
	default:
		return -ENOSYS;
	}
}
