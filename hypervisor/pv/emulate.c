/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions of a kernel that runs in ring 3: decoded at the
 * guest's RIP by a table of opcode bytes, done on its behalf.  Only what PV
 * kernels use; everything else keeps its #GP.
 */
#include "arch/context.h"
#include "arch/cpu.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "pv/cpuid.h"
#include "pv/insn.h"
#include "pv/pv.h"

#include <asm/guest_access.h>
#include <asm/layout.h>
#include <asm/pvcpu.h>

enum outcome { DONE, FAULT, AGAIN }; /* AGAIN: done in part, restart at this RIP */

/* May the current mode do I/O on these ports? */
static bool io_allowed(const struct vcpu *v, uint16_t port, unsigned int size)
{
	uint8_t bits[2] = {0xff, 0xff};
	uint32_t last = (uint32_t)port + size - 1;

	if (v->pv.iopl >= (guest_kernel_mode(v) ? 1 : 3)) {
		return true;
	}
	if (gptr_is_null(v->pv.iobmp) || last >= v->pv.iobmp_limit || last > 0xffff) {
		return false;
	}
	/* A user process: its kernel's bitmap is in the kernel's address space. */
	if (!guest_kernel_mode(v)) {
		write_cr3(v->pv.cr3_kernel);
	}
	if (copy_from_guest(bits, gptr_add(v->pv.iobmp, port / 8), last / 8 - port / 8 + 1)) {
		bits[0] = bits[1] = 0xff;
	}
	if (!guest_kernel_mode(v)) {
		write_cr3(v->pv.cr3_user);
	}
	return !((((uint32_t)bits[1] << 8 | bits[0]) >> (port & 7)) & ((1U << size) - 1));
}

static unsigned int io_size(const struct insn *i)
{
	if (!(i->opcode & 1)) {
		return 1;
	}
	return i->opsize16 ? 2 : 4;
}

static void set_reg_part(uint64_t *reg, unsigned int size, uint32_t val)
{
	if (size == 4) {
		*reg = val;
	} else {
		memcpy(reg, &val, size);
	}
}

/* IN and OUT with AL/AX/EAX: immediate port (e4-e7) or DX (ec-ef). */
static enum outcome emulate_port(struct insn *i)
{
	unsigned int size = io_size(i);
	uint16_t port = (uint16_t)i->regs->rdx;
	uint8_t imm;

	if (!(i->opcode & 8)) {
		if (!insn_byte(i, &imm)) {
			return FAULT;
		}
		port = imm;
	}
	if (!io_allowed(current, port, size)) {
		return FAULT;
	}
	if (i->opcode & 2) {
		pv_io_write(port, size, (uint32_t)i->regs->rax);
	} else {
		set_reg_part(&i->regs->rax, size, pv_io_read(port, size));
	}
	return DONE;
}

static int string_one(const struct insn *i, uint16_t port, unsigned int size)
{
	struct cpu_user_regs *r = i->regs;
	bool out = i->opcode & 2;
	uint64_t *index = out ? &r->rsi : &r->rdi;
	uint32_t val = 0;

	if (out) {
		if (copy_from_guest(&val, gptr(*index), size)) {
			return -EFAULT;
		}
		pv_io_write(port, size, val);
	} else {
		/* The target must be writable before the device is read. */
		if (copy_from_guest(&val, gptr(*index), size) ||
		    copy_to_guest(gptr(*index), &val, size)) {
			return -EFAULT;
		}
		val = pv_io_read(port, size);
		if (copy_to_guest(gptr(*index), &val, size)) {
			return -EFAULT;
		}
	}
	*index += r->rflags & FLAG_DF ? -(uint64_t)size : size;
	return 0;
}

/* INS and OUTS (6c-6f), a bounded number of repetitions at a time. */
#define STRING_BATCH 1024
static enum outcome emulate_string(struct insn *i)
{
	unsigned int size = io_size(i);
	uint16_t port = (uint16_t)i->regs->rdx;
	unsigned int n;

	if (i->addr32 || i->segment_override || !io_allowed(current, port, size)) {
		return FAULT;
	}
	if (!i->rep) {
		return string_one(i, port, size) ? FAULT : DONE;
	}
	for (n = 0; n < STRING_BATCH && i->regs->rcx; n++, i->regs->rcx--) {
		if (string_one(i, port, size)) {
			return FAULT;
		}
	}
	return i->regs->rcx ? AGAIN : DONE;
}

/* CLI and STI: with enough virtual IOPL accepted, without effect on the event mask. */
static enum outcome emulate_cli_sti(struct insn *i)
{
	(void)i;
	return current->pv.iopl >= (guest_kernel_mode(current) ? 1 : 3) ? DONE : FAULT;
}

static enum outcome emulate_clts(struct insn *i)
{
	(void)i;
	current->pv.ts = 0;
	clts();
	return DONE;
}

static enum outcome emulate_wbinvd(struct insn *i)
{
	(void)i;
	if (current->domain->pv.dom0_device_access) {
		wbinvd();
	}
	return DONE;
}

/* MOV to (22, 23) and from (20, 21) control and debug registers; mod is ignored. */
static enum outcome emulate_control(struct insn *i)
{
	unsigned int n;
	uint64_t *reg;
	bool ok = true;
	uint8_t m;

	if (!insn_byte(i, &m)) {
		return FAULT;
	}
	n = (m >> 3 & 7) | (i->rex & 4 ? 8 : 0);
	reg = insn_register(i->regs, (m & 7) | (i->rex & 1 ? 8 : 0));
	switch (i->opcode) {
	case 0x20: {
		uint64_t val = pv_read_cr(n, &ok);

		if (ok) {
			*reg = val;
		}
		break;
	}
	case 0x22:
		ok = pv_write_cr(n, *reg);
		break;
	case 0x21:
		ok = n <= 7;
		if (ok) {
			*reg = current->pv.dr[n == 4 || n == 5 ? n + 2 : n];
		}
		break;
	default:
		ok = !pv_set_debugreg(current, n, *reg);
		break;
	}
	return ok ? DONE : FAULT;
}

static enum outcome emulate_rdmsr(struct insn *i)
{
	uint64_t val;

	if (!pv_msr_read((uint32_t)i->regs->rcx, &val)) {
		return FAULT;
	}
	i->regs->rax = (uint32_t)val;
	i->regs->rdx = val >> 32;
	return DONE;
}

static enum outcome emulate_wrmsr(struct insn *i)
{
	uint64_t val = (uint32_t)i->regs->rax | (i->regs->rdx << 32);

	return pv_msr_write((uint32_t)i->regs->rcx, val) ? DONE : FAULT;
}

static enum outcome emulate_rdtsc(struct insn *i)
{
	uint64_t tsc = rdtsc();

	/* CR4.TSD is only set when the guest's kernel asked for it. */
	if (!guest_kernel_mode(current)) {
		return FAULT;
	}
	i->regs->rax = (uint32_t)tsc;
	i->regs->rdx = tsc >> 32;
	return DONE;
}

/* 0f 01 /..: XSETBV and RDTSCP. */
static enum outcome emulate_group7(struct insn *i)
{
	uint8_t m;

	if (!insn_byte(i, &m)) {
		return FAULT;
	}
	switch (m) {
	case 0xd1:
		return pv_xsetbv((uint32_t)i->regs->rcx,
				 (uint32_t)i->regs->rax | (i->regs->rdx << 32))
			       ? DONE
			       : FAULT;
	case 0xf9: {
		enum outcome o = emulate_rdtsc(i);

		if (o == DONE) {
			i->regs->rcx = 0;
		}
		return o;
	}
	default:
		return FAULT;
	}
}

static enum outcome emulate_cpuid(struct insn *i)
{
	pv_cpuid(i->regs);
	return DONE;
}

typedef enum outcome (*emulator)(struct insn *i);

/* Instructions a guest user may use too, if its kernel lets it. */
static const emulator one_byte[256] = {
	[0x6c ... 0x6f] = emulate_string, [0xe4 ... 0xe7] = emulate_port,
	[0xec ... 0xef] = emulate_port,   [0xfa] = emulate_cli_sti,
	[0xfb] = emulate_cli_sti,
};

/* After 0f: of the guest kernel only, except RDTSC and CPUID. */
static const emulator two_byte[256] = {
	[0x01] = emulate_group7, [0x06] = emulate_clts,
	[0x09] = emulate_wbinvd, [0x20 ... 0x23] = emulate_control,
	[0x30] = emulate_wrmsr,  [0x31] = emulate_rdtsc,
	[0x32] = emulate_rdmsr,  [0xa2] = emulate_cpuid,
};

static enum outcome dispatch(struct insn *i, struct cpu_user_regs *regs)
{
	int first = insn_begin(i, regs);
	emulator fn;

	if (first < 0) {
		return FAULT;
	}
	i->opcode = (uint8_t)first;
	fn = one_byte[first];
	if (first == 0x0f) {
		if (!insn_byte(i, &i->opcode) ||
		    (!guest_kernel_mode(current) && i->opcode != 0xa2)) {
			return FAULT;
		}
		fn = two_byte[i->opcode];
	}
	return fn ? fn(i) : FAULT;
}

bool pv_emulate_privileged(struct cpu_user_regs *regs)
{
	struct insn i;

	switch (dispatch(&i, regs)) {
	case DONE:
		regs->rip += i.pos;
		regs->rflags &= ~FLAG_RF;
		if (regs->rflags & FLAG_TF) {
			current->pv.dr[6] |= 1UL << 14;
			pv_bounce_trap(regs, TRAP_DB, 0);
		}
		return true;
	case AGAIN:
		return true;
	default:
		return false;
	}
}

/* ud2; "xen"; cpuid: the guest asks for our CPUID by name. */
bool pv_emulate_forced(struct cpu_user_regs *regs)
{
	static const uint8_t sequence[] = {0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2};
	uint8_t b[sizeof(sequence)];

	if (copy_from_guest(b, gptr(regs->rip), sizeof(b)) || memcmp(b, sequence, sizeof(b))) {
		return false;
	}
	pv_cpuid(regs);
	regs->rip += sizeof(sequence);
	return true;
}
