/* SPDX-License-Identifier: MIT */
/*
 * Writable page tables: a guest kernel's store to a read-only L1 table is
 * carried out as a checked update of the entry it hits.  Only the
 * instructions kernels use for that are known; any other faults as usual.
 * Encodings: AMD64 manual volume 3, chapter 1 and the instruction pages.
 */
#include "arch/cpu.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "pv/insn.h"
#include "pv/mmu.h"
#include "pv/pv.h"

#include <asm/directmap.h>

#define RFLAGS_CF 0x001ULL
#define RFLAGS_PF 0x004ULL
#define RFLAGS_AF 0x010ULL
#define RFLAGS_ZF 0x040ULL
#define RFLAGS_SF 0x080ULL
#define RFLAGS_OF 0x800ULL
#define RFLAGS_ARITH (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

enum store { ST_MOV, ST_XCHG, ST_CMPXCHG, ST_AND, ST_OR, ST_BTS, ST_BTR };

/* A decoded store to memory. */
struct store_insn {
	enum store op;
	unsigned int size;   /* operand: 1, 2, 4 or 8 bytes */
	unsigned int length; /* of the instruction */
	uint64_t *reg;       /* register operand, or NULL: immediate */
	bool high_byte;      /* of reg: AH, CH, DH, BH */
	uint64_t imm;
};

static bool next_imm(struct insn *c, unsigned int size, uint64_t *imm)
{
	int64_t v = 0;

	if (size > c->avail - c->pos) {
		return false;
	}
	memcpy(&v, &c->bytes[c->pos], size);
	c->pos += size;
	v = (int64_t)((uint64_t)v << (64 - 8 * size)) >> (64 - 8 * size);
	*imm = (uint64_t)v;
	return true;
}

/* Passes over the memory operand: where it is the fault has told us. */
static bool skip_operand(struct insn *c, uint8_t *modrm)
{
	unsigned int mod, rm, displacement;
	uint8_t sib = 0;

	if (!insn_byte(c, modrm)) {
		return false;
	}
	mod = *modrm >> 6;
	rm = *modrm & 7;
	if (mod == 3 || (rm == 4 && !insn_byte(c, &sib))) {
		return false;
	}
	displacement = mod == 1 ? 1 : mod == 2 ? 4 : 0;
	if (mod == 0 && (rm == 5 || (rm == 4 && (sib & 7) == 5))) {
		displacement = 4;
	}
	if (displacement > c->avail - c->pos) {
		return false;
	}
	c->pos += displacement;
	return true;
}

enum operand { OPERAND_REG, OPERAND_IMM, OPERAND_IMM8 };

#define ANY 8

/*
 * The known stores: opcode (0x0f00 added for two-byte ones; pair: the even
 * opcode before is the same with byte operands) and ModRM's reg field.
 */
static const struct form {
	uint16_t opcode;
	uint8_t pair, extension;
	enum store op;
	enum operand source;
} forms[] = {
	{0x89, 1, ANY, ST_MOV, OPERAND_REG},  {0xc7, 1, 0, ST_MOV, OPERAND_IMM},
	{0x87, 1, ANY, ST_XCHG, OPERAND_REG}, {0x0fb1, 1, ANY, ST_CMPXCHG, OPERAND_REG},
	{0x21, 1, ANY, ST_AND, OPERAND_REG},  {0x09, 1, ANY, ST_OR, OPERAND_REG},
	{0x81, 1, 4, ST_AND, OPERAND_IMM},    {0x81, 1, 1, ST_OR, OPERAND_IMM},
	{0x83, 0, 4, ST_AND, OPERAND_IMM8},   {0x83, 0, 1, ST_OR, OPERAND_IMM8},
	{0x0fba, 0, 5, ST_BTS, OPERAND_IMM8}, {0x0fba, 0, 6, ST_BTR, OPERAND_IMM8},
};

static const struct form *form_of(int opcode, unsigned int extension)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct form *f = &forms[i];

		if ((opcode | f->pair) == f->opcode &&
		    (f->extension == ANY || f->extension == extension)) {
			return f;
		}
	}
	return NULL;
}

static bool decode(struct store_insn *in, struct cpu_user_regs *r)
{
	struct insn c;
	int op = insn_begin(&c, r);
	unsigned int reg;
	const struct form *f;
	uint8_t modrm;
	bool byte;

	if (op == 0x0f && insn_byte(&c, &modrm)) {
		op = 0x0f00 | modrm;
	}
	if (op < 0 || !skip_operand(&c, &modrm)) {
		return false;
	}
	reg = modrm >> 3 & 7;
	f = form_of(op, reg);
	if (!f) {
		return false;
	}
	byte = f->pair && !(op & 1);
	in->op = f->op;
	in->size = byte ? 1 : c.rex & 8 ? 8 : c.opsize16 ? 2 : 4;
	if (f->source == OPERAND_REG) {
		in->high_byte = byte && !c.rex && reg >= 4;
		in->reg = insn_register(r, in->high_byte ? reg - 4 : reg | (c.rex & 4) << 1);
	} else if (!next_imm(&c, f->source == OPERAND_IMM8 ? 1 : MIN(in->size, 4U), &in->imm)) {
		return false;
	}
	in->length = c.pos;
	return true;
}

static uint64_t operand_mask(unsigned int size)
{
	return size == 8 ? ~0ULL : (1ULL << 8 * size) - 1;
}

static uint64_t source_value(const struct store_insn *in)
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
static bool new_value(const struct store_insn *in, const struct cpu_user_regs *r, uint64_t old,
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
static void retire(const struct store_insn *in, struct cpu_user_regs *r, uint64_t old, uint64_t val)
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
static bool execute(const struct store_insn *in, struct cpu_user_regs *r, const struct domain *d,
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
	struct page_info *table;
	struct store_insn in = {.imm = 0};
	pte_t mapping = pte_lookup(v, va), *slot;
	bool done;

	if ((mapping & (PTE_PRESENT | PTE_RW)) != PTE_PRESENT || !mfn_is_ram(pte_mfn(mapping)) ||
	    page_type(mfn_to_page(pte_mfn(mapping))) != PT_L1) {
		return false;
	}
	if (!decode(&in, regs) || (va & 7) + in.size > sizeof(pte_t)) {
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
