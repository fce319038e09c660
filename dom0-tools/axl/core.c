/* SPDX-License-Identifier: MIT */
/*
 * The file: ELF header, section headers, notes, vCPU contexts, shared_info, pages (from a page's
 * boundary on), their pfns and machine frames, section names. Layout as Xen's docs/misc/
 * dump-core-format.txt has it and as xl 4.17 writes it.
 */
#include "core.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../libctl/domctl.h"
#include "../libctl/foreign.h"
#include "../libctl/version.h"
#include "../stream/save.h"

#define BATCH 256 /* pages mapped at a time */
#define MAGIC 0xf00febedUL
#define FORMAT_VERSION 1
#define NOTES_OFFSET 0x200

enum section {
	SECTION_NULL,
	SECTION_NAMES,
	SECTION_NOTES,
	SECTION_VCPUS,
	SECTION_SHARED_INFO,
	SECTION_PAGES,
	SECTION_P2M,
	SECTIONS,
};

static const char names[] = "\0.shstrtab\0.note.Xen\0.xen_prstatus\0.xen_shared_info\0.xen_pages\0"
			    ".xen_p2m";
static const unsigned int name_at[SECTIONS] = {0, 1, 11, 21, 35, 52, 63};

/* Notes of the owner "Xen"; types 0x2000000 … */
struct note {
	uint32_t name_size, size, type;
	char name[4];
};

struct notes {
	struct note none, header;
	uint64_t magic, vcpus, pages, page_size;
	struct note version;
	uint64_t major, minor;
	char extra[16];
	char compiler[64], compile_by[16], compile_domain[32], compile_date[32];
	char capabilities[1024], changeset[64];
	uint64_t virt_start, version_page_size;
	struct note format;
	uint64_t format_version;
};
_Static_assert(sizeof(struct notes) == 0x568, "as in xl's files");

struct page_entry {
	uint64_t pfn, frame;
};

struct core {
	struct axl *axl;
	int fd;
	struct saver domain; /* what a save would look at: the p2m */
	uint32_t vcpus;
	struct page_entry *pages; /* those in the file */
	uint64_t count;
	uint64_t vcpus_at, shared_at, pages_at, p2m_at;
};

static int failed(struct core *core, const char *what, int ret)
{
	ctl_error_set(&core->axl->err, "dump-failed", "cannot dump domain %u: %s",
		      core->domain.domid, what);
	ctl_error_errno(&core->axl->err, ret);
	return ret;
}

static int put(struct core *core, const void *data, size_t len, uint64_t at)
{
	const char *next = data;

	while (len) {
		ssize_t put = pwrite(core->fd, next, len, (off_t)at);

		if (put < 0 && errno == EINTR) {
			continue;
		}
		if (put <= 0) {
			return failed(core, "writing the file", put ? -errno : -EIO);
		}
		next += put;
		at += (uint64_t)put;
		len -= (size_t)put;
	}
	return 0;
}

static int put_vcpus(struct core *core)
{
	struct vcpu_guest_context *context = calloc(1, sizeof(*context));
	int ret = context ? 0 : failed(core, "out of memory", -ENOMEM);

	for (uint32_t v = 0; !ret && v < core->vcpus; v++) {
		ret = ctl_vcpu_get_context(core->axl->ctl, core->domain.domid, v, context);
		if (ret) {
			memset(context, 0, sizeof(*context)); /* never started */
		}
		ret = put(core, context, sizeof(*context), core->vcpus_at + v * sizeof(*context));
	}
	free(context);
	return ret;
}

/* Writes `count` frames, those that are the domain's, behind what is in the file already. */
static int put_frames(struct core *core, const struct page_entry *entries, size_t count)
{
	uint64_t frames[BATCH] = {0};
	void *map;
	int ret;

	for (size_t i = 0; i < count; i++) {
		frames[i] = entries[i].frame;
	}
	if (ctl_foreign_map(core->axl->ctl, core->domain.domid, PROT_READ, frames, count, &map)) {
		/* One of them is not: look at each. */
		ret = 0;
		for (size_t i = 0; !ret && count > 1 && i < count; i++) {
			ret = put_frames(core, &entries[i], 1);
		}
		return ret;
	}
	ret = put(core, map, count * XEN_PAGE_SIZE, core->pages_at + core->count * XEN_PAGE_SIZE);
	ctl_foreign_unmap(map, count);
	memmove(core->pages + core->count, entries, count * sizeof(*entries));
	core->count += count;
	return ret;
}

static int put_pages(struct core *core)
{
	struct page_entry batch[BATCH];
	size_t fill = 0;
	int ret = 0;

	for (uint64_t pfn = 0; !ret && pfn < core->domain.pfns; pfn++) {
		if (core->domain.p2m[pfn] == NO_FRAME) {
			continue;
		}
		batch[fill++] = (struct page_entry){pfn, core->domain.p2m[pfn]};
		if (fill == BATCH) {
			ret = put_frames(core, batch, fill);
			fill = 0;
		}
	}
	if (!ret && fill) {
		ret = put_frames(core, batch, fill);
	}
	core->p2m_at = core->pages_at + core->count * XEN_PAGE_SIZE;
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): core_free() frees the pages */
	return ret ? ret : put(core, core->pages, core->count * sizeof(*core->pages), core->p2m_at);
}

static int put_shared_info(struct core *core)
{
	uint64_t frame = core->domain.info.shared_info_frame;
	void *map;
	int ret = ctl_foreign_map(core->axl->ctl, core->domain.domid, PROT_READ, &frame, 1, &map);

	if (ret) {
		return failed(core, "mapping its shared_info", ret);
	}
	ret = put(core, map, XEN_PAGE_SIZE, core->shared_at);
	ctl_foreign_unmap(map, 1);
	return ret;
}

static struct note note(uint32_t type, uint32_t size)
{
	return (struct note){.name_size = 4, .size = size, .type = 0x2000000 + type, .name = "Xen"};
}

static int put_notes(struct core *core)
{
	struct ctl_version version;
	struct notes notes = {
		.none = note(0, 0),
		.header = note(1, 4 * sizeof(uint64_t)),
		.magic = MAGIC,
		.vcpus = core->vcpus,
		.pages = core->count,
		.page_size = XEN_PAGE_SIZE,
		.version = note(2, 0x500),
		.format = note(3, sizeof(uint64_t)),
		.format_version = FORMAT_VERSION,
	};
	int ret = ctl_version(core->axl->ctl, &version);

	if (ret) {
		return failed(core, "asking for the hypervisor's version", ret);
	}
	notes.major = version.major;
	notes.minor = version.minor;
	memcpy(notes.extra, version.extra, sizeof(notes.extra));
	memcpy(notes.compiler, version.compiler, sizeof(notes.compiler));
	memcpy(notes.compile_by, version.compile_by, sizeof(notes.compile_by));
	memcpy(notes.compile_domain, version.compile_domain, sizeof(notes.compile_domain));
	memcpy(notes.compile_date, version.compile_date, sizeof(notes.compile_date));
	memcpy(notes.capabilities, version.capabilities, sizeof(notes.capabilities));
	memcpy(notes.changeset, version.changeset, sizeof(notes.changeset));
	notes.virt_start = version.virt_start;
	notes.version_page_size = version.page_size;
	return put(core, &notes, sizeof(notes), NOTES_OFFSET);
}

static int put_headers(struct core *core)
{
	uint64_t names_at = core->p2m_at + core->count * sizeof(*core->pages);
	uint64_t vcpu_size = sizeof(struct vcpu_guest_context);
	const Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
			    ELFOSABI_SYSV, EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_shoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = SECTIONS,
		.e_shstrndx = SECTION_NAMES,
	};
	Elf64_Shdr sections[SECTIONS] = {
		[SECTION_NAMES] = {.sh_type = SHT_STRTAB,
				   .sh_offset = names_at,
				   .sh_size = sizeof(names)},
		[SECTION_NOTES] = {.sh_type = SHT_NOTE,
				   .sh_offset = NOTES_OFFSET,
				   .sh_size = sizeof(struct notes)},
		[SECTION_VCPUS] = {.sh_type = SHT_PROGBITS,
				   .sh_offset = core->vcpus_at,
				   .sh_size = core->vcpus * vcpu_size,
				   .sh_addralign = 8,
				   .sh_entsize = vcpu_size},
		[SECTION_SHARED_INFO] = {.sh_type = SHT_PROGBITS,
					 .sh_offset = core->shared_at,
					 .sh_size = XEN_PAGE_SIZE,
					 .sh_addralign = 8,
					 .sh_entsize = XEN_PAGE_SIZE},
		[SECTION_PAGES] = {.sh_type = SHT_PROGBITS,
				   .sh_offset = core->pages_at,
				   .sh_size = core->count * XEN_PAGE_SIZE,
				   .sh_addralign = XEN_PAGE_SIZE,
				   .sh_entsize = XEN_PAGE_SIZE},
		[SECTION_P2M] = {.sh_type = SHT_PROGBITS,
				 .sh_offset = core->p2m_at,
				 .sh_size = core->count * sizeof(*core->pages),
				 .sh_addralign = 8,
				 .sh_entsize = sizeof(*core->pages)},
	};
	int ret;

	for (unsigned int i = 0; i < SECTIONS; i++) {
		sections[i].sh_name = name_at[i];
	}
	ret = put(core, &header, sizeof(header), 0);
	ret = ret ? ret : put(core, sections, sizeof(sections), sizeof(header));
	return ret ? ret : put(core, names, sizeof(names), names_at);
}

/* The sections' places; what depends on how many pages there are comes last. */
static void lay_out(struct core *core)
{
	core->vcpus_at = NOTES_OFFSET + sizeof(struct notes);
	core->shared_at = core->vcpus_at + core->vcpus * sizeof(struct vcpu_guest_context);
	core->pages_at = (core->shared_at + XEN_PAGE_SIZE + XEN_PAGE_SIZE - 1) &
			 ~(XEN_PAGE_SIZE - 1);
}

static int write_core(struct core *core)
{
	static int (*const steps[])(struct core * core) = {
		put_vcpus, put_shared_info, put_pages, put_notes, put_headers,
	};
	int ret = saver_read_p2m(&core->domain);

	if (!ret) {
		core->pages = calloc(core->domain.pfns, sizeof(*core->pages));
		ret = core->pages ? 0 : failed(core, "out of memory", -ENOMEM);
	}
	lay_out(core);
	for (size_t i = 0; !ret && i < sizeof(steps) / sizeof(steps[0]); i++) {
		ret = steps[i](core);
	}
	return ret;
}

static void core_free(struct core *core)
{
	free(core->pages);
	free(core->domain.p2m);
	free(core->domain.p2m_frames);
	if (core->domain.pfn_plus_one) {
		munmap(core->domain.pfn_plus_one,
		       (core->domain.max_mfn + 1) * sizeof(*core->domain.pfn_plus_one));
	}
}

static int open_file(struct core *core, const char *path)
{
	struct stat about;

	core->fd =
		open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (core->fd < 0) {
		return failed(core, path, -errno);
	}
	if (fstat(core->fd, &about) < 0 || !S_ISREG(about.st_mode)) {
		close(core->fd);
		return failed(core, path, -EINVAL);
	}
	return 0;
}

int core_dump(struct axl *axl, xen_domid_t domid, const char *path, uint64_t *pages)
{
	struct core core = {
		.axl = axl,
		.domain = {.ctl = axl->ctl, .domid = domid, .err = &axl->err},
	};
	int ret = ctl_domain_pause(axl->ctl, domid);

	if (ret) {
		return failed(&core, "pausing it", ret);
	}
	ret = ctl_domain_info(axl->ctl, domid, &core.domain.info);
	core.vcpus = core.domain.info.max_vcpu_id + 1;
	ret = ret ? failed(&core, "looking at it", ret) : open_file(&core, path);
	if (!ret) {
		ret = write_core(&core);
		if (!ret && fsync(core.fd) < 0) {
			ret = failed(&core, "writing the file", -errno);
		}
		close(core.fd);
		if (ret) {
			unlink(path);
		}
	}
	*pages = core.count;
	core_free(&core);
	ctl_domain_unpause(axl->ctl, domid);
	return ret;
}
