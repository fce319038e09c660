/* SPDX-License-Identifier: MIT */
/*
 * Registers come from the hypervisor. The stack is the guest's memory, found by walking the
 * guest's own tables: whatever they say, the hypervisor maps the domain's frames only.
 */
#include "crash.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../libctl/domctl.h"
#include "../libctl/foreign.h"
#include "dmesg.h"
#include "json.h"
#include "xen/hypercall.h"
#include "xen/sched.h"

#define STACK_WORDS 256    /* looked at */
#define STACK_SHOWN 16     /* printed as they are */
#define BACKTRACE_WORDS 24 /* printed of those that look like code */
#define CODE_BITS 26       /* a kernel's code is not larger than 64 MiB */
#define LINES_SHOWN 4      /* of the hypervisor */
#define LINE_SHOWN 160

#define ENTRY_PRESENT 0x1UL
#define ENTRY_LARGE 0x80UL
#define ENTRY_FRAME 0x000ffffffffff000UL

/* Canonical, and not the hypervisor's own. */
static bool is_guest_address(uint64_t va)
{
	return va >> 47 == 0 || va >> 40 >= 0xffff88;
}

/* Reads 8-byte words from the guest's virtual addresses on; returns how many there were. */
static size_t read_page(struct axl *axl, xen_domid_t domid, uint64_t root, uint64_t va,
			uint64_t *words, size_t count)
{
	uint64_t frame = (root & ENTRY_FRAME) >> 12, entry;
	size_t first = (va & 0xfff) / 8;
	void *page;

	if (!is_guest_address(va)) {
		return 0;
	}
	for (int shift = 39; shift >= 12; shift -= 9) {
		if (ctl_foreign_map(axl->ctl, domid, PROT_READ, &frame, 1, &page)) {
			return 0;
		}
		entry = ((const uint64_t *)page)[va >> shift & 511];
		ctl_foreign_unmap(page, 1);
		if (!(entry & ENTRY_PRESENT) || (shift > 12 && entry & ENTRY_LARGE)) {
			return 0;
		}
		frame = (entry & ENTRY_FRAME) >> 12;
	}
	if (ctl_foreign_map(axl->ctl, domid, PROT_READ, &frame, 1, &page)) {
		return 0;
	}
	count = count < 512 - first ? count : 512 - first;
	memcpy(words, (const uint64_t *)page + first, count * 8);
	ctl_foreign_unmap(page, 1);
	return count;
}

static size_t read_stack(struct axl *axl, xen_domid_t domid,
			 const struct vcpu_guest_context *context, uint64_t *words)
{
	uint64_t root = context->ctrlreg[context->flags & VGCF_in_kernel ? 3 : 1];
	uint64_t va = context->user_regs.rsp & ~7UL;
	size_t got = 0, more;

	do {
		more = read_page(axl, domid, root, va + got * 8, words + got, STACK_WORDS - got);
		got += more;
	} while (more && got < STACK_WORDS);
	return got;
}

/* In the hypercall page's entry for sched_op, asking for a shutdown. */
static bool reports_crash(const struct vcpu_guest_context *context)
{
	return context->flags & VGCF_in_kernel &&
	       (context->user_regs.rip & 0xfff) / 32 == __HYPERVISOR_sched_op &&
	       context->user_regs.rdi == SCHEDOP_shutdown;
}

/* ------------------------------------------------------------------- messages -- */

struct messages {
	char lines[LINES_SHOWN][LINE_SHOWN];
	unsigned int count;
	int vcpu; /* that they name, or -1 */
};

/* Behind "dN" or "Domain N": a word of its own; NULL if the line is not about the domain. */
static const char *about(const char *line, xen_domid_t domid)
{
	char word[16];

	for (int i = 0; i < 2; i++) {
		const char *at = line;

		snprintf(word, sizeof(word), i ? "omain %u" : "d%u", domid);
		while ((at = strstr(at, word))) {
			const char *end = at + strlen(word);

			if (!isdigit((unsigned char)*end) &&
			    (i || at == line || !isalnum((unsigned char)at[-1]))) {
				return end;
			}
			at = end;
		}
	}
	return NULL;
}

static bool is_bad_news(const char *line)
{
	static const char *const words[] = {"crash", "fault", "fatal", "nhandled"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(line, words[i])) {
			return true;
		}
	}
	return false;
}

/* The last lines that say why. */
static void read_messages(struct axl *axl, xen_domid_t domid, struct messages *messages)
{
	char *text, *line, *rest;
	unsigned int vcpu;
	size_t len;

	*messages = (struct messages){.vcpu = -1};
	if (dmesg_read(axl->ctl, &text, &len)) {
		free(text);
		return;
	}
	for (rest = text; (line = strsep(&rest, "\r\n"));) {
		const char *behind = about(line, domid);

		if (!behind || !is_bad_news(line)) {
			continue;
		}
		if (sscanf(behind, "v%u", &vcpu) == 1 || sscanf(behind, " (vcpu#%u", &vcpu) == 1) {
			messages->vcpu = (int)(vcpu & 0xffff);
		}
		if (messages->count == LINES_SHOWN) {
			memmove(messages->lines[0], messages->lines[1],
				(LINES_SHOWN - 1) * sizeof(messages->lines[0]));
			messages->count--;
		}
		snprintf(messages->lines[messages->count++], LINE_SHOWN, "%s", line);
	}
	free(text);
}

/* ----------------------------------------------------------------------- JSON -- */

static void put_hex(struct yajl_gen_t *json, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	json_string(json, key, text);
}

static void put_registers(struct yajl_gen_t *json, const struct vcpu_guest_context *context)
{
	const struct cpu_user_regs *r = &context->user_regs;
	const struct {
		const char *name;
		uint64_t value;
	} list[] = {
		{"rip", r->rip},
		{"rsp", r->rsp},
		{"rflags", r->rflags},
		{"rax", r->rax},
		{"rbx", r->rbx},
		{"rcx", r->rcx},
		{"rdx", r->rdx},
		{"rsi", r->rsi},
		{"rdi", r->rdi},
		{"rbp", r->rbp},
		{"r8", r->r8},
		{"r9", r->r9},
		{"r10", r->r10},
		{"r11", r->r11},
		{"r12", r->r12},
		{"r13", r->r13},
		{"r14", r->r14},
		{"r15", r->r15},
		{"cs", r->cs},
		{"ss", r->ss},
		{"cr2", context->ctrlreg[2]},
		{"cr3", context->ctrlreg[3]},
		{"fsbase", context->fs_base},
		{"gsbase", context->gs_base_kernel},
	};

	json_map(json, "registers");
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		put_hex(json, list[i].name, list[i].value);
	}
	json_map_end(json);
}

static void put_stack(struct yajl_gen_t *json, const uint64_t *words, size_t count, uint64_t rip)
{
	size_t shown = 0;

	json_array(json, "stack");
	for (size_t i = 0; i < count && i < STACK_SHOWN; i++) {
		put_hex(json, NULL, words[i]);
	}
	json_array_end(json);
	json_array(json, "backtrace");
	for (size_t i = 0; i < count && shown < BACKTRACE_WORDS; i++) {
		if ((words[i] ^ rip) >> CODE_BITS == 0) {
			put_hex(json, NULL, words[i]);
			shown++;
		}
	}
	json_array_end(json);
}

/* The vCPU's number, its context read; -1: there is none to be had. */
static int find_vcpu(struct axl *axl, xen_domid_t domid, int named,
		     struct vcpu_guest_context *context)
{
	struct xen_domctl_getdomaininfo info;

	if (ctl_domain_info(axl->ctl, domid, &info)) {
		return -1;
	}
	for (uint32_t v = 0; v <= info.max_vcpu_id; v++) {
		if (!ctl_vcpu_get_context(axl->ctl, domid, v, context) && reports_crash(context)) {
			return (int)v;
		}
	}
	named = named < 0 ? 0 : named;
	return ctl_vcpu_get_context(axl->ctl, domid, (unsigned int)named, context) ? -1 : named;
}

void crash_json(struct axl *axl, xen_domid_t domid, struct yajl_gen_t *json)
{
	struct vcpu_guest_context *context = calloc(1, sizeof(*context));
	uint64_t words[STACK_WORDS];
	struct messages messages;
	size_t count;
	int vcpu;

	read_messages(axl, domid, &messages);
	vcpu = context ? find_vcpu(axl, domid, messages.vcpu, context) : -1;
	if (vcpu >= 0) {
		json_number(json, "vcpu", (uint64_t)vcpu);
		put_registers(json, context);
		count = read_stack(axl, domid, context, words);
		put_stack(json, words, count, context->user_regs.rip);
	}
	json_array(json, "hypervisor");
	for (unsigned int i = 0; i < messages.count; i++) {
		json_string(json, NULL, messages.lines[i]);
	}
	json_array_end(json);
	free(context);
}
