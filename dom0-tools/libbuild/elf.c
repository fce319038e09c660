/* SPDX-License-Identifier: MIT */
/* A bounded reader of 64-bit x86 ELF kernels: program headers and PT_NOTE segments only. */
#include "elf.h"

#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/elfnote.h"
#include "xen/features.h"
#include "xen/types.h"

#define MAX_HEADERS 64
#define MAX_NOTE_BYTES (64U << 10)
#define MAX_NOTES 1024

/* The notes as they were found; a bit in `seen` tells which. */
struct notes {
	uint32_t seen;
	uint64_t value[XEN_ELFNOTE_MAX + 1];
	char version[16];
	char guest_os[32];
	char guest_version[32];
};

static int bad_image(struct ctl_error *err, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int bad_image(struct ctl_error *err, const char *name, const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	ctl_error_set(err, "bad-kernel-image", "cannot use %s as a kernel", name);
	ctl_error_cause(err, "%s", why);
	return -EINVAL;
}

static bool note_seen(const struct notes *notes, unsigned int type)
{
	return notes->seen & (1U << type);
}

static void note_string(char *to, size_t size, const uint8_t *desc, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < size && i < len && desc[i]; i++) {
		to[i] = desc[i] >= ' ' && desc[i] < 127 ? (char)desc[i] : '?';
	}
	to[i] = '\0';
}

static void note_take(struct notes *notes, uint32_t type, const uint8_t *desc, size_t len)
{
	uint32_t low;

	if (type > XEN_ELFNOTE_MAX) {
		return;
	}
	notes->seen |= 1U << type;
	if (len == 8) {
		memcpy(&notes->value[type], desc, 8);
	} else if (len == 4) {
		memcpy(&low, desc, 4);
		notes->value[type] = low;
	}
	if (type == XEN_ELFNOTE_XEN_VERSION) {
		note_string(notes->version, sizeof(notes->version), desc, len);
	} else if (type == XEN_ELFNOTE_GUEST_OS) {
		note_string(notes->guest_os, sizeof(notes->guest_os), desc, len);
	} else if (type == XEN_ELFNOTE_GUEST_VERSION) {
		note_string(notes->guest_version, sizeof(notes->guest_version), desc, len);
	}
}

/* Walks one note segment: {namesz, descsz, type, name, desc}, both padded to 4 bytes. */
static void notes_walk(struct notes *notes, const uint8_t *data, size_t len)
{
	size_t at = 0;

	for (unsigned int i = 0; i < MAX_NOTES && len - at >= sizeof(Elf64_Nhdr); i++) {
		Elf64_Nhdr note;
		size_t name, desc;

		memcpy(&note, data + at, sizeof(note));
		at += sizeof(note);
		name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		desc = ((size_t)note.n_descsz + 3) & ~(size_t)3;
		if (name > len - at || desc > len - at - name) {
			return;
		}
		if (note.n_namesz == 4 && !memcmp(data + at, "Xen", 4)) {
			note_take(notes, note.n_type, data + at + name, note.n_descsz);
		}
		at += name + desc;
	}
}

static int notes_read(const struct blob *image, const Elf64_Phdr *header, struct notes *notes)
{
	uint8_t *data;
	int err;

	if (!header->p_filesz || header->p_filesz > MAX_NOTE_BYTES) {
		return 0;
	}
	data = malloc(header->p_filesz);
	if (!data) {
		return -ENOMEM;
	}
	err = blob_read(image, header->p_offset, data, header->p_filesz);
	if (!err) {
		notes_walk(notes, data, header->p_filesz);
	}
	free(data);
	return err;
}

static int segment_add(const struct blob *image, const Elf64_Phdr *header, uint64_t paddr_offset,
		       const char *name, struct kernel_info *info, struct ctl_error *err)
{
	struct kernel_segment *segment = &info->segments[info->segment_count];

	if (info->segment_count == KERNEL_MAX_SEGMENTS) {
		return bad_image(err, name, "more than %d loadable segments", KERNEL_MAX_SEGMENTS);
	}
	if (header->p_filesz > header->p_memsz || header->p_offset > image->size ||
	    header->p_filesz > image->size - header->p_offset) {
		return bad_image(err, name,
				 "segment of %llu bytes at offset %llu, but the file has %llu",
				 (unsigned long long)header->p_filesz,
				 (unsigned long long)header->p_offset,
				 (unsigned long long)image->size);
	}
	segment->offset = header->p_offset;
	segment->file_size = header->p_filesz;
	segment->start = header->p_paddr - paddr_offset;
	segment->mem_size = header->p_memsz;
	if (segment->start >= KERNEL_MAX_END ||
	    segment->mem_size > KERNEL_MAX_END - segment->start) {
		return bad_image(err, name, "segment of %llu bytes out of reach at 0x%llx",
				 (unsigned long long)segment->mem_size,
				 (unsigned long long)segment->start);
	}
	if (!info->segment_count || segment->start < info->start) {
		info->start = segment->start;
	}
	if (segment->start + segment->mem_size > info->end) {
		info->end = segment->start + segment->mem_size;
	}
	info->segment_count++;
	return 0;
}

static bool inside_kernel(const struct kernel_info *info, uint64_t address, uint64_t len)
{
	uint64_t at = address - info->virt_base;

	return at >= info->start && at < info->end && len <= info->end - at;
}

/* What the notes ask for, once the segments are known. */
static int notes_apply(const struct notes *notes, const char *name, struct kernel_info *info,
		       struct ctl_error *err)
{
	if (note_seen(notes, XEN_ELFNOTE_ENTRY)) {
		info->entry = notes->value[XEN_ELFNOTE_ENTRY];
	}
	if (!inside_kernel(info, info->entry, 1)) {
		return bad_image(err, name, "its entry point 0x%llx is outside of it",
				 (unsigned long long)info->entry);
	}
	info->has_hypercall_page = note_seen(notes, XEN_ELFNOTE_HYPERCALL_PAGE);
	info->hypercall_page = notes->value[XEN_ELFNOTE_HYPERCALL_PAGE];
	if (info->has_hypercall_page && (info->hypercall_page % XEN_PAGE_SIZE ||
					 !inside_kernel(info, info->hypercall_page, 1))) {
		return bad_image(err, name, "its hypercall page 0x%llx is not a page of it",
				 (unsigned long long)info->hypercall_page);
	}
	info->has_init_p2m = note_seen(notes, XEN_ELFNOTE_INIT_P2M);
	info->init_p2m = notes->value[XEN_ELFNOTE_INIT_P2M];
	if (info->has_init_p2m && info->init_p2m % XEN_PAGE_SIZE) {
		return bad_image(err, name, "the address 0x%llx it wants its p2m at is not a page",
				 (unsigned long long)info->init_p2m);
	}
	info->mod_start_pfn = notes->value[XEN_ELFNOTE_MOD_START_PFN] == 1;
	info->dom0 = notes->value[XEN_ELFNOTE_SUPPORTED_FEATURES] & (1U << XENFEAT_dom0);
	memcpy(info->guest_os, notes->guest_os, sizeof(info->guest_os));
	memcpy(info->guest_version, notes->guest_version, sizeof(info->guest_version));
	return 0;
}

static int header_read(const struct blob *image, const char *name, Elf64_Ehdr *header,
		       struct ctl_error *err)
{
	if (blob_read(image, 0, header, sizeof(*header)) ||
	    memcmp(header->e_ident, ELFMAG, SELFMAG)) {
		bad_image(err, name, "it is not an ELF file");
		ctl_error_hint(
			err,
			"kernel= wants a Linux kernel as it lies in /boot (vmlinuz-…, bzImage, "
			"vmlinux); an initrd belongs to ramdisk=");
		return -EINVAL;
	}
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != EM_X86_64) {
		return bad_image(err, name, "it is not a 64-bit x86 program");
	}
	if (!header->e_phnum || header->e_phnum > MAX_HEADERS ||
	    header->e_phentsize != sizeof(Elf64_Phdr)) {
		return bad_image(err, name, "it has %u program headers of %u bytes",
				 header->e_phnum, header->e_phentsize);
	}
	return 0;
}

int elf_parse(const struct blob *image, const char *name, struct kernel_info *info,
	      struct ctl_error *err)
{
	Elf64_Phdr headers[MAX_HEADERS];
	struct notes notes = {.seen = 0};
	uint64_t paddr_offset;
	Elf64_Ehdr header;
	int ret = header_read(image, name, &header, err);

	memset(info, 0, sizeof(*info));
	if (ret) {
		return ret;
	}
	if (blob_read(image, header.e_phoff, headers, header.e_phnum * sizeof(headers[0]))) {
		return bad_image(err, name, "its program headers are not inside the file");
	}
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		if (headers[i].p_type == PT_NOTE && notes_read(image, &headers[i], &notes)) {
			return bad_image(err, name, "its notes cannot be read");
		}
	}
	if (!note_seen(&notes, XEN_ELFNOTE_XEN_VERSION) ||
	    strncmp(notes.version, "xen-3.0", strlen("xen-3.0"))) {
		ctl_error_set(err, "not-a-pv-kernel", "cannot use %s as a kernel", name);
		ctl_error_cause(err, "it has no Xen notes: it is not built for paravirtualisation");
		ctl_error_hint(err, "use a kernel built with CONFIG_XEN_PV, as Debian's are");
		return -EINVAL;
	}
	info->virt_base = notes.value[XEN_ELFNOTE_VIRT_BASE];
	if (info->virt_base % XEN_PAGE_SIZE) {
		return bad_image(err, name, "its base address 0x%llx is not a page",
				 (unsigned long long)info->virt_base);
	}
	paddr_offset = note_seen(&notes, XEN_ELFNOTE_PADDR_OFFSET)
			       ? notes.value[XEN_ELFNOTE_PADDR_OFFSET]
			       : info->virt_base;
	info->entry = header.e_entry;
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		if (headers[i].p_type == PT_LOAD && headers[i].p_memsz) {
			ret = segment_add(image, &headers[i], paddr_offset, name, info, err);
			if (ret) {
				return ret;
			}
		}
	}
	if (!info->segment_count) {
		return bad_image(err, name, "it has nothing to load");
	}
	return notes_apply(&notes, name, info, err);
}
