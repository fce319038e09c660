/* SPDX-License-Identifier: MIT */
/* Small PV kernels in memory. */
#include "image.h"

#include <string.h>

#include "xen/elfnote.h"

#define AT(member) (offsetof(struct image, member) - offsetof(struct image, header))

void image_note(struct image *image, uint32_t type, const void *desc, size_t len)
{
	const Elf64_Nhdr head = {.n_namesz = 4, .n_descsz = (uint32_t)len, .n_type = type};
	uint8_t *to = image->notes + image->notes_len;

	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), "Xen", 4);
	memcpy(to + sizeof(head) + 4, desc, len);
	image->notes_len += sizeof(head) + 4 + ((len + 3) & ~(size_t)3);
	image->note.p_filesz = image->notes_len;
}

void image_note_number(struct image *image, uint32_t type, uint64_t value)
{
	image_note(image, type, &value, sizeof(value));
}

void image_no_notes(struct image *image)
{
	image->notes_len = 0;
	image->note.p_filesz = 0;
	memset(image->notes, 0, sizeof(image->notes));
}

void image_init(struct image *image)
{
	memset(image, 0, sizeof(*image));
	memcpy(image->header.e_ident, ELFMAG, SELFMAG);
	image->header.e_ident[EI_CLASS] = ELFCLASS64;
	image->header.e_ident[EI_DATA] = ELFDATA2LSB;
	image->header.e_machine = EM_X86_64;
	image->header.e_phoff = AT(load);
	image->header.e_phentsize = sizeof(Elf64_Phdr);
	image->header.e_phnum = 2;
	image->header.e_entry = 0;
	image->load.p_type = PT_LOAD;
	image->load.p_offset = AT(segment);
	image->load.p_vaddr = IMAGE_VIRT_BASE + IMAGE_START;
	image->load.p_paddr = IMAGE_START;
	image->load.p_filesz = IMAGE_FILE_SIZE;
	image->load.p_memsz = IMAGE_MEM_SIZE;
	image->note.p_type = PT_NOTE;
	image->note.p_offset = AT(notes);
	image_note(image, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
	image_note(image, XEN_ELFNOTE_GUEST_OS, "linux", 6);
	image_note_number(image, XEN_ELFNOTE_ENTRY, IMAGE_VIRT_BASE + IMAGE_START + 0x10);
	image_note_number(image, XEN_ELFNOTE_VIRT_BASE, IMAGE_VIRT_BASE);
	image_note_number(image, XEN_ELFNOTE_PADDR_OFFSET, 0);
	image_note_number(image, XEN_ELFNOTE_INIT_P2M, IMAGE_INIT_P2M);
	image_note_number(image, XEN_ELFNOTE_MOD_START_PFN, 1);
	for (size_t i = 0; i < IMAGE_FILE_SIZE; i++) {
		image->segment[i] = (uint8_t)(i * 7);
	}
}
