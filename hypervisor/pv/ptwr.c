/* SPDX-License-Identifier: MIT */
/*
 * Writable page tables: a guest kernel's store to a read-only L1 table is
 * carried out as a checked update of the entry it hits.  Only the
 * instructions kernels use for that are known; any other faults as usual.
 * Encodings: AMD64 manual volume 3, chapter 1 and the instruction pages.
 */
#include "arch/cpu.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "pv/mmu.h"
#include "pv/pv.h"

#include <asm/directmap.h>

#define INSN_MAX 15
#define RFLAGS_CF 0x001ULL
#define RFLAGS_PF 0x004ULL
#define RFLAGS_AF 0x010ULL
#define RFLAGS_ZF 0x040ULL
#define RFLAGS_SF 0x080ULL
#define RFLAGS_OF 0x800ULL
#define RFLAGS_ARITH (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

enum store { ST_NONE, ST_MOV, ST_XCHG, ST_CMPXCHG, ST_AND, ST_OR, ST_BTS, ST_BTR };

/* A decoded store to memory. */
struct insn {
	enum store op;
	unsigned int size;   /* operand: 1, 2, 4 or 8 bytes */
	unsigned int length; /* of the instruction */
	uint64_t *reg;       /* register operand, or NULL: immediate */
	bool high_byte;      /* of reg: AH, CH, DH, BH */
	uint64_t imm;
};

struct decoder {
	uint8_t bytes[INSN_MAX];
	unsigned int length; /* bytes that could be fetched */
	unsigned int at;
	uint8_t rex;
	bool operand16;
	uint8_t modrm;
};

/* Instruction bytes; what lies in a next page that is not there is not needed. */
static void fetch(struct decoder *c, uint64_t rip)
{
	uint64_t in_page = PAGE_SIZE - (rip & ~PAGE_MASK);

	c->length = INSN_MAX;
	if (!copy_from_guest(c->bytes, gptr(rip), INSN_MAX)) {
		return;
	}
	c->length = in_page < INSN_MAX ? (unsigned int)in_page : 0;
	if (c->length && copy_from_guest(c->bytes, gptr(rip), c->length)) {
		c->length = 0;
	}
}

static bool next_byte(struct decoder *c, uint8_t *b)
{
	if (c->at >= c->length) {
		return false;
	}
	*b = c->bytes[c->at++];
	return true;
}

static bool next_imm(struct decoder *c, unsigned int size, uint64_t *imm)
{
	int64_t v = 0;

	if (size > c->length - c->at) {
		return false;
	}
	memcpy(&v, &c->bytes[c->at], size);
	c->at += size;
	v = (int64_t)((uint64_t)v << (64 - 8 * size)) >> (64 - 8 * size);
	*imm = (uint64_t)v;
	return true;
}

/* Prefixes and the opcode, 0x0f00 added for two-byte ones; 0: unknown. */
static unsigned int opcode(struct decoder *c)
{
	uint8_t b;

	for (;;) {
		if (!next_byte(c, &b)) {
			return 0;
		}
		if (b == 0x66) {
			c->operand16 = true;
		} else if (b != 0xf0 && b != 0x3e && b != 0x2e) {
			break; /* lock and harmless segment overrides are passed over */
		}
	}
	if ((b & 0xf0) == 0x40) {
		c->rex = b;
		if (!next_byte(c, &b)) {
			return 0;
		}
	}
	if (b != 0x0f) {
		return b;
	}
	return next_byte(c, &b) ? 0x0f00U | b : 0;
}

/* Passes over the memory operand: where it is the fault has told us. */
static bool skip_operand(struct decoder *c)
{
	unsigned int mod, rm, displacement;
	uint8_t sib = 0;

	if (!next_byte(c, &c->modrm)) {
		return false;
	}
	mod = c->modrm >> 6;
	rm = c->modrm & 7;
	if (mod == 3 || (rm == 4 && !next_byte(c, &sib))) {
		return false;
	}
	displacement = mod == 1 ? 1 : mod == 2 ? 4 : 0;
	if (mod == 0 && (rm == 5 || (rm == 4 && (sib & 7) == 5))) {
		displacement = 4;
	}
	if (displacement > c->length - c->at) {
		return false;
	}
	c->at += displacement;
	return true;
}

static uint64_t *register_of(struct cpu_user_regs *r, unsigned int n)
{
	uint64_t *const reg[16] = {&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp,
				   &r->rsi, &r->rdi, &r->r8,  &r->r9,  &r->r10, &r->r11,
				   &r->r12, &r->r13, &r->r14, &r->r15};

	return reg[n];
}

static void take_register(const struct decoder *c, struct insn *in, struct cpu_user_regs *r)
{
	unsigned int n = (c->modrm >> 3 & 7) | (c->rex & 4) << 1;

	if (in->size == 1 && !c->rex && n >= 4) {
		n -= 4;
		in->high_byte = true;
	}
	in->reg = register_of(r, n);
}

/* Opcodes 80, 81, 83: the operation is in ModRM. */
static enum store group1(uint8_t modrm)
{
	switch (modrm >> 3 & 7) {
	case 1:
		return ST_OR;
	case 4:
		return ST_AND;
	default:
		return ST_NONE;
	}
}

/* Opcode 0f ba. */
static enum store group8(uint8_t modrm)
{
	switch (modrm >> 3 & 7) {
	case 5:
		return ST_BTS;
	case 6:
		return ST_BTR;
	default:
		return ST_NONE;
	}
}

enum operand { OPERAND_REG, OPERAND_IMM, OPERAND_IMM8 };

static bool decode(struct decoder *c, struct insn *in, struct cpu_user_regs *r)
{
	unsigned int op = opcode(c);
	enum operand source = OPERAND_REG;
	bool byte = !(op & 1) && op != 0x0fba; /* else the lowest bit says so */

	if (!op || !skip_operand(c)) {
		return false;
	}
	switch (op) {
	case 0x88:
	case 0x89:
		in->op = ST_MOV;
		break;
	case 0xc6:
	case 0xc7:
		in->op = c->modrm >> 3 & 7 ? ST_NONE : ST_MOV;
		source = OPERAND_IMM;
		break;
	case 0x86:
	case 0x87:
		in->op = ST_XCHG;
		break;
	case 0x20:
	case 0x21:
		in->op = ST_AND;
		break;
	case 0x08:
	case 0x09:
		in->op = ST_OR;
		break;
	case 0x80:
	case 0x81:
	case 0x83:
		in->op = group1(c->modrm);
		source = op == 0x81 ? OPERAND_IMM : OPERAND_IMM8;
		break;
	case 0x0fb0:
	case 0x0fb1:
		in->op = ST_CMPXCHG;
		break;
	case 0x0fba:
		in->op = group8(c->modrm);
		source = OPERAND_IMM8;
		break;
	default:
		return false;
	}
	in->size = byte ? 1 : c->rex & 8 ? 8 : c->operand16 ? 2 : 4;
	if (source == OPERAND_REG) {
		take_register(c, in, r);
	} else if (!next_imm(c, source == OPERAND_IMM8 ? 1 : MIN(in->size, 4U), &in->imm)) {
		return false;
	}
	in->length = c->at;
	return in->op != ST_NONE;
}

static uint64_t operand_mask(unsigned int size)
{
	return size == 8 ? ~0ULL : (1ULL << 8 * size) - 1;
}

static uint64_t source_value(const struct insn *in)
{
	uint64_t v = in->reg ? *in->reg : in->imm;

	return (in->high_byte ? v >> 8 : v) & operand_mask(in->size);
}

/* Writes a register as an operand of that size: 32-bit results clear the upper half. */
static void register_write(uint64_t *reg, bool high_byte, unsigned int size, uint64_t v)
{
	uint64_t mask = operand_mask(size);

	if (size == 4) {
		*reg = v & mask;
	} else if (high_byte) {
		*reg = (*reg & ~0xff00ULL) | (v & 0xff) << 8;
	} else {
		*reg = (*reg & ~mask) | (v & mask);
	}
}

static void flags_set(struct cpu_user_regs *r, uint64_t set)
{
	r->rflags = (r->rflags & ~RFLAGS_ARITH) | set;
}

/* SF, ZF and PF of a result. */
static uint64_t flags_of(uint64_t v, unsigned int size)
{
	uint64_t f = 0;

	v &= operand_mask(size);
	f |= v ? 0 : RFLAGS_ZF;
	f |= v >> (8 * size - 1) & 1 ? RFLAGS_SF : 0;
	f |= __builtin_parity((unsigned int)(v & 0xff)) ? 0 : RFLAGS_PF;
	return f;
}

/* All flags of the comparison a - b. */
static uint64_t flags_of_compare(uint64_t a, uint64_t b, unsigned int size)
{
	uint64_t v = (a - b) & operand_mask(size);
	uint64_t f = flags_of(v, size);

	f |= a < b ? RFLAGS_CF : 0;
	f |= (a ^ b ^ v) & 0x10 ? RFLAGS_AF : 0;
	f |= (a ^ b) & (a ^ v) & (1ULL << (8 * size - 1)) ? RFLAGS_OF : 0;
	return f;
}

/* What the instruction stores over `old`; false: it stores nothing (cmpxchg). */
static bool new_value(const struct insn *in, const struct cpu_user_regs *r, uint64_t old,
		      uint64_t *val)
{
	uint64_t src = source_value(in);
	uint64_t bit = 1ULL << (in->imm & (8 * in->size - 1));

	switch (in->op) {
	case ST_AND:
		*val = old & src;
		break;
	case ST_OR:
		*val = old | src;
		break;
	case ST_BTS:
		*val = old | bit;
		break;
	case ST_BTR:
		*val = old & ~bit;
		break;
	case ST_CMPXCHG:
		*val = src;
		return (r->rax & operand_mask(in->size)) == old;
	default:
		*val = src;
		break;
	}
	return true;
}

/* Registers and flags after the instruction. */
static void retire(const struct insn *in, struct cpu_user_regs *r, uint64_t old, uint64_t val)
{
	uint64_t rax = r->rax & operand_mask(in->size);
	uint64_t cf = old >> (in->imm & (8 * in->size - 1)) & 1 ? RFLAGS_CF : 0;

	switch (in->op) {
	case ST_XCHG:
		register_write(in->reg, in->high_byte, in->size, old);
		break;
	case ST_CMPXCHG:
		flags_set(r, flags_of_compare(rax, old, in->size));
		if (rax != old) {
			register_write(&r->rax, false, in->size, old);
		}
		break;
	case ST_AND:
	case ST_OR:
		flags_set(r, flags_of(val, in->size));
		break;
	case ST_BTS:
	case ST_BTR:
		r->rflags = (r->rflags & ~RFLAGS_CF) | cf;
		break;
	default:
		break;
	}
	r->rip += in->length;
	r->rflags &= ~(1ULL << 16); /* RF */
}

/* Carries the store out on the entry at slot, which its table's lock guards. */
static bool execute(const struct insn *in, struct cpu_user_regs *r, const struct domain *d,
		    pte_t *slot, unsigned int offset)
{
	uint64_t mask = operand_mask(in->size) << 8 * offset, val = 0;
	pte_t entry, old;
	int rc;

	do {
		entry = __atomic_load_n(slot, __ATOMIC_RELAXED);
		old = (entry & mask) >> 8 * offset;
		if (!new_value(in, r, old, &val)) {
			break;
		}
		rc = l1e_update(d, d->id, slot, (entry & ~mask) | val << 8 * offset,
				PTE_STORE_IF_SAME, entry);
		if (rc && rc != -EAGAIN) {
			return false;
		}
	} while (rc); /* the processor set a bit of the entry meanwhile */
	retire(in, r, old, val);
	return true;
}

/*
 * The guest kernel's store to va hit a read-only mapping.  True if it was to
 * one of its L1 tables and is done now.
 */
bool ptwr_handle_fault(uint64_t va, struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	struct decoder c = {.at = 0};
	struct page_info *table;
	struct insn in = {.op = ST_NONE};
	pte_t mapping = pte_lookup(v, va), *slot;
	bool done;

	if ((mapping & (PTE_PRESENT | PTE_RW)) != PTE_PRESENT || !mfn_is_ram(pte_mfn(mapping)) ||
	    page_type(mfn_to_page(pte_mfn(mapping))) != PT_L1) {
		return false;
	}
	fetch(&c, regs->rip);
	if (!decode(&c, &in, regs) || (va & 7) + in.size > sizeof(pte_t)) {
		return false;
	}
	slot = pte_lock_maddr(v->domain, mfn_to_maddr(pte_mfn(mapping)) | (va & ~PAGE_MASK & ~7ULL),
			      &table);
	if (!slot) {
		return false;
	}
	done = execute(&in, regs, v->domain, slot, va & 7);
	page_table_unlock(table);
	return done;
}
