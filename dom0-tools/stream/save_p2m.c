/* SPDX-License-Identifier: MIT */
/* Where a guest's memory is: its linear p2m, found through its own page tables. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../libctl/foreign.h"
#include "../libctl/memory.h"
#include "pages.h"
#include "save.h"
#include "xen/memory.h"

#define LEVELS 4
#define VIRT_MASK ((1UL << 48) - 1)
#define PFNS_MAX (1UL << 32) /* what the image can name */

/* Where shared_info says the p2m is. */
struct place {
	uint64_t root;        /* machine frame of a top-level table that maps it */
	uint64_t first, last; /* its first and last byte */
};

/*
 * One level down: `tables` are the machine frames of the tables of `level` that map the range, in
 * order; becomes those of what they lead to.
 */
static int step_down(struct saver *s, const struct place *p, unsigned int level, uint64_t **tables,
		     size_t *count)
{
	unsigned int shift = XEN_PAGE_SHIFT + 9 * (level - 1);
	uint64_t from = p->first >> shift, to = p->last >> shift;
	uint64_t *next = calloc(to - from + 1, sizeof(*next));
	void *map;
	int ret = next ? 0 : -ENOMEM;

	if (!ret) {
		ret = ctl_foreign_map(s->ctl, s->domid, PROT_READ, *tables, *count, &map);
	}
	if (ret) {
		free(next);
		return save_failed(s, "mapping the page tables of its p2m", ret);
	}
	for (uint64_t n = from; n <= to; n++) {
		const uint64_t *table = map;
		uint64_t pte = table[n - (from & ~(TABLE_ENTRIES - 1UL))];

		if (!(pte & ENTRY_PRESENT) || (level > 1 && pte & ENTRY_LARGE)) {
			ret = -EFAULT;
		}
		next[n - from] = ENTRY_FRAME(pte);
	}
	ctl_foreign_unmap(map, *count);
	free(*tables);
	*tables = next;
	*count = to - from + 1;
	return ret ? save_failed(s, "its p2m is not mapped where it says", ret) : 0;
}

static int find_frames(struct saver *s, const struct place *p)
{
	size_t count = 1;
	int ret = 0;

	s->p2m_frames = malloc(sizeof(*s->p2m_frames));
	if (!s->p2m_frames) {
		return save_failed(s, "reading its p2m", -ENOMEM);
	}
	s->p2m_frames[0] = p->root;
	for (unsigned int level = LEVELS; !ret && level; level--) {
		ret = step_down(s, p, level, &s->p2m_frames, &count);
	}
	s->p2m_frame_count = count;
	return ret;
}

static int find_p2m(struct saver *s, struct place *p)
{
	const struct shared_info *shared;
	struct arch_shared_info arch;
	void *page;
	int ret =
		ctl_foreign_map(s->ctl, s->domid, PROT_READ, &s->info.shared_info_frame, 1, &page);

	if (ret) {
		return save_failed(s, "mapping its shared_info", ret);
	}
	shared = page;
	arch = shared->arch;
	ctl_foreign_unmap(page, 1);
	if (!arch.p2m_cr3 || arch.p2m_vaddr % XEN_PAGE_SIZE || !arch.max_pfn ||
	    arch.max_pfn >= PFNS_MAX) {
		ctl_error_set(s->err, "save-failed", "cannot save domain %u", s->domid);
		ctl_error_cause(s->err,
				"its kernel says nothing of use about its memory (p2m of %llu "
				"pages at %#llx)",
				(unsigned long long)arch.max_pfn,
				(unsigned long long)arch.p2m_vaddr);
		ctl_error_hint(s->err, "Linux does since 4.3");
		return -EOPNOTSUPP;
	}
	s->pfns = arch.max_pfn;
	p->root = xen_cr3_to_pfn(arch.p2m_cr3);
	p->first = arch.p2m_vaddr & VIRT_MASK;
	p->last = p->first + (s->pfns + TABLE_ENTRIES - 1) / TABLE_ENTRIES * XEN_PAGE_SIZE - 1;
	if (p->last > VIRT_MASK) {
		return save_failed(s, "its p2m goes beyond the address space", -EFAULT);
	}
	return 0;
}

/* Turns the table round. Of two pfns with the same frame one is lost: the guest's own doing. */
static int turn_round(struct saver *s)
{
	long max = ctl_memory_value(s->ctl, XENMEM_maximum_ram_page);
	void *map;

	if (max < 0) {
		return save_failed(s, "asking for the machine's size", (int)max);
	}
	s->max_mfn = (uint64_t)max;
	map = mmap(NULL, (s->max_mfn + 1) * sizeof(*s->pfn_plus_one), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED) {
		return save_failed(s, "reading its p2m", -ENOMEM);
	}
	s->pfn_plus_one = map;
	for (uint64_t pfn = 0; pfn < s->pfns; pfn++) {
		if (s->p2m[pfn] > s->max_mfn) {
			s->p2m[pfn] = NO_FRAME; /* a hole, or marked as somebody else's */
		} else {
			s->pfn_plus_one[s->p2m[pfn]] = (uint32_t)pfn + 1;
		}
	}
	return 0;
}

int saver_read_p2m(struct saver *s)
{
	struct place place = {0};
	void *map;
	int ret = find_p2m(s, &place);

	if (!ret) {
		ret = find_frames(s, &place);
	}
	if (ret) {
		return ret;
	}
	s->p2m = malloc(s->p2m_frame_count * XEN_PAGE_SIZE);
	ret = s->p2m ? ctl_foreign_map(s->ctl, s->domid, PROT_READ, s->p2m_frames,
				       s->p2m_frame_count, &map)
		     : -ENOMEM;
	if (ret) {
		return save_failed(s, "reading its p2m", ret);
	}
	memcpy(s->p2m, map, s->p2m_frame_count * XEN_PAGE_SIZE);
	ctl_foreign_unmap(map, s->p2m_frame_count);
	return turn_round(s);
}

int saver_write_p2m_frames(struct saver *s)
{
	const struct xc_sr_rec_x86_pv_p2m_frames head = {.end_pfn = (uint32_t)(s->pfns - 1)};

	for (uint64_t i = 0; i < s->p2m_frame_count; i++) {
		s->p2m_frames[i] = saver_pfn(s, s->p2m_frames[i]);
		if (s->p2m_frames[i] == NO_FRAME) {
			return save_failed(s, "its p2m lies outside its own memory", -EFAULT);
		}
	}
	return record_write(s->file, REC_TYPE_X86_PV_P2M_FRAMES, &head, sizeof(head), s->p2m_frames,
			    s->p2m_frame_count * sizeof(*s->p2m_frames), s->err);
}
