/* SPDX-License-Identifier: MIT */
/*
 * Reads a PV kernel: ELF64 program headers and the notes of owner "Xen".
 * Offsets and types: System V ABI, chapters 4 and 5.
 */
#include "pv/dom0_build_elf.h"

#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "xen/elfnote.h"
#include "xen/features.h"

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct elf_note {
	uint32_t name_size, desc_size, type;
};

#define ELF_MACHINE_X86_64 62
#define SEGMENT_LOAD 1
#define SEGMENT_NOTE 4
#define KERNEL_SPAN_MAX (1ULL << 30) /* what one L2 table maps */

struct reader {
	const uint8_t *image;
	size_t size;
	const struct elf_header *header;
	struct pv_kernel *k;
	uint64_t paddr_offset;
	bool version_ok, dom0_ok;
};

static const void *__init bytes_at(const struct reader *r, uint64_t offset, uint64_t size)
{
	return offset <= r->size && size <= r->size - offset ? r->image + offset : NULL;
}

static const struct elf_program_header *__init segment_at(const struct reader *r, unsigned int i)
{
	return bytes_at(r, r->header->phoff + (uint64_t)i * sizeof(struct elf_program_header),
			sizeof(struct elf_program_header));
}

/* Numbers come as 4 or 8 bytes. */
static uint64_t __init note_number(const uint8_t *desc, uint32_t size)
{
	uint64_t v = 0;

	memcpy(&v, desc, MIN(size, (uint32_t)sizeof(v)));
	return v;
}

static void __init note_take(struct reader *r, uint32_t type, const uint8_t *desc, uint32_t size)
{
	struct pv_kernel *k = r->k;
	uint64_t number = note_number(desc, size);

	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		k->entry = number;
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		k->hypercall_page = number;
		break;
	case XEN_ELFNOTE_VIRT_BASE:
		k->virt_base = number;
		break;
	case XEN_ELFNOTE_PADDR_OFFSET:
		r->paddr_offset = number;
		break;
	case XEN_ELFNOTE_XEN_VERSION:
		r->version_ok = size >= 7 && !memcmp(desc, "xen-3.0", 7);
		break;
	case XEN_ELFNOTE_INIT_P2M:
		k->p2m_base = number;
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		k->initrd_by_pfn = number != 0;
		break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		r->dom0_ok = number & 1ULL << XENFEAT_dom0;
		break;
	default:
		break;
	}
}

static void __init notes_read(struct reader *r, const uint8_t *at, uint64_t left)
{
	struct elf_note n;

	while (left >= sizeof(n)) {
		uint64_t name, desc;

		memcpy(&n, at, sizeof(n));
		name = ROUND_UP((uint64_t)n.name_size, 4ULL);
		desc = ROUND_UP((uint64_t)n.desc_size, 4ULL);
		if (name + desc > left - sizeof(n)) {
			return;
		}
		if (n.name_size == 4 && !memcmp(at + sizeof(n), "Xen", 4)) {
			note_take(r, n.type, at + sizeof(n) + name, n.desc_size);
		}
		at += sizeof(n) + name + desc;
		left -= sizeof(n) + name + desc;
	}
}

static int __init notes_find(struct reader *r)
{
	for (unsigned int i = 0; i < r->header->phnum; i++) {
		const struct elf_program_header *p = segment_at(r, i);
		const uint8_t *notes;

		if (!p) {
			log_err("dom0 kernel: program header %u lies outside the file\n", i);
			return -EINVAL;
		}
		notes = bytes_at(r, p->offset, p->filesz);
		if (p->type == SEGMENT_NOTE && notes) {
			notes_read(r, notes, p->filesz);
		}
	}
	if (!r->version_ok || r->k->virt_base == NOT_GIVEN || !r->dom0_ok) {
		log_err("dom0 kernel: no PV kernel for dom0: Xen notes %s; "
			"it needs CONFIG_XEN_PV and CONFIG_XEN_DOM0\n",
			!r->version_ok ? "missing or not for xen-3.0"
			: !r->dom0_ok  ? "say it cannot be dom0"
				       : "lack VIRT_BASE");
		return -EINVAL;
	}
	return 0;
}

static int __init segment_add(struct reader *r, const struct elf_program_header *p)
{
	struct pv_kernel *k = r->k;
	uint64_t va = p->paddr - r->paddr_offset + k->virt_base;
	struct elf_segment *s;

	if (k->segment_count == ELF_SEGMENTS_MAX || p->memsz < p->filesz ||
	    !bytes_at(r, p->offset, p->filesz) || va < k->virt_base ||
	    va - k->virt_base > KERNEL_SPAN_MAX ||
	    p->memsz > KERNEL_SPAN_MAX - (va - k->virt_base)) {
		log_err("dom0 kernel: segment at %lx of %lu bytes, %lu in the file, is refused\n",
			(unsigned long)p->paddr, (unsigned long)p->memsz, (unsigned long)p->filesz);
		return -EINVAL;
	}
	s = &k->segment[k->segment_count++];
	s->data = bytes_at(r, p->offset, p->filesz);
	s->file_size = p->filesz;
	s->mem_size = p->memsz;
	s->va = va;
	k->start = MIN(k->start, va);
	k->end = MAX(k->end, va + p->memsz);
	return 0;
}

int __init pv_kernel_parse(struct pv_kernel *k, const void *image, size_t size)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1}; /* 64 bits, LSB first */
	struct reader r = {.image = image, .size = size, .k = k, .dom0_ok = true};
	int rc;

	*k = (struct pv_kernel){
		.virt_base = NOT_GIVEN,
		.p2m_base = NOT_GIVEN,
		.hypercall_page = NOT_GIVEN,
		.start = NOT_GIVEN,
	};
	r.header = bytes_at(&r, 0, sizeof(*r.header));
	if (!r.header || memcmp(r.header->ident, ident, sizeof(ident)) ||
	    r.header->machine != ELF_MACHINE_X86_64 ||
	    r.header->phentsize != sizeof(struct elf_program_header) ||
	    r.header->phoff % sizeof(uint64_t)) {
		log_err("dom0 kernel: not an ELF file for x86-64\n");
		return -EINVAL;
	}
	k->entry = r.header->entry;
	rc = notes_find(&r);
	for (unsigned int i = 0; !rc && i < r.header->phnum; i++) {
		if (segment_at(&r, i)->type == SEGMENT_LOAD) {
			rc = segment_add(&r, segment_at(&r, i));
		}
	}
	if (!rc && !k->segment_count) {
		log_err("dom0 kernel: the ELF file has nothing to load\n");
		rc = -EINVAL;
	}
	return rc;
}
